// The client against this server, against strange ones, and curl against this server.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "server_fixture.hpp"

namespace riskd::server::server_client_test {
namespace {

// Answers the first connection with `bytes`, whatever it says, and closes.
class OddServer {
 public:
  OddServer(const std::string& path, std::string bytes,
            std::chrono::milliseconds wait = std::chrono::milliseconds(0))
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(fd_, 1) == 0);
    thread_ = std::thread([this, bytes, wait] {
      const int client = ::accept(fd_, nullptr, nullptr);
      std::array<char, 1000> piece{};
      (void)::recv(client, piece.data(), piece.size(), 0);
      std::this_thread::sleep_for(wait);
      (void)::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::close(client);
    });
  }
  ~OddServer() {
    thread_.join();
    ::close(fd_);
  }
  OddServer(const OddServer&) = delete;

 private:
  int fd_;
  std::thread thread_;
};

Error error_of(const std::string& path, int timeout_ms = 5'000) {
  client::Request request;
  request.target = "/echo";
  const auto response = riskd::client::request(path, request, timeout_ms);
  if (response) FAIL("there was an answer: " << response.value().status);
  return response.error();
}

std::string many(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

struct Ran {
  int status = 0;
  std::string output;
};

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) FAIL("cannot run " << command);
  std::array<char, 4096> piece{};
  for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;) {
    ran.output.append(piece.data(), n);
  }
  ran.status = ::pclose(pipe);
  return ran;
}

TEST_CASE("where nobody listens the client says what to start") {
  const TestFolder folder;
  const std::string path = folder / "riskd.sock";
  const Error error = error_of(path);
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.message ==
        "no riskd answers at " + path + ": start it with `riskd --config riskd.toml`");
  CHECK(!client::follow(path, {}, [](std::string_view) { return true; }));
  CHECK(error_of("/tmp/" + std::string(200, 'x')).code == ErrorCode::invalid);
}

TEST_CASE("a file is streamed as a body, and so is a pipe") {
  TestServer server;
  const std::string file = server.folder / "report.xml";
  std::ofstream(file) << std::string(5'000'000, '\1');
  client::Request request;
  request.method = "POST";
  request.target = "/upload";
  request.body_file = file;
  CHECK(server.send(request).body == "5000000 5000000 file");

  const std::string pipe = server.folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(pipe) << std::string(3'000'000, '\2'); });
  request.body_file = pipe;
  CHECK(server.send(request).body == "3000000 6000000 file");
  writer.join();

  std::ofstream(file, std::ios::trunc).flush();
  request.body_file = file;
  CHECK(server.send(request).body == "0 0 memory");
}

TEST_CASE("a body file that cannot be read is an error that names it") {
  const TestServer server;
  client::Request request;
  request.method = "POST";
  request.target = "/upload";
  request.body_file = server.folder / "missing.xml";
  const auto missing = riskd::client::request(server.options.socket_path, request);
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK_THAT(missing.error().message, Catch::Contains("missing.xml"));
  request.body_file = server.folder.path();
  CHECK(!riskd::client::request(server.options.socket_path, request));
}

TEST_CASE("the client reads an answer that comes before its body has been sent") {
  TestServer server;
  const std::string file = server.folder / "large";
  std::ofstream(file) << std::string(100'000'000, 'j');
  client::Request request;
  request.method = "POST";
  request.target = "/echo";
  request.body_file = file;
  for (int i = 0; i < 5; ++i) CHECK(server.send(request).status == 413);
  request.body_file.clear();
  request.body = std::string(100'000'000, 'j');
  for (int i = 0; i < 5; ++i) CHECK(server.send(request).status == 413);
  request.method = "POST\r\nX: y";
  CHECK(!riskd::client::request(server.options.socket_path, request));
}

TEST_CASE("the client gives up at its time-out") {
  TestServer server;
  client::Request request;
  request.target = "/later?ms=600";
  const auto response = riskd::client::request(server.options.socket_path, request, 200);
  REQUIRE(!response);
  CHECK(response.error().code == ErrorCode::unavailable);
  CHECK_THAT(response.error().message, Catch::Contains("did not answer within 0.2 s"));
}

TEST_CASE("the client says what is wrong with an answer") {
  const TestFolder folder;
  const auto check = [&](const std::string& answer, const std::string& message) {
    INFO(answer);
    const std::string path = folder / "s";
    const OddServer server(path, answer);
    CHECK_THAT(error_of(path).message, Catch::Contains(message));
    std::filesystem::remove(path);
  };
  check("", "closed the connection without an answer");
  check("HTTP/1.1 200 OK\r\nContent-Le", "broke off");
  check("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "broke off");
  check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "broke off");
  check("SSH-2.0-OpenSSH\r\n\r\n", "does not speak HTTP/1.1");
  check("HTTP/1.1 200 OK\r\n" + many("X: " + std::string(70'000, 'a') + "\r\n", 4) + "\r\n",
        "too large");
  check("HTTP/1.1 200 OK\r\nX: " + std::string(300'000, 'a') + "\r\n\r\n", "too large");
}

TEST_CASE("the client reads answers of every framing, and past interim ones") {
  const TestFolder folder;
  client::Request request;
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nabc",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"}) {
    INFO(answer);
    const std::string path = folder / "s";
    const OddServer server(path, answer);
    const auto response = riskd::client::request(path, request, 5'000);
    REQUIRE(response);
    CHECK(response.value().body == "abc");
    std::filesystem::remove(path);
  }
}

TEST_CASE("a stream that breaks off is an error for who follows it") {
  const TestFolder folder;
  const OddServer server(folder / "s",
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  std::string all;
  const Status status = client::follow(folder / "s", {}, [&](std::string_view piece) {
    all += piece;
    return true;
  });
  REQUIRE(!status);
  CHECK_THAT(status.error().message, Catch::Contains("broke off"));
  CHECK(all == "abc");
}

TEST_CASE("curl is a full client") {
  if (run("command -v curl").status != 0) {
    WARN("there is no curl here");
    return;
  }
  TestServer server;
  const std::string curl =
      "curl -sS --max-time 20 --unix-socket " + server.options.socket_path + " ";
  CHECK_THAT(run(curl + "'http://x/echo?a=%C3%BC'").output, Catch::Contains("query a=ü\n"));
  CHECK_THAT(run(curl + "-G --data-urlencode 'a=b c+d' http://x/echo").output,
             Catch::Contains("query a=b c+d\n"));
  CHECK_THAT(run(curl + "-X PATCH -d '{\"a\":1}' http://x/echo").output,
             Catch::StartsWith("PATCH /echo\n"));
  CHECK_THAT(run(curl + "-I http://x/echo").output, Catch::Contains("HTTP/1.1 200 OK"));
  CHECK(run(curl + "-N 'http://x/count?events=2'").output == "data: 1\n\ndata: 2\n\n");
  const std::string file = server.folder / "large";
  std::ofstream(file) << std::string(20'000'000, '\1');
  // More than 1 MiB: curl asks with `Expect: 100-continue` first, or sends in chunks from a pipe.
  CHECK(run(curl + "--data-binary @" + file + " http://x/upload").output ==
        "20000000 20000000 file");
  CHECK(run("cat " + file + " | " + curl + "-T - http://x/upload").output ==
        "20000000 20000000 file");
  const std::string status = "-o /dev/null -w '%{http_code}' ";
  CHECK(run(curl + status + "--data-binary @" + file + " http://x/echo").output == "413");
  CHECK(run(curl + status + "-H Expect: --data-binary @" + file + " http://x/echo").output ==
        "413");
  CHECK(run(curl + status + "http://x/echo http://x/nowhere -o /dev/null").output == "200404");
}

}  // namespace
}  // namespace riskd::server::server_client_test
