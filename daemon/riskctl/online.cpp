#include "daemon/riskctl/online.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "daemon/riskctl/output.hpp"
#include "daemon/wire/serialize.hpp"
#include "engine/base/limits.hpp"
#include "engine/evaluate/model.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::string_view harmless_twice[] = {"/v1/sync", "/v1/policy/", "/v1/trackers/check"};
// Its answer has a secret that riskd does not keep: where it was lost, the token is of no use, and is revoked.
constexpr std::string_view with_secret = "/v1/tokens";

std::string list_words(const json::array& list) {
  std::string all;
  for (const json::value& item : list) all += (all.empty() ? "" : ", ") + text_of(item);
  return all;
}

Text place_in(const json::value& where) {
  return text("{}:{}:{}", text_at(where, "file"), text_at(where, "line"), text_at(where, "column"));
}

// The problem of a refusal: the body itself, or, of a line of facts, the error in it.
const json::value& problem_in(const json::value& body) {
  const json::object* members = body.if_object();
  const json::value* error = members == nullptr ? nullptr : members->if_contains("error");
  return error == nullptr ? body : *error;
}

// Whether it may be done once only: other requests change nothing, or nothing more the second time.
bool needs_key(const client::Request& request) {
  if (request.method == "GET" || request.target == with_secret) return false;
  return std::none_of(std::begin(harmless_twice), std::end(harmless_twice),
                      [&](std::string_view begin) { return request.target.starts_with(begin); });
}

std::string environment(const char* name) {
  const char* found = std::getenv(name);
  return found == nullptr ? std::string() : std::string(found);
}

// Random for each run of the program, and counted in it.
std::string next_key() {
  static const std::string run = [] {
    std::random_device random;
    return fmt::format("riskctl-{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  }();
  static int number = 0;
  return fmt::format("{}-{}", run, ++number);
}

}  // namespace

int timeout_ms(const SharedOptions& options, Patience patience) {
  using std::chrono::duration;
  const double usual = patience == Patience::usual ? 10 : patience == Patience::trackers ? 40 : 600;
  double seconds = options.timeout_seconds.value_or(usual);
  if (options.deadline) {
    const duration<double> left = *options.deadline - std::chrono::steady_clock::now();
    seconds = std::clamp(left.count(), 0.001, seconds);
  }
  return static_cast<int>(seconds * 1'000);
}

Result<client::Response> send(const SharedOptions& options, client::Request request,
                              Patience patience) {
  if (needs_key(request)) request.headers.emplace_back("Idempotency-Key", next_key());
  const auto place = place_of(options);
  if (!place) return failure(place);
  return client::request_patiently(*place, request, timeout_ms(options, patience));
}

Result<client::Place> place_of(const SharedOptions& options) {
  client::Place place(options.socket_path);
  place.url = options.url;
  if (place.url.empty() && place.socket_path.empty()) place.url = environment("RISKD_URL");
  if (place.url.empty()) {
    if (place.socket_path.empty()) place.socket_path = environment("RISKD_SOCKET");
    if (place.socket_path.empty()) place.socket_path = "/run/riskd/riskd.sock";
    return place;
  }
  while (place.url.ends_with('/')) place.url.pop_back();
  place.ca_file = options.ca_file.empty() ? environment("RISKD_CA_FILE") : options.ca_file;
  const std::string file =
      options.token_file.empty() ? environment("RISKD_TOKEN_FILE") : options.token_file;
  if (file.empty()) {
    place.token = environment("RISKD_TOKEN");
    return place;
  }
  auto text = read_file(file, limits::secret_bytes);
  if (!text) return failure(text);
  place.token = std::move(*text);
  while (!place.token.empty() && (place.token.back() == '\n' || place.token.back() == '\r'))
    place.token.pop_back();
  if (place.token.empty()) return fail(ErrorCode::invalid, "the file has no token", file);
  return place;
}

std::string product_target(const std::string& product, std::string_view rest) {
  return fmt::format("/v1/products/{}{}", client::encode(product), rest);
}

int complain_of(const client::Response& response, const SharedOptions& options) {
  json::error_code error;
  const json::value body = json::parse(response.body, error);
  if (error) {
    print_error("riskctl: the daemon answered with status {}\n", response.status);
    return exit_bad_input;
  }
  if (options.json) {
    print_json(body);
    return exit_bad_input;
  }
  const json::value& problem = problem_in(body);
  std::string detail = text_at(problem, "detail");
  if (detail.empty()) detail = fmt::format("the daemon answered with status {}", response.status);
  print_error("riskctl: {}\n", detail);
  for (const json::value& each : list_at(problem, "errors")) {
    if (!text_at(each, "file").empty()) {
      print_diagnostic(each);
      continue;
    }
    const std::string message = text_at(each, "message");
    const std::string pointer = text_at(each, "pointer");
    if (message != detail) {
      print_error("  {}{}\n", pointer.empty() ? "" : pointer + ": ", message);
    }
    const std::string expected = list_words(list_at(each, "expected"));
    if (!expected.empty()) print_error("  expected: {}\n", expected);
  }
  return exit_bad_input;
}

std::optional<json::value> ask_daemon(const SharedOptions& options, std::string method,
                                      std::string target, const json::value* body,
                                      Patience patience) {
  client::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  if (body != nullptr) {
    request.body = wire::serialize(*body);
    request.headers.emplace_back("Content-Type", "application/json");
  }
  const auto response = send(options, std::move(request), patience);
  if (!response) {
    complain(response.error());
    return std::nullopt;
  }
  return read_answer(*response, options);
}

std::optional<json::value> read_answer(const client::Response& response,
                                       const SharedOptions& options) {
  if (response.status < 200 || response.status > 299) {
    complain_of(response, options);
    return std::nullopt;
  }
  json::error_code error;
  json::value value = json::parse(response.body.empty() ? "null" : response.body, error);
  if (!error) return value;
  complain({ErrorCode::invalid, "the daemon's answer is not JSON: " + error.message(), {}});
  return std::nullopt;
}

std::optional<json::array> ask_list(const SharedOptions& options, const std::string& target) {
  const char separator = target.find('?') == std::string::npos ? '?' : '&';
  json::array all;
  std::string after;
  while (true) {
    std::string page = target;
    if (!after.empty()) page += separator + ("after=" + client::encode(after));
    const auto answer = ask_daemon(options, "GET", page);
    if (!answer) return std::nullopt;
    for (const json::value& item : list_at(*answer, "items")) all.push_back(item);
    const std::string next = text_at(*answer, "next");
    if (next.empty() || next == after) return all;
    after = next;
  }
}

int print_json(const json::value& value) {
  print_json_text(wire::serialize(value));
  return exit_success;
}

void print_diagnostic(const json::value& diagnostic) {
  const std::string severity = text_at(diagnostic, "severity");
  const Text code = text("{}[{}]", severity, text_at(diagnostic, "code"));
  print_error("{}: {}: {}\n", place_in(diagnostic),
              code.in(severity == "error" ? Style::error : Style::warning),
              text_at(diagnostic, "message"));
  const std::string help = text_at(diagnostic, "help");
  if (!help.empty()) print_error("  {}: {}\n", Text("help").in(Style::note), help);
  for (const json::value& related : list_at(diagnostic, "related")) {
    print_error("  {}: {}: {}\n", Text("note").in(Style::note), place_in(related),
                text_at(related, "message"));
  }
}

std::string text_of(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  if (const auto* truth = value.if_bool()) return *truth ? "yes" : "no";
  if (const auto* list = value.if_array()) return list_words(*list);
  if (value.is_number()) return engine::print_number(value.to_number<double>());
  return {};
}

std::string moment_words(const std::string& moment) {
  const auto instant = parse_instant(moment);
  return instant ? to_display(*instant) : moment;
}

std::string value_words(const json::value& value) {
  if (value.is_null()) return "–";
  if (value.is_array() && value.get_array().empty()) return "none";
  return text_of(value);
}

const json::value& member_of(const json::value& object, std::string_view name) {
  static const json::value none;
  const json::object* members = object.if_object();
  const json::value* member = members == nullptr ? nullptr : members->if_contains(name);
  return member == nullptr ? none : *member;
}

std::string text_at(const json::value& object, std::string_view name) {
  return text_of(member_of(object, name));
}

const json::array& list_at(const json::value& object, std::string_view name) {
  static const json::array none;
  const json::array* list = member_of(object, name).if_array();
  return list == nullptr ? none : *list;
}

bool truth_at(const json::value& object, std::string_view name) {
  return text_at(object, name) == "yes";
}

Snapshot snapshot(const SharedOptions& options, const std::string& product) {
  client::Request request;
  request.target = product_target(product, "/model");
  const auto response = send(options, std::move(request));
  if (!response || response->status != 200) return {};
  json::error_code error;
  const json::value model = json::parse(response->body, error);
  return error ? Snapshot() : Snapshot(model);
}

Named split_element(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace riskd::riskctl
