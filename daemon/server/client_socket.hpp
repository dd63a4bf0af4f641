// The client's end of a Unix socket: everything has one deadline.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "engine/result.hpp"

namespace riskd::server {

class ClientSocket {
 public:
  using Clock = std::chrono::steady_clock;

  // Error::unavailable where nobody listens, Error::forbidden where this user may not connect.
  static Result<ClientSocket> connect(const std::string& path, std::chrono::milliseconds timeout);
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&& other) = delete;
  ~ClientSocket();

  // Sends all of `data`. False where the server has answered before, or takes no more: then what it
  // says is to be read instead.
  Result<bool> send(std::string_view data);

  // Reads what there is, at least one byte, into `place`; 0 at the end.
  Result<std::size_t> receive(char* place, std::size_t bytes);

  // From now on receiving waits without end.
  void forget_deadline() { deadline_.reset(); }

 private:
  ClientSocket(std::string path, int fd, std::chrono::milliseconds timeout)
      : path_(std::move(path)), fd_(fd), timeout_(timeout), deadline_(Clock::now() + timeout) {}

  // The events of `wanted` that have come; Error::unavailable at the deadline.
  Result<short> wait_for(short wanted) const;

  std::string path_;
  int fd_ = -1;
  std::chrono::milliseconds timeout_;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace riskd::server
