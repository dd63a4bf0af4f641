#include "daemon/server/request_body.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/base/limits.hpp"

namespace riskd::server {
namespace {

constexpr std::string_view prefix = "riskd-body-";
constexpr std::string_view placeholder = "XXXXXX";

Unexpected<Error> world_failed(std::string_view what, std::string_view path) {
  const int error = errno;
  return fail(ErrorCode::unavailable, fmt::format("{} `{}`: {}", what, path, std::strerror(error)));
}

bool is_spool_name(std::string_view name) {
  return name.starts_with(prefix) && name.size() == prefix.size() + placeholder.size();
}

void remove_where_abandoned(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  ::close(fd);
}

}  // namespace

Result<SpoolFile> SpoolFile::make(const std::string& folder) {
  std::string path = fmt::format("{}/{}{}", folder, prefix, placeholder);
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return world_failed("cannot make a file in the spool folder", folder);
  ::flock(fd, LOCK_EX | LOCK_NB);
  return SpoolFile(std::move(path), fd);
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

SpoolFile::~SpoolFile() {
  if (fd_ < 0) return;
  ::unlink(path_.c_str());
  ::close(fd_);
}

Status SpoolFile::write(std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd_, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return world_failed("cannot write the spooled body", path_);
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return Done{};
}

Status prepare_spool_folder(const std::string& folder) {
  if (folder.empty()) return fail(ErrorCode::invalid, "no spool folder is given");
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return world_failed("cannot make the spool folder", folder);
  }
  DIR* entries = ::opendir(folder.c_str());
  if (entries == nullptr) return world_failed("cannot read the spool folder", folder);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries)) {
    if (is_spool_name(entry->d_name)) names.emplace_back(entry->d_name);
  }
  ::closedir(entries);
  for (const std::string& name : names) remove_where_abandoned(folder + "/" + name);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return world_failed("cannot write to the spool folder", folder);
  }
  return Done{};
}

Status RequestBody::append(std::string_view data) {
  if (data.size() > limit_bytes_ - size_bytes_) {
    return fail(ErrorCode::too_large, "the body is longer than its limit");
  }
  size_bytes_ += data.size();
  if (size_bytes_ <= limits::memory_body_bytes) {
    memory_ += data;
    return Done{};
  }
  if (!file_) {
    auto file = SpoolFile::make(folder_);
    if (!file) return failure(file);
    file_ = std::move(*file);
    if (auto written = file_->write(memory_); !written) return written;
    memory_ = std::string();
  }
  return file_->write(data);
}

}  // namespace riskd::server
