#include "daemon/store/store_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "daemon/store/folder_lock.hpp"
#include "daemon/store/system_error.hpp"

namespace riskd::store {
namespace {

std::string data_of(const std::string& folder) { return folder + "/data.mdb"; }
std::string marker_of(const std::string& folder) { return folder + "/making"; }

bool is_there(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0;
}

Status remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_failed("remove the file", path);
  return Done{};
}

}  // namespace

bool is_missing(const std::string& folder) {
  return !is_there(data_of(folder)) || is_there(marker_of(folder));
}

Status begin_making(const std::string& folder) {
  const std::string marker = marker_of(folder);
  const int fd = ::open(marker.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_failed("make the file", marker);
  ::close(fd);
  if (Status synced = sync_folder(folder); !synced) return synced;
  return remove(data_of(folder));
}

Status end_making(const std::string& folder) {
  if (Status synced = sync_folder(folder); !synced) return synced;
  if (Status removed = remove(marker_of(folder)); !removed) return removed;
  return sync_folder(folder);
}

Status check_length(const std::string& folder, std::uint64_t pages, std::uint64_t page_bytes) {
  const std::string path = data_of(folder);
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return system_failed("read the store's file", path);
  const auto bytes = static_cast<std::uint64_t>(found.st_size);
  if (bytes == 0) return fail(ErrorCode::corrupt, "the store's file is empty", path);
  if (bytes / page_bytes >= pages) return Done{};
  return fail(ErrorCode::corrupt,
              fmt::format("the store's file was cut: it has {} bytes, and needs {} at least", bytes,
                          pages * page_bytes),
              path);
}

}  // namespace riskd::store
