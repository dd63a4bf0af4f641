#include "daemon/server/client.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <optional>
#include <vector>

#include "daemon/server/client_socket.hpp"

namespace riskd::server {
namespace {

namespace http = boost::beast::http;
using Code = boost::system::error_code;

constexpr std::uint32_t answer_head_bytes = 64u << 10;
constexpr std::size_t piece_bytes = 64u << 10;
constexpr std::chrono::minutes follow_head_time{5};

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool is_2xx(int status) { return status >= 200 && status < 300; }

// ---- the body

// A file that is sent as it is read: with its size where it has one, otherwise in chunks.
class BodyFile {
 public:
  static Result<BodyFile> open(const std::string& path) {
    BodyFile file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.fd_ < 0 || ::fstat(file.fd_, &status) != 0) return file.cannot_read();
    if (S_ISDIR(status.st_mode)) {
      errno = EISDIR;
      return file.cannot_read();
    }
    if (S_ISREG(status.st_mode)) file.size_bytes_ = static_cast<std::uint64_t>(status.st_size);
    return file;
  }
  BodyFile(BodyFile&& other) noexcept
      : path_(std::move(other.path_)),
        fd_(std::exchange(other.fd_, -1)),
        size_bytes_(other.size_bytes_) {}
  BodyFile& operator=(BodyFile&&) = delete;
  ~BodyFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  std::optional<std::uint64_t> size_bytes() const { return size_bytes_; }

  // False where the server wants no more of it.
  Result<bool> send_to(ClientSocket& socket) {
    std::vector<char> piece(piece_bytes);
    std::uint64_t left = size_bytes_.value_or(0);
    while (!size_bytes_ || left > 0) {
      const ssize_t bytes = ::read(fd_, piece.data(), piece.size());
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes < 0) return cannot_read();
      std::string_view data(piece.data(), static_cast<std::size_t>(bytes));
      if (!size_bytes_) {
        auto sent =
            socket.send(bytes == 0 ? "0\r\n\r\n" : fmt::format("{:x}\r\n{}\r\n", bytes, data));
        if (!sent || !*sent || bytes == 0) return sent;
        continue;
      }
      if (bytes == 0) {
        return fail(ErrorCode::unavailable,
                    fmt::format("`{}` became shorter while it was sent", path_));
      }
      data = data.substr(0, left);
      left -= data.size();
      auto sent = socket.send(data);
      if (!sent || !*sent) return sent;
    }
    return true;
  }

 private:
  BodyFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  Unexpected<Error> cannot_read() const {
    const int error = errno;
    return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                fmt::format("cannot read `{}`: {}", path_, std::strerror(error)));
  }

  std::string path_;
  int fd_ = -1;
  std::optional<std::uint64_t> size_bytes_;
};

// ---- the exchange

std::string head_of(const ClientRequest& request, const std::optional<BodyFile>& file) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: riskd\r\nConnection: close\r\n",
                                 request.method, request.target);
  for (const auto& [name, value] : request.headers) head += fmt::format("{}: {}\r\n", name, value);
  const bool is_empty = request.body.empty() && !file;
  if (file && !file->size_bytes()) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (!is_empty || (request.method != "GET" && request.method != "HEAD")) {
    head += fmt::format("Content-Length: {}\r\n",
                        file ? *file->size_bytes() : std::uint64_t{request.body.size()});
  }
  return head + "\r\n";
}

// What must not be pasted into a head: it would end it, or add to it.
bool is_one_line(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return false;
  }
  return true;
}

Status check(const ClientRequest& request) {
  bool fine = is_one_line(request.method) && is_one_line(request.target) &&
              request.target.find(' ') == std::string::npos;
  for (const auto& [name, value] : request.headers) {
    fine = fine && is_one_line(name) && is_one_line(value);
  }
  if (fine) return Done{};
  return fail(ErrorCode::invalid,
              "the request's method, target or a header holds a line break or a space");
}

Status send(ClientSocket& socket, const ClientRequest& request) {
  if (auto checked = check(request); !checked) return checked;
  std::optional<BodyFile> file;
  if (!request.body_file.empty()) {
    auto opened = BodyFile::open(request.body_file);
    if (!opened) return Unexpected<Error>(opened.error());
    file.emplace(std::move(*opened));
  }
  auto sent = socket.send(head_of(request, file));
  if (sent && *sent) sent = file ? file->send_to(socket) : socket.send(request.body);
  if (!sent) return Unexpected<Error>(sent.error());
  return Done{};
}

// Reads into `parser` until `enough` says so or the message is complete.
template <typename Parser, typename Enough>
Status read_into(ClientSocket& socket, const std::string& path, boost::beast::flat_buffer& buffer,
                 Parser& parser, Enough enough) {
  while (!parser.is_done() && !enough()) {
    Code error = http::error::need_more;
    if (buffer.size() > 0) {
      const std::size_t used = parser.put(buffer.data(), error);
      buffer.consume(used);
    }
    if (error == http::error::need_buffer || !error) continue;
    if (error == http::error::need_more) {
      const auto place = buffer.prepare(piece_bytes);
      auto bytes = socket.receive(static_cast<char*>(place.data()), place.size());
      if (!bytes) return Unexpected<Error>(bytes.error());
      buffer.commit(*bytes);
      if (*bytes > 0) continue;
      if (!parser.got_some()) {
        return fail(ErrorCode::unavailable,
                    fmt::format("riskd at {} closed the connection without an answer", path));
      }
      error = {};
      parser.put_eof(error);
      if (!error) continue;
    }
    if (error == http::error::partial_message) {
      return fail(ErrorCode::unavailable, fmt::format("the answer of riskd at {} broke off", path));
    }
    return fail(ErrorCode::invalid, fmt::format("what answers at {} does not speak HTTP/1.1: {}",
                                                path, error.message()));
  }
  return Done{};
}

Result<ClientResponse> receive(ClientSocket& socket, const std::string& path, bool has_body) {
  boost::beast::flat_buffer buffer;
  while (true) {
    http::response_parser<http::string_body> parser;
    parser.header_limit(answer_head_bytes);
    parser.body_limit(boost::none);
    parser.eager(true);
    parser.skip(!has_body);
    auto read = read_into(socket, path, buffer, parser, [] { return false; });
    if (!read) return Unexpected<Error>(read.error());
    auto message = parser.release();
    if (message.result_int() < 200) continue;  // 100 Continue and its like announce the answer
    ClientResponse response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      std::string name(view(field.name_string()));
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      response.headers.emplace_back(std::move(name), view(field.value()));
    }
    response.body = std::move(message.body());
    return response;
  }
}

// ---- following

// The detail of a problem document, or else what came.
std::string detail_of(const std::string& body) {
  Code error;
  const auto document = boost::json::parse(body, error);
  if (!error && document.is_object()) {
    for (const char* name : {"detail", "title"}) {
      const auto* value = document.get_object().if_contains(name);
      if (value != nullptr && value->is_string()) return std::string(value->get_string());
    }
  }
  return body.substr(0, 500);
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

using StreamParser = http::response_parser<http::buffer_body>;

// Passes on what comes of the body until it ends or `pass` returns false.
Status pass_on(ClientSocket& socket, const std::string& path, boost::beast::flat_buffer& buffer,
               StreamParser& parser, const std::function<bool(std::string_view)>& pass) {
  std::vector<char> piece(piece_bytes);
  while (!parser.is_done()) {
    auto& place = parser.get().body();
    place.data = piece.data();
    place.size = piece.size();
    place.more = true;
    const auto came = [&] { return place.size < piece.size(); };
    if (auto read = read_into(socket, path, buffer, parser, came); !read) return read;
    const std::size_t bytes = piece.size() - place.size;
    if (bytes > 0 && !pass({piece.data(), bytes})) return Done{};
  }
  return Done{};
}

Status follow_answer(ClientSocket& socket, const std::string& path,
                     const std::function<bool(std::string_view)>& pass) {
  boost::beast::flat_buffer buffer;
  StreamParser parser;
  parser.header_limit(answer_head_bytes);
  parser.body_limit(boost::none);
  const auto head_came = [&] { return parser.is_header_done(); };
  if (auto read = read_into(socket, path, buffer, parser, head_came); !read) return read;
  const int status = static_cast<int>(parser.get().result_int());
  if (is_2xx(status)) {
    socket.forget_deadline();
    return pass_on(socket, path, buffer, parser, pass);
  }
  std::string body;
  const auto keep = [&](std::string_view piece) {
    body += piece;
    return body.size() < piece_bytes;
  };
  if (auto read = pass_on(socket, path, buffer, parser, keep); !read) return read;
  return fail(code_of(status), fmt::format("riskd answered {}: {}", status, detail_of(body)));
}

// Beast throws for a field beyond what it can hold.
Unexpected<Error> unreadable(const std::string& path, const std::exception& error) {
  return fail(ErrorCode::invalid,
              fmt::format("the answer of riskd at {} cannot be read: {}", path, error.what()));
}

}  // namespace

Result<ClientResponse> request(const std::string& socket_path, const ClientRequest& request,
                               int timeout_ms) try {
  auto socket = ClientSocket::connect(socket_path, std::chrono::milliseconds(timeout_ms));
  if (!socket) return Unexpected<Error>(socket.error());
  if (auto sent = send(*socket, request); !sent) return Unexpected<Error>(sent.error());
  return receive(*socket, socket_path, request.method != "HEAD");
} catch (const std::exception& error) {
  return unreadable(socket_path, error);
}

Status follow(const std::string& socket_path, const ClientRequest& request,
              const std::function<bool(std::string_view)>& receive) try {
  auto socket = ClientSocket::connect(socket_path, follow_head_time);
  if (!socket) return Unexpected<Error>(socket.error());
  if (auto sent = send(*socket, request); !sent) return sent;
  return follow_answer(*socket, socket_path, receive);
} catch (const std::exception& error) {
  return unreadable(socket_path, error);
}

}  // namespace riskd::server
