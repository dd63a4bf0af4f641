#include "daemon/store/folder_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "daemon/store/system_error.hpp"

namespace riskd::store {
namespace {

// The digits that the lock's owner wrote; empty where it has not done so yet.
std::string read_owner(int fd) {
  std::array<char, 24> buffer{};
  const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), 0);
  std::string owner;
  for (ssize_t i = 0; i < count; ++i) {
    const char c = buffer[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') break;
    owner += c;
  }
  return owner;
}

}  // namespace

Status make_folder(const std::string& folder) {
  for (std::size_t end = folder.find('/', 1); true; end = folder.find('/', end + 1)) {
    const std::string path = folder.substr(0, end);
    if (::mkdir(path.c_str(), 0700) == 0) {
      const std::size_t slash = path.find_last_of('/');
      const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
      if (Status synced = sync_folder(parent); !synced) return synced;
    } else if (errno != EEXIST) {
      return system_failed("make the store's folder", path);
    }
    if (end == std::string::npos) return Done{};
  }
}

Status sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return system_failed("open the store's folder", folder);
  const int synced = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  errno = error;
  // A folder that cannot be synced (some network file systems) is as durable as it gets.
  if (synced != 0 && errno != EINVAL) return system_failed("sync the store's folder", folder);
  return Done{};
}

Result<FolderLock> FolderLock::take(const std::string& folder) {
  const std::string path = folder + "/riskd.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_failed("open the store's lock", path);
  FolderLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_failed("lock the store", path);
    const std::string owner = read_owner(fd);
    return fail(ErrorCode::conflict,
                owner.empty() ? "another process holds the store"
                              : fmt::format("process {} holds the store", owner),
                path);
  }
  const std::string owner = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, owner.data(), owner.size(), 0) < 0) {
    return system_failed("write the store's lock", path);
  }
  return lock;
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace riskd::store
