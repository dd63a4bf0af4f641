// The socket file, starting and stopping.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "server_fixture.hpp"

namespace riskd::server::server_life_test {
namespace {

// Starts where `path` says; the error that it must give.
Error refusal(const std::string& path) {
  const TestFolder folder;
  TestHandler handler;
  ServerOptions options;
  options.socket_path = path;
  options.spool_folder = folder.path();
  const auto server = start_server(options, handler);
  if (server) FAIL("started at " << path);
  return server.error();
}

void leave_dead_socket(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  ::close(fd);
}

TEST_CASE("the socket is open to its owner and its group") {
  const TestServer server;
  struct stat status {};
  REQUIRE(::lstat(server.options.socket_path.c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  CHECK((status.st_mode & 0777) == 0660);
}

TEST_CASE("a dead socket is replaced") {
  const TestServer server([](ServerOptions& options) { leave_dead_socket(options.socket_path); });
  CHECK(server.get("/echo").status == 200);
}

TEST_CASE("a live socket is a conflict, and goes on living") {
  const TestServer server;
  const Error error = refusal(server.options.socket_path);
  CHECK(error.code == ErrorCode::conflict);
  CHECK_THAT(error.message, Catch::Contains("a process answers at"));
  CHECK(server.get("/echo").status == 200);
}

TEST_CASE("what is not a socket is left alone") {
  const TestFolder folder;
  std::ofstream(folder / "s") << "precious";
  const Error error = refusal(folder / "s");
  CHECK(error.code == ErrorCode::conflict);
  CHECK_THAT(error.message, Catch::Contains("is not a socket"));
  CHECK(std::filesystem::file_size(folder / "s") == 8);
}

TEST_CASE("a path that is too long or missing is refused with the reason") {
  const Error error = refusal("/tmp/" + std::string(200, 'x'));
  CHECK(error.code == ErrorCode::invalid);
  CHECK_THAT(error.message, Catch::Contains("has 205 bytes, and the system takes 107"));
  CHECK(refusal("").code == ErrorCode::invalid);
}

TEST_CASE("a missing folder is made where its parent exists, and otherwise named") {
  TestServer server([](ServerOptions& options) {
    options.socket_path = options.spool_folder + "/../run/riskd.sock";
    std::filesystem::create_directory(options.spool_folder);
  });
  CHECK(server.get("/echo").status == 200);
  const TestFolder folder;
  const Error error = refusal(folder / "a/b/riskd.sock");
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_THAT(error.message,
             Catch::Contains("the folder `" + (folder / "a/b") + "` cannot be made"));
}

TEST_CASE("of servers that start at once on a dead socket exactly one has it") {
  const TestFolder folder;
  leave_dead_socket(folder / "s");
  TestHandler handler;
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<Server>> servers(8);
  for (auto& place : servers) {
    threads.emplace_back([&] {
      ServerOptions options;
      options.socket_path = folder / "s";
      options.spool_folder = folder.path();
      auto started = start_server(options, handler);
      if (started) place = std::move(*started);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::count(servers.begin(), servers.end(), nullptr) == 7);
  client::Request request;
  request.target = "/echo";
  CHECK(riskd::client::request(folder / "s", request));
}

TEST_CASE("stopping finishes the requests that are under way") {
  TestServer server;
  RawClient waiting(server.options.socket_path);
  waiting.send("GET /later?ms=300 HTTP/1.1\r\n\r\n");
  RawClient sending(server.options.socket_path);
  sending.send("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
  RawClient idle(server.options.socket_path);
  REQUIRE(wait_until([&] { return server.handler.handled == 1 && server.handler.heads == 2; }));
  std::thread stopping([&] { server.server->stop(); });
  CHECK(idle.read_to_end().empty());
  CHECK(wait_until([&] { return !std::filesystem::exists(server.options.socket_path); }));
  sending.send("bc");
  CHECK_THAT(sending.read_to_end(), Catch::Contains("body abc\n"));
  const std::string answer = waiting.read_to_end();
  CHECK_THAT(answer, Catch::EndsWith("later"));
  CHECK_THAT(answer, Catch::Contains("Connection: close\r\n"));
  stopping.join();
  server.server->stop();  // again does nothing
}

TEST_CASE("stopping waits for a bounded time, and later replies are dropped") {
  TestServer server([](ServerOptions& options) { options.stop_seconds = 1; });
  RawClient waiting(server.options.socket_path);
  waiting.send("GET /later?ms=2500 HTTP/1.1\r\n\r\n");
  RawClient stuck(server.options.socket_path);
  stuck.send("POST /upload HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" +
             std::string(2'000'000, 'a'));
  REQUIRE(wait_until([&] { return files_in(server.options.spool_folder).size() == 1; }));
  const auto began = std::chrono::steady_clock::now();
  server.server->stop();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::milliseconds(2400));
  CHECK(waiting.read_to_end().empty());
  CHECK(stuck.read_to_end().empty());
  CHECK(files_in(server.options.spool_folder).empty());
  server.server.reset();
  server.handler.wait_for_answers();  // replies to a server that is no more
}

TEST_CASE("a server that stops leaves the socket of its successor alone") {
  TestServer first;
  std::filesystem::remove(first.options.socket_path);
  TestHandler handler;
  const auto second = start_server(first.options, handler);
  REQUIRE(second);
  first.server->stop();
  CHECK(first.get("/echo").status == 200);
}

// A socket as a supervisor makes it.
int make_socket(const std::string& path, int type = SOCK_STREAM, bool listens = true) {
  const int fd = ::socket(AF_UNIX, type, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  if (listens) REQUIRE(::listen(fd, 16) == 0);
  return fd;
}

TEST_CASE("a socket that was given is served, and its file stays for the next server") {
  const TestFolder folder;
  const int given = make_socket(folder / "s");
  const int kept = ::dup(given);  // the supervisor's
  TestHandler handler;
  ServerOptions options;
  options.socket_path = folder / "s";
  options.spool_folder = folder.path();
  options.given_socket = given;
  client::Request request;
  request.target = "/echo";
  auto first = start_server(options, handler);
  REQUIRE(first);
  CHECK(client::request(options.socket_path, request)->status == 200);
  (*first)->stop();
  CHECK(std::filesystem::exists(folder / "s"));
  // Who comes between the two waits for the second.
  RawClient early(options.socket_path);
  early.send("GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n");
  options.given_socket = kept;
  const auto second = start_server(options, handler);
  REQUIRE(second);
  CHECK_THAT(early.read_to_end(), Catch::StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a socket that was given and does not fit is refused with what is wrong with it") {
  const TestFolder folder;
  TestHandler handler;
  ServerOptions options;
  options.socket_path = folder / "s";
  options.spool_folder = folder.path();
  const auto refused = [&](int fd) {
    options.given_socket = fd;
    const auto server = start_server(options, handler);
    REQUIRE_FALSE(server);
    CHECK(server.error().code == ErrorCode::invalid);
    CHECK_THAT(server.error().message,
               Catch::Contains("[socket] path is `" + (folder / "s") + "`"));
    return server.error().message;
  };
  CHECK_THAT(refused(make_socket(folder / "other")),
             Catch::Contains("is at `" + (folder / "other") + "`"));
  CHECK_THAT(refused(make_socket(folder / "d", SOCK_DGRAM, false)),
             Catch::Contains("is no Unix stream socket"));
  CHECK_THAT(refused(::socket(AF_INET, SOCK_STREAM, 0)), Catch::Contains("is no Unix stream"));
  CHECK_THAT(refused(make_socket(folder / "s", SOCK_STREAM, false)),
             Catch::Contains("does not listen"));
}

TEST_CASE("stopping while clients come and go ends") {
  for (int round = 0; round < 5; ++round) {
    TestServer server;
    std::atomic<bool> enough = false;
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        client::Request request;
        request.target = "/echo";
        while (!enough) (void)riskd::client::request(server.options.socket_path, request, 5'000);
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    const auto began = std::chrono::steady_clock::now();
    server.server->stop();
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
    enough = true;
    for (std::thread& client : clients) client.join();
  }
}

}  // namespace
}  // namespace riskd::server::server_life_test
