// Where the log goes: a descriptor whose reader may be slow, or read no more. Who writes a line never waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace riskd::console {

// Lines that a pipe, a terminal or a socket does not take now are kept, up to limits::log_waiting_bytes, and go
// with a later line. Lines beyond that are left out, and a line says how many. A file takes all.
//
// Use by one thread at a time, but for `left_out`.
class LogOutput {
 public:
  // `fd` stays open, and stays the caller's; that others share it does not matter.
  explicit LogOutput(int fd);
  LogOutput(const LogOutput&) = delete;
  ~LogOutput();  // sends what can be sent

  void write(std::string_view line);
  void flush();  // sends what can be sent

  // Lines that were, in all; from any thread.
  std::uint64_t left_out() const { return left_out_; }

 private:
  enum class Way : std::uint8_t {
    plain,    // a file: a write does not wait for others
    own,      // a description of its own that does not block
    message,  // a socket: each send says that it must not block
    asking,   // the system is asked before each piece whether there is room
  };

  bool send_piece();

  int fd_;
  Way way_ = Way::plain;
  std::string waiting_;
  std::size_t lost_ = 0;  // lines that no line has told of yet
  std::atomic<std::uint64_t> left_out_ = 0;
};

}  // namespace riskd::console
