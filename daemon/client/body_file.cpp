#include "daemon/client/body_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace riskd::client {

Result<BodyFile> BodyFile::open(const std::string& path) {
  BodyFile file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.fd_ < 0 || ::fstat(file.fd_, &status) != 0) return file.cannot_read();
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    return file.cannot_read();
  }
  if (S_ISREG(status.st_mode))
    file.size_bytes_ = file.left_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

BodyFile::BodyFile(BodyFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_bytes_(other.size_bytes_),
      left_(other.left_) {}

BodyFile::~BodyFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::size_t> BodyFile::read(char* place, std::size_t bytes) {
  if (size_bytes_) bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, left_));
  if (bytes == 0) return std::size_t{0};
  ssize_t read = 0;
  do {
    read = ::read(fd_, place, bytes);
  } while (read < 0 && errno == EINTR);
  if (read < 0) return cannot_read();
  const auto size = static_cast<std::size_t>(read);
  if (size_bytes_ && size == 0) {
    return fail(ErrorCode::unavailable,
                fmt::format("`{}` became shorter while it was sent", path_));
  }
  left_ -= size_bytes_ ? size : 0;
  return size;
}

Unexpected<Error> BodyFile::cannot_read() const {
  const int error = errno;
  return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
              fmt::format("cannot read `{}`: {}", path_, std::strerror(error)));
}

}  // namespace riskd::client
