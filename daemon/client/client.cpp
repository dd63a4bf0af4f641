#include "daemon/client/client.hpp"

#include <fmt/core.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <limits>
#include <optional>
#include <thread>

#include "connectors/http/client.hpp"
#include "daemon/client/body_file.hpp"

namespace riskd::client {
namespace {

using connectors::HttpFault;

constexpr std::size_t quoted_bytes = 500;  // of an answer that is no problem document

bool is_one_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\t'; });
}

// What must not be pasted into a head: it would end it, or add to it.
Status check(const Place& place, const Request& request) {
  const std::string& socket_path = place.socket_path;
  const bool is_remote = !place.url.empty();
  if (is_remote && !place.url.starts_with("https://"))
    return fail(ErrorCode::invalid, fmt::format("`{}` does not begin with https://", place.url));
  if (!is_remote && socket_path.empty()) return fail(ErrorCode::invalid, "no socket path is given");
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (!is_remote && socket_path.size() > longest) {
    return fail(ErrorCode::invalid,
                fmt::format("the socket path {} has {} bytes, and the system takes {}", socket_path,
                            socket_path.size(), longest));
  }
  bool fine = is_one_line(place.token) && is_one_line(request.method) &&
              is_one_line(request.target) && request.target.find(' ') == std::string::npos;
  for (const auto& [name, value] : request.headers)
    fine = fine && is_one_line(name) && is_one_line(value);
  if (fine) return Done{};
  return fail(ErrorCode::invalid,
              "the request's method, target or a header holds a line break or a space");
}

Error no_answer(const connectors::HttpError& error, const Place& place,
                std::chrono::milliseconds timeout) {
  const bool is_remote = !place.url.empty();
  const std::string& path = is_remote ? place.url : place.socket_path;
  const auto unavailable = [](std::string message) {
    return Error{ErrorCode::unavailable, std::move(message), {}};
  };
  switch (error.fault) {
    case HttpFault::refused:
      return unavailable(
          fmt::format("no riskd answers at {}{}", path,
                      is_remote ? "" : ": start it with `riskd --config riskd.toml`"));
    case HttpFault::forbidden:
      return {ErrorCode::forbidden,
              fmt::format("this user may not use the socket {}: it is open to its owner and its "
                          "group",
                          path),
              {}};
    case HttpFault::late:
      return unavailable(fmt::format("riskd at {} did not answer within {} s", path,
                                     static_cast<double>(timeout.count()) / 1000));
    case HttpFault::silent:
      return unavailable(fmt::format("riskd at {} closed the connection without an answer", path));
    case HttpFault::cut_off:
      return unavailable(fmt::format("the answer of riskd at {} broke off", path));
    case HttpFault::foreign:
      return {ErrorCode::invalid,
              fmt::format("what answers at {} does not speak HTTP/1.1: {}", path, error.detail),
              {}};
    case HttpFault::too_large:
      return {
          ErrorCode::too_large, fmt::format("the answer of riskd at {} is too large", path), {}};
    case HttpFault::body:
    case HttpFault::stopped:
    case HttpFault::other:
      break;
  }
  return unavailable(fmt::format("no answer of riskd at {}: {}", path, error.detail));
}

// Why there is no answer.
struct NoAnswer {
  Error error;
  std::optional<HttpFault> fault = std::nullopt;  // nullopt: nothing was sent
};
using Answer = Result<connectors::HttpResponse, NoAnswer>;

// Sends it. `receive` takes the body where it is set.
Answer exchange(const Place& place, const Request& request, std::chrono::milliseconds timeout,
                std::function<bool(std::string_view)> receive) {
  if (auto fine = check(place, request); !fine) return Unexpected(NoAnswer{fine.error()});
  connectors::HttpRequest http;
  http.method = request.method;
  http.url = (place.url.empty() ? "http://riskd" : place.url) +
             (request.target.empty() ? "/" : request.target);
  http.headers = request.headers;
  if (!place.token.empty()) http.headers.emplace_back("Authorization", "Bearer " + place.token);
  http.headers.emplace_back("Connection", "close");
  http.body = request.body;
  http.unix_socket = place.url.empty() ? place.socket_path : std::string();
  http.ca_file = place.ca_file;
  http.timeout = timeout;
  http.answer_bytes = std::numeric_limits<std::size_t>::max();  // riskd is trusted with that
  http.receive = std::move(receive);
  std::optional<BodyFile> file;
  if (!request.body_file.empty()) {
    auto opened = BodyFile::open(request.body_file);
    if (!opened) return Unexpected(NoAnswer{opened.error()});
    http.stream = &file.emplace(std::move(*opened));
  }
  connectors::HttpClient client;
  auto answer = client.ask(http);
  if (answer) return std::move(*answer);
  return Unexpected(NoAnswer{no_answer(answer.error(), place, timeout), answer.error().fault});
}

Result<Response> response_of(Answer answer) {
  if (!answer) return Unexpected<Error>(std::move(answer.error().error));
  Response response;
  response.status = answer->status;
  response.headers.assign(answer->headers.begin(), answer->headers.end());
  response.body = std::move(answer->body);
  return response;
}

// When to send it again; nullopt: not at all. `broke` holds from the first time on that the connection broke: where
// nobody listens after that, riskd may be starting again.
std::optional<std::chrono::milliseconds> pause_before_next(const Answer& answer, bool& broke) {
  constexpr std::chrono::milliseconds after_break{200};
  if (!answer) {
    const auto fault = answer.error().fault;
    if (fault == HttpFault::silent || fault == HttpFault::cut_off) broke = true;
    const bool may_come_back = broke && fault == HttpFault::refused;
    if (fault == HttpFault::silent || fault == HttpFault::cut_off || may_come_back)
      return after_break;
    return std::nullopt;
  }
  if (answer->status != 409 && answer->status != 429 && answer->status != 503) return std::nullopt;
  const auto named = answer->headers.find("retry-after");
  if (named == answer->headers.end()) return std::nullopt;
  int seconds = 0;
  const std::string& text = named->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, 3'600));
}

bool can_be_read_again(const std::string& file) {
  std::error_code error;
  return file.empty() || std::filesystem::is_regular_file(file, error);
}

// The detail of a problem document, or else what came.
std::string detail_of(const std::string& body) {
  boost::system::error_code error;
  const auto document = boost::json::parse(body, error);
  if (!error && document.is_object()) {
    for (const char* name : {"detail", "title"}) {
      const auto* value = document.get_object().if_contains(name);
      if (value != nullptr && value->is_string()) return std::string(value->get_string());
    }
  }
  return body.substr(0, quoted_bytes);
}

ErrorCode code_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
    case 410:
    case 412:
      return ErrorCode::conflict;
    case 413:
    case 431:
      return ErrorCode::too_large;
    default:
      return status >= 500 ? ErrorCode::unavailable : ErrorCode::invalid;
  }
}

}  // namespace

Result<Response> request(const Place& place, const Request& request, int timeout_ms) {
  return response_of(exchange(place, request, std::chrono::milliseconds(timeout_ms), {}));
}

Result<Response> request_patiently(const Place& place, const Request& request, int timeout_ms) {
  using std::chrono::milliseconds, std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + milliseconds(timeout_ms);
  const auto left = [&] { return std::chrono::ceil<milliseconds>(deadline - steady_clock::now()); };
  bool broke = false;
  for (;;) {
    Answer answer = exchange(place, request, std::max(left(), milliseconds(1)), {});
    const auto pause = pause_before_next(answer, broke);
    if (!pause || *pause >= left() || !can_be_read_again(request.body_file))
      return response_of(std::move(answer));
    std::this_thread::sleep_for(*pause);
  }
}

Status follow(const Place& place, const Request& request,
              const std::function<bool(std::string_view)>& receive, int timeout_ms) {
  auto answer = exchange(place, request, std::chrono::milliseconds(timeout_ms), receive);
  if (!answer) return Unexpected<Error>(std::move(answer.error().error));
  if (answer->status >= 200 && answer->status < 300) return Done{};
  return fail(code_of(answer->status),
              fmt::format("riskd answered {}: {}", answer->status, detail_of(answer->body)));
}

std::string encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace riskd::client
