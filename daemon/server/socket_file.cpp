#include "daemon/server/socket_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace riskd::server {
namespace {

constexpr mode_t folder_mode = 0755;  // who may connect is said by the socket's own mode
constexpr auto lock_patience = std::chrono::seconds(2);

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Unexpected<Error> cannot_listen(const std::string& path, std::string_view what) {
  const int error = errno;
  return fail(ErrorCode::unavailable,
              fmt::format("cannot listen at `{}`: {}: {}", path, what, std::strerror(error)));
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) return fail(ErrorCode::invalid, "no socket path is given");
  if (path.size() >= sizeof(address.sun_path)) {
    return fail(ErrorCode::invalid,
                fmt::format("the socket path `{}` has {} bytes, and the system takes {}: choose a "
                            "shorter one",
                            path, path.size(), sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// The socket's folder, made where it is missing and locked against others who start here.
Result<Descriptor> lock_folder(const std::string& path) {
  const std::string folder = folder_of(path);
  if (::mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST) {
    return cannot_listen(path, fmt::format("the folder `{}` cannot be made", folder));
  }
  Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.get() < 0) return cannot_listen(path, fmt::format("the folder `{}`", folder));
  const auto patience_ends = std::chrono::steady_clock::now() + lock_patience;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() > patience_ends) {
      return cannot_listen(path, fmt::format("the folder `{}` is locked", folder));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return lock;
}

// Takes away what a process that has gone left at the path.
Status clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return Done{};
    return cannot_listen(path, "the path");
  }
  if (!S_ISSOCK(found.st_mode)) {
    return fail(ErrorCode::conflict, fmt::format("`{}` exists and is not a socket", path));
  }
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.get() < 0) return cannot_listen(path, "no socket can be made");
  const int connected =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  if (connected == 0 || errno == EAGAIN) {
    return fail(ErrorCode::conflict,
                fmt::format("a process answers at `{}` already: stop it first, or choose another "
                            "path",
                            path));
  }
  if (errno != ECONNREFUSED) return cannot_listen(path, "the socket that is there");
  if (::unlink(path.c_str()) != 0) return cannot_listen(path, "the dead socket that is there");
  return Done{};
}

Unexpected<Error> unfit(const std::string& path, std::string_view what) {
  return fail(ErrorCode::invalid,
              fmt::format("the socket that was given {}; [socket] path is `{}`: the supervisor "
                          "(ListenStream= of riskd.socket) and riskd.toml must say the same",
                          what, path));
}

int option_of(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

// The path of a Unix socket; empty where it has none, or is another socket.
std::string path_of(int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof(address);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  if (address.sun_family != AF_UNIX || size <= offsetof(sockaddr_un, sun_path)) return {};
  return {address.sun_path, ::strnlen(address.sun_path, sizeof(address.sun_path))};
}

bool is_same_file(const std::string& path, const std::string& other) {
  std::error_code error;
  return path == other || std::filesystem::equivalent(path, other, error);
}

}  // namespace

Result<SocketFile> SocketFile::adopt(const std::string& path, int fd) {
  Descriptor socket(fd);
  if (option_of(fd, SO_DOMAIN) != AF_UNIX || option_of(fd, SO_TYPE) != SOCK_STREAM)
    return unfit(path, "is no Unix stream socket");
  if (option_of(fd, SO_ACCEPTCONN) != 1) return unfit(path, "does not listen");
  const std::string found = path_of(fd);
  if (!is_same_file(found, path)) return unfit(path, fmt::format("is at `{}`", found));
  if (::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) != 0 ||
      ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return cannot_listen(path, "the socket that was given");
  }
  // No file is device 0, inode 0: `close` removes none.
  return SocketFile(path, socket.release(), 0, 0);
}

Result<SocketFile> SocketFile::listen(const std::string& path, const SocketAccess& access) {
  auto address = address_of(path);
  if (!address) return failure(address);
  auto lock = lock_folder(path);
  if (!lock) return failure(lock);
  if (auto cleared = clear_path(path, *address); !cleared) {
    return failure(cleared);
  }
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return cannot_listen(path, "no socket can be made");
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
    return cannot_listen(path, "bind");
  }
  // Between bind and listen nobody can connect, whatever the mode.
  struct stat made {};
  if (access.group && ::chown(path.c_str(), static_cast<uid_t>(-1), *access.group) != 0) {
    auto failed =
        cannot_listen(path, fmt::format("the file cannot belong to group {}", *access.group));
    ::unlink(path.c_str());
    return failed;
  }
  if (::chmod(path.c_str(), access.mode) != 0 || ::lstat(path.c_str(), &made) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    auto failed = cannot_listen(path, "listen");
    ::unlink(path.c_str());
    return failed;
  }
  return SocketFile(path, socket.release(), made.st_dev, made.st_ino);
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      device_(other.device_),
      inode_(other.inode_) {}

SocketFile::~SocketFile() { close(); }

void SocketFile::close() {
  if (fd_ < 0) return;
  // The file first: a process that starts now must find no socket rather than a dead one, which it
  // would replace, and which would then be removed here.
  struct stat found {};
  if (::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  ::close(std::exchange(fd_, -1));
}

}  // namespace riskd::server
