#include "daemon/server/client_socket.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace riskd::server {
namespace {

timeval as_timeval(std::chrono::milliseconds time) {
  timeval value{};
  value.tv_sec = static_cast<time_t>(time.count() / 1000);
  value.tv_usec = static_cast<suseconds_t>(time.count() % 1000 * 1000);
  return value;
}

Unexpected<Error> cannot_connect(const std::string& path, int error) {
  if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR) {
    return fail(
        ErrorCode::unavailable,
        fmt::format("no riskd answers at {}: start it with `riskd --config riskd.toml`", path));
  }
  if (error == EACCES || error == EPERM) {
    return fail(ErrorCode::forbidden,
                fmt::format("this user may not use the socket {}: it is open to its owner and its "
                            "group",
                            path));
  }
  if (error == EAGAIN) {
    return fail(ErrorCode::unavailable,
                fmt::format("riskd at {} takes no more connections now", path));
  }
  return fail(ErrorCode::unavailable,
              fmt::format("cannot connect to {}: {}", path, std::strerror(error)));
}

}  // namespace

Result<ClientSocket> ClientSocket::connect(const std::string& path,
                                           std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) return fail(ErrorCode::invalid, "no socket path is given");
  if (path.size() >= sizeof(address.sun_path)) {
    return fail(ErrorCode::invalid,
                fmt::format("the socket path {} has {} bytes, and the system takes {}", path,
                            path.size(), sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return cannot_connect(path, errno);
  ClientSocket socket(path, fd, timeout);
  // A full queue of the listener makes connect wait as long as a send would.
  const timeval patience = as_timeval(std::max(timeout, std::chrono::milliseconds(1)));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  int connected = -1;
  do {
    connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  } while (connected != 0 && errno == EINTR);
  if (connected != 0) return cannot_connect(path, errno);
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    return cannot_connect(path, errno);
  }
  return socket;
}

ClientSocket::ClientSocket(ClientSocket&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      timeout_(other.timeout_),
      deadline_(other.deadline_) {}

ClientSocket::~ClientSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<short> ClientSocket::wait_for(short wanted) const {
  while (true) {
    int wait_ms = -1;
    if (deadline_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
      if (left.count() <= 0) {
        return fail(ErrorCode::unavailable,
                    fmt::format("riskd at {} did not answer within {} s", path_,
                                static_cast<double>(timeout_.count()) / 1000));
      }
      wait_ms =
          static_cast<int>(std::min<std::int64_t>(left.count(), std::numeric_limits<int>::max()));
    }
    pollfd entry{fd_, wanted, 0};
    const int ready = ::poll(&entry, 1, wait_ms);
    if (ready > 0) return entry.revents;
    if (ready < 0 && errno != EINTR) {
      return fail(ErrorCode::unavailable,
                  fmt::format("cannot wait for riskd at {}: {}", path_, std::strerror(errno)));
    }
  }
}

Result<bool> ClientSocket::send(std::string_view data) {
  while (!data.empty()) {
    auto events = wait_for(POLLIN | POLLOUT);
    if (!events) return Unexpected<Error>(events.error());
    if ((*events & (POLLIN | POLLHUP | POLLERR)) != 0) return false;
    const ssize_t sent = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent < 0) return false;
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Result<std::size_t> ClientSocket::receive(char* place, std::size_t bytes) {
  while (true) {
    auto events = wait_for(POLLIN);
    if (!events) return Unexpected<Error>(events.error());
    const ssize_t received = ::recv(fd_, place, bytes, 0);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno == EAGAIN || errno == EINTR) continue;
    if (errno == ECONNRESET) return std::size_t{0};
    return fail(ErrorCode::unavailable,
                fmt::format("cannot read from riskd at {}: {}", path_, std::strerror(errno)));
  }
}

}  // namespace riskd::server
