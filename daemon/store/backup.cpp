#include "daemon/store/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "daemon/store/environment.hpp"
#include "daemon/store/folder_lock.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/system_error.hpp"

namespace riskd::store {
namespace {

Status make_empty_folder(const std::string& folder) {
  if (Status free = check_free(folder); !free) return free;
  if (Status made = make_folder(folder); !made) return made;
  if (::chmod(folder.c_str(), 0700) != 0) return system_failed("change the folder's mode", folder);
  return Done{};
}

// A file that is closed when it is left.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Status check_free(const std::string& folder) {
  std::error_code wrong;
  if (!std::filesystem::exists(folder, wrong) && !wrong) return Done{};
  if (!wrong && std::filesystem::is_empty(folder, wrong) && !wrong) return Done{};
  return fail(ErrorCode::conflict, wrong ? wrong.message() : "the folder is not empty", folder);
}

Status name_folder(const std::string& from, const std::string& to) {
  const auto parent = std::filesystem::path(to).lexically_normal().parent_path();
  if (::rename(from.c_str(), to.c_str()) != 0) return system_failed("name the folder", to);
  return sync_folder(parent.empty() ? "." : parent.string());
}

Status copy_store(const std::string& folder, const std::string& to) {
  // Also that all of it can be read.
  const auto store = open_store_to_read(folder);
  if (!store) return failure(store);
  if (Status made = make_empty_folder(to); !made) return made;
  const std::string part = to + "/data.mdb.part";
  const std::string whole = to + "/data.mdb";
  {
    const NewFile file(part);
    if (file.fd() < 0) return system_failed("make the file", part);
    if (Status copied = (*store)->copy_to(file.fd()); !copied) return copied;
    if (::fsync(file.fd()) != 0) return system_failed("sync the file", part);
  }
  if (::rename(part.c_str(), whole.c_str()) != 0) return system_failed("name the file", whole);
  return sync_folder(to);
}

Status compact_store(const std::string& folder) {
  const auto lock = FolderLock::take(folder);
  if (!lock) return failure(lock);
  const std::string part = folder + "/compact";
  std::error_code wrong;
  std::filesystem::remove_all(part, wrong);  // of an attempt that was broken off
  if (Status copied = copy_store(folder, part); !copied) return copied;
  const std::string whole = folder + "/data.mdb";
  if (::rename((part + "/data.mdb").c_str(), whole.c_str()) != 0)
    return system_failed("name the file", whole);
  if (Status synced = sync_folder(folder); !synced) return synced;
  std::filesystem::remove_all(part, wrong);
  return Done{};
}

}  // namespace riskd::store
