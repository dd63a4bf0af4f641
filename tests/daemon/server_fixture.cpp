#include "server_fixture.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <utility>

namespace riskd::server {
namespace {

constexpr int patience_ms = 10'000;

Response text(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

std::string echo(const Request& request) {
  std::string out = fmt::format("{} {}\n", request.method, request.path);
  for (const std::string& segment : request.segments) out += fmt::format("segment {}\n", segment);
  for (const auto& [name, value] : request.query) out += fmt::format("query {}={}\n", name, value);
  for (const auto& [name, value] : request.headers) {
    out += fmt::format("header {}: {}\n", name, value);
  }
  constexpr const char* ways[] = {"local", "proxy", "tls"};
  out += fmt::format("way {}\ncertificate {}\n", ways[static_cast<int>(request.peer.way)],
                     request.peer.certificate);
  out += fmt::format("peer {} {} {}\n", request.peer.uid, request.peer.gid, request.peer.pid);
  return out + "body " + request.body + "\n";
}

std::string sum_up(const Request& request) {
  std::string body = request.body;
  if (!request.body_file.empty()) {
    std::ifstream file(request.body_file, std::ios::binary);
    body.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto add = [](std::uint64_t sum, char c) { return sum + static_cast<unsigned char>(c); };
  const auto sum = std::accumulate(body.begin(), body.end(), std::uint64_t{0}, add);
  return fmt::format("{} {} {}", body.size(), sum, request.body_file.empty() ? "memory" : "file");
}

int number(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end()
             ? 0
             : static_cast<int>(std::strtol(found->second.c_str(), nullptr, 10));
}

}  // namespace

TestFolder::TestFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "riskd-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) std::abort();
  path_ = path;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TestHandler::~TestHandler() { wait_for_answers(); }

void TestHandler::wait_for_answers() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void TestHandler::handle(Request request, Reply reply) {
  ++handled;
  if (request.path == "/echo" || request.segments.size() > 1) return reply(text(echo(request)));
  if (request.path == "/upload") {
    {
      const std::lock_guard lock(mutex_);
      last_body_file = request.body_file;
    }
    return reply(text(sum_up(request)));
  }
  if (request.path == "/later") {
    const std::chrono::milliseconds time(number(request, "ms"));
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([time, answer = std::move(reply)] {
      std::this_thread::sleep_for(time);
      answer(text("later"));
    });
    return;
  }
  if (request.path == "/gone") return;
  if (request.path == "/twice") {
    reply(text("first"));
    return reply(text("second"));
  }
  if (request.path == "/evil") {
    Response response = text("evil");
    response.headers = {
        {"X-Value", request.query["value"]}, {"Content-Length", "3"}, {"Bad Name", "x"}};
    return reply(response);
  }
  if (request.path == "/large") {
    return reply(text(std::string(static_cast<std::size_t>(number(request, "bytes")), 'x')));
  }
  if (request.path == "/none") {
    Response response = text("not to be sent");
    response.status = 204;
    return reply(response);
  }
  reply(problem(404, "Not Found", "there is nothing at `" + request.path + "`"));
}

Result<Handler::Admitted, Response> TestHandler::admit(const Request& head) const {
  ++heads;
  if (head.path == "/private") return Unexpected(problem(403, "Forbidden", "not for this peer"));
  if (head.path == "/upload") return Admitted{64u << 20, 1u << 20};
  if (head.path == "/later") return Admitted{1u << 20, 1u << 20};
  return Admitted{1'000, 1'000};
}

std::optional<Response> TestHandler::open_stream(const Request& request) {
  if (request.path == "/refused") return problem(410, "Gone", "these events are too old");
  if (request.path != "/stream" && request.path != "/count") return std::nullopt;
  Response response;
  response.content_type = "text/event-stream";
  response.headers = {{"Cache-Control", "no-store"}};
  return response;
}

void TestHandler::started(const Request& request, std::shared_ptr<Stream> stream) {
  if (request.path == "/count") {
    for (int i = 1; i <= number(request, "events"); ++i)
      stream->send(fmt::format("data: {}\n\n", i));
    return stream->close();
  }
  const std::lock_guard lock(mutex_);
  streams_.push_back(std::move(stream));
  stream_came_.notify_all();
}

std::shared_ptr<Stream> TestHandler::next_stream() {
  std::unique_lock lock(mutex_);
  stream_came_.wait_for(lock, std::chrono::milliseconds(patience_ms),
                        [this] { return !streams_.empty(); });
  if (streams_.empty()) FAIL("no stream was opened");
  auto stream = std::move(streams_.back());
  streams_.pop_back();
  return stream;
}

TestServer::TestServer(const Change& change) {
  options.socket_path = folder / "riskd.sock";
  options.spool_folder = folder / "spool";
  change(options);
  auto started = start_server(options, handler);
  if (!started) FAIL(started.error().message);
  server = std::move(*started);
}

client::Response TestServer::get(std::string target) const {
  client::Request request;
  request.target = std::move(target);
  return send(std::move(request));
}

client::Response TestServer::send(client::Request request) const {
  auto response = client::request(options.socket_path, request, patience_ms * 3);
  if (!response) FAIL(response.error().message);
  return std::move(*response);
}

RawClient::RawClient(const std::string& socket_path)
    : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    FAIL("cannot connect: " << std::strerror(errno));
  }
}

RawClient::RawClient(RawClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::shut() { ::shutdown(fd_, SHUT_WR); }

bool RawClient::read_some() {
  pollfd entry{fd_, POLLIN, 0};
  if (::poll(&entry, 1, patience_ms) <= 0) return false;
  char piece[65536];
  const ssize_t bytes = ::recv(fd_, piece, sizeof(piece), 0);
  if (bytes <= 0) return false;
  received_.append(piece, static_cast<std::size_t>(bytes));
  return true;
}

std::string RawClient::read_until(std::string_view what) {
  while (!contains(received_, what) && read_some()) {
  }
  return received_;
}

std::string RawClient::read_to_end() {
  while (read_some()) {
  }
  return received_;
}

void RawClient::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size())) {
    ++found;
  }
  return found;
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

bool wait_until(const std::function<bool()>& holds) {
  const auto ends = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > ends) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace riskd::server
