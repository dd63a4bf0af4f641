// The log where nobody reads it.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "daemon/console/log_output.hpp"
#include "engine/base/limits.hpp"

namespace riskd::console::console_test {
namespace {

// A pipe or a pair of sockets: what is written to `writing` comes out of `reading`.
struct Ends {
  int reading = -1, writing = -1;
  Ends(const Ends&) = delete;
  explicit Ends(bool is_socket) {
    std::array<int, 2> ends{};
    REQUIRE((is_socket ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data())
                       : ::pipe(ends.data())) == 0);
    reading = ends[0];
    writing = ends[1];
  }
  ~Ends() {
    if (reading >= 0) ::close(reading);
    ::close(writing);
  }
  // What is there to read now.
  std::string read() const {
    std::string all;
    std::string piece(1 << 16, '\0');
    REQUIRE(::fcntl(reading, F_SETFL, O_NONBLOCK) == 0);
    for (ssize_t n = 0; (n = ::read(reading, piece.data(), piece.size())) > 0;)
      all.append(piece.data(), static_cast<std::size_t>(n));
    return all;
  }
};

std::string line(int number) { return std::to_string(number) + std::string(100, '.') + "\n"; }

}  // namespace

TEST_CASE("a line goes out at once") {
  for (const bool is_socket : {false, true}) {
    const Ends ends(is_socket);
    LogOutput output(ends.writing);
    output.write("one\n");
    CHECK(ends.read() == "one\n");
    output.write("two\n");
    CHECK(ends.read() == "two\n");
  }
}

TEST_CASE(
    "who writes the log does not wait for its reader, and the lines that are left out are "
    "counted") {
  for (const bool is_socket : {false, true}) {
    CAPTURE(is_socket);
    const Ends ends(is_socket);
    LogOutput output(ends.writing);
    const auto begin = std::chrono::steady_clock::now();
    constexpr int lines = 20'000;
    for (int i = 0; i < lines; ++i) output.write(line(i));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
    // The oldest are there, whole and in order; then it says how many are not, and goes on.
    std::string all;
    for (std::string more = ends.read(); !more.empty(); more = ends.read()) {
      all += more;
      output.flush();
    }
    output.write("the last one\n");
    all += ends.read();
    std::istringstream text(all);
    int next = 0;
    std::string each;
    while (std::getline(text, each) && each + "\n" == line(next)) ++next;
    CHECK(next > 1'000);
    CHECK(each == "riskd: " + std::to_string(lines - next) +
                      " lines of the log were left out, since nobody read it");
    CHECK((std::getline(text, each) && each == "the last one"));
    CHECK(output.left_out() == static_cast<std::uint64_t>(lines - next));
  }
}

TEST_CASE("others who share the descriptor may still wait for it") {
  const Ends ends(false);
  const LogOutput output(ends.writing);
  CHECK((::fcntl(ends.writing, F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("where the reader has gone the log is dropped") {
  Ends ends(true);
  ::close(ends.reading);
  ends.reading = -1;
  LogOutput output(ends.writing);
  for (int i = 0; i < 20'000; ++i) output.write(line(i));
}

TEST_CASE("a file takes all, at its end") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("riskd-log-test-" + std::to_string(::getpid())))
          .string();
  std::ofstream(path) << "before\n";
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND);
  REQUIRE(fd >= 0);
  {
    LogOutput output(fd);
    output.write("after\n");
  }
  ::close(fd);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  CHECK(text.str() == "before\nafter\n");
  std::filesystem::remove(path);
}

}  // namespace riskd::console::console_test
