// The client against a server that breaks off, or says when to come back: request_patiently.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>

#include "server_fixture.hpp"

namespace riskd::server::server_retry_test {
namespace {

// Answers each connection with the next of `answers` and closes it; an empty one is no answer.
class ScriptedServer {
 public:
  ScriptedServer(const std::string& path, std::vector<std::string> answers)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), answers_(std::move(answers)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(fd_, 8) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    ::shutdown(fd_, SHUT_RDWR);  // ends `accept`
    thread_.join();
    ::close(fd_);
  }
  int asked() const { return asked_; }

 private:
  void serve() {
    for (const std::string& answer : answers_) {
      const int client = ::accept(fd_, nullptr, nullptr);
      if (client < 0) return;
      std::array<char, 1000> piece{};
      (void)::recv(client, piece.data(), piece.size(), 0);
      ++asked_;
      if (!answer.empty()) {
        (void)::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        ::shutdown(client, SHUT_WR);
        // To its end: closing with something unread would take the answer back.
        while (::recv(client, piece.data(), piece.size(), 0) > 0) {
        }
      }
      ::close(client);
    }
  }

  int fd_;
  const std::vector<std::string> answers_;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

const std::string fine = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
std::string later(int status, const std::string& field) {
  return "HTTP/1.1 " + std::to_string(status) + " Later\r\nContent-Length: 0\r\n" + field + "\r\n";
}

struct Outcome {
  int status = 0;  // 0: no answer
  int asked = 0;
};
Outcome ask(std::vector<std::string> answers, int timeout_ms = 10'000,
            const std::string& body_file = {}) {
  const TestFolder folder;
  const ScriptedServer server(folder / "s", std::move(answers));
  client::Request request;
  request.method = "POST";
  request.target = "/x";
  request.body_file = body_file;
  const auto answer = client::request_patiently(folder / "s", request, timeout_ms);
  return {answer ? answer->status : 0, server.asked()};
}

}  // namespace

TEST_CASE("a request whose connection broke is sent again") {
  const Outcome done = ask({"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", fine});
  CHECK(done.status == 200);
  CHECK(done.asked == 3);
}

TEST_CASE("a request that riskd wants later is sent again then") {
  for (const int status : {409, 429, 503}) {
    const Outcome done = ask({later(status, "Retry-After: 0\r\n"), fine});
    CHECK(done.status == 200);
    CHECK(done.asked == 2);
  }
}

TEST_CASE("an answer without a time to come back is the answer") {
  for (const std::string& answer :
       {later(503, ""), later(409, ""), later(429, "Retry-After: x\r\n"),
        later(422, "Retry-After: 0\r\n")}) {
    const Outcome done = ask({answer, fine});
    CHECK(done.status >= 400);
    CHECK(done.asked == 1);
  }
}

TEST_CASE("it is not sent again once the time is over") {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(ask({later(503, "Retry-After: 5\r\n"), fine}, 1'000).status == 503);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
  CHECK(ask({"", "", "", "", "", "", "", "", "", ""}, 500).status == 0);
}

TEST_CASE("a body that is no file is sent once") {
  const TestFolder folder;
  std::ofstream(folder / "report") << "text";
  CHECK(ask({"", fine}, 10'000, folder / "report").status == 200);
  const Outcome once = ask({"", fine}, 10'000, "/dev/null");
  CHECK(once.status == 0);
  CHECK(once.asked == 1);
}

TEST_CASE("where nobody listens it is not tried again") {
  const TestFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(client::request_patiently(folder / "nobody", {}, 10'000));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

}  // namespace riskd::server::server_retry_test
