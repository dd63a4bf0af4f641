// What a supervisor is told. Each test is the supervisor: it has the socket that NOTIFY_SOCKET names.
#include "daemon/supervisor/supervisor.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <string>

#include "daemon/supervisor/watchdog.hpp"
#include "server_fixture.hpp"

namespace riskd::supervisor::supervisor_test {
namespace {

using server::TestFolder;
using server::TestServer;
using std::chrono::milliseconds;

// Has the socket as long as it lives.
class Listener {
 public:
  Listener() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const std::string path = folder_ / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Listener() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(fd_);
  }

  // The next that is told within this time; empty: nothing.
  std::string next(milliseconds patience) const {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return {};
    std::array<char, 4'096> text{};
    const ssize_t size = ::recv(fd_, text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(size < 0 ? 0 : size)};
  }

 private:
  TestFolder folder_;
  int fd_;
};

constexpr milliseconds soon(5'000);
constexpr milliseconds time_of_watchdog(400);
constexpr milliseconds long_enough(600);  // for a sign, if there were one

milliseconds idle() { return milliseconds(0); }

}  // namespace

TEST_CASE("ready, reloading and stopping are told, with a line for people") {
  const Listener listener;
  tell_ready("listening on /run/riskd/riskd.sock");
  CHECK(listener.next(soon) == "READY=1\nSTATUS=listening on /run/riskd/riskd.sock");
  tell_reloading();
  CHECK(listener.next(soon) == "RELOADING=1\nSTATUS=reloading the policy");
  tell_stopping();
  CHECK(listener.next(soon) == "STOPPING=1\nSTATUS=stopping");
}

TEST_CASE("a path with a line break is no second assignment") {
  const Listener listener;
  tell_ready("listening on /tmp/a\nWATCHDOG=trigger");
  CHECK(listener.next(soon) == "READY=1\nSTATUS=listening on /tmp/a WATCHDOG=trigger");
}

TEST_CASE("without a supervisor nothing is told, given or awaited") {
  tell_ready("alone");
  CHECK(take_socket().value() == -1);
  CHECK(watchdog_time().count() == 0);
  const Watchdog none({}, "/nowhere", idle);
}

TEST_CASE("the time of the watchdog is for the process that it is for") {
  ::setenv("WATCHDOG_USEC", "400000", 1);
  CHECK(watchdog_time() == time_of_watchdog);
  ::setenv("WATCHDOG_PID", "1", 1);
  CHECK(watchdog_time().count() == 0);
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
}

TEST_CASE("more than one socket is refused; those of another process are none") {
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "-1", 1);
  CHECK(take_socket().error().code == ErrorCode::invalid);
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "2", 1);
  CHECK(take_socket().value() == -1);
}

TEST_CASE("signs are given while the server answers, whatever it answers") {
  const TestServer server;  // which answers 404
  const Listener listener;
  const Watchdog watchdog(time_of_watchdog, server.options.socket_path, idle);
  for (int i = 0; i < 4; ++i) CHECK(listener.next(time_of_watchdog) == "WATCHDOG=1");
}

TEST_CASE("a server that takes connections and does not answer gets no sign") {
  const TestFolder folder;
  const std::string path = folder / "s";
  const int hung = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  REQUIRE(::bind(hung, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::listen(hung, 16) == 0);
  const Listener listener;
  const Watchdog watchdog(time_of_watchdog, path, idle);
  CHECK(listener.next(long_enough).empty());
  ::close(hung);
}

TEST_CASE("a writer that is stuck gets no sign until it goes on") {
  const TestServer server;
  const Listener listener;
  std::atomic<int> busy_ms = 401;
  const Watchdog watchdog(time_of_watchdog, server.options.socket_path,
                          [&] { return milliseconds(busy_ms); });
  CHECK(listener.next(long_enough).empty());
  busy_ms = 399;  // long, but at work
  CHECK(listener.next(soon) == "WATCHDOG=1");
}

}  // namespace riskd::supervisor::supervisor_test
