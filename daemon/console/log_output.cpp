#include "daemon/console/log_output.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/limits.hpp"

namespace riskd::console {
namespace {

constexpr std::size_t piece_bytes = 4'096;  // a pipe that has room at all takes so much (PIPE_BUF)

}  // namespace

LogOutput::LogOutput(int fd) : fd_(fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return;
  if (S_ISSOCK(status.st_mode)) way_ = Way::message;
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return;
  // O_NONBLOCK on `fd` itself would also hold for those who share it, as the shell that started riskd.
  const std::string path = fmt::format("/proc/self/fd/{}", fd);
  const int own = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  way_ = own >= 0 ? Way::own : Way::asking;
  if (own >= 0) fd_ = own;
}

LogOutput::~LogOutput() {
  flush();
  if (way_ == Way::own) ::close(fd_);
}

void LogOutput::write(std::string_view line) {
  flush();
  if (waiting_.size() + line.size() > limits::log_waiting_bytes) {
    ++lost_;
    ++left_out_;
    return;
  }
  if (lost_ > 0) {
    waiting_ +=
        fmt::format("riskd: {} lines of the log were left out, since nobody read it\n", lost_);
    lost_ = 0;
  }
  waiting_ += line;
  flush();
}

void LogOutput::flush() {
  while (!waiting_.empty() && send_piece()) {
  }
}

// False where no more can be sent now.
bool LogOutput::send_piece() {
  const std::size_t bytes =
      way_ == Way::asking ? std::min(waiting_.size(), piece_bytes) : waiting_.size();
  if (way_ == Way::asking) {
    pollfd room{fd_, POLLOUT, 0};
    if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return false;
  }
  const ssize_t sent = way_ == Way::message
                           ? ::send(fd_, waiting_.data(), bytes, MSG_DONTWAIT | MSG_NOSIGNAL)
                           : ::write(fd_, waiting_.data(), bytes);
  if (sent > 0) {
    waiting_.erase(0, static_cast<std::size_t>(sent));
    return true;
  }
  if (sent < 0 && errno == EINTR) return true;
  if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) waiting_.clear();  // nobody will read it
  return false;
}

}  // namespace riskd::console
