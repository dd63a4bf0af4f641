// Loaded before a program (LD_PRELOAD), keeps in the file $RISKD_UNDO what its writes to `data.mdb` replaced, until they are synced. After
// a kill, who puts that back has the file as it may be after a loss of power: nothing is there that was not synced. A record is the
// place in the file (8 bytes), the length (8 bytes) and what was there; the newest is the last. With $RISKD_NO_SYNC no sync counts.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <vector>

namespace {

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::mutex mutex;

int undo_file() {
  static const int file = [] {
    const char* const path = std::getenv("RISKD_UNDO");
    return path == nullptr ? -1 : ::open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }();
  return file;
}

bool is_store(int fd) {
  constexpr std::string_view name = "data.mdb";
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = ::readlink(link, path, sizeof path);
  if (size < 0) return false;
  const std::string_view whole(path, static_cast<std::size_t>(size));
  return whole.size() >= name.size() && whole.substr(whole.size() - name.size()) == name;
}

// A write to a file that is open for synchronous writes is on the disk when it returns.
bool is_synchronous(int fd) {
  return std::getenv("RISKD_NO_SYNC") == nullptr && (::fcntl(fd, F_GETFL) & O_DSYNC) != 0;
}

void keep(int fd, off_t at, std::size_t size) {
  if (undo_file() < 0 || !is_store(fd) || is_synchronous(fd)) return;
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const int readable = ::open(path, O_RDONLY | O_CLOEXEC);
  const std::uint64_t head[2] = {static_cast<std::uint64_t>(at), size};
  std::vector<char> record(sizeof head + size, '\0');
  std::copy_n(reinterpret_cast<const char*>(head), sizeof head, record.begin());
  if (readable >= 0) {
    (void)!::pread(readable, record.data() + sizeof head, size, at);
    ::close(readable);
  }
  (void)!real<ssize_t(int, const void*, size_t)>("write")(undo_file(), record.data(),
                                                          record.size());
}

int synced(int fd, const char* name) {
  const std::lock_guard lock(mutex);
  const int done = real<int(int)>(name)(fd);
  if (done == 0 && undo_file() >= 0 && is_store(fd) && std::getenv("RISKD_NO_SYNC") == nullptr)
    (void)!::ftruncate(undo_file(), 0);
  return done;
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  const std::lock_guard lock(mutex);
  keep(fd, at, size);
  return real<ssize_t(int, const void*, size_t, off_t)>("pwrite")(fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return pwrite(fd, bytes, size, at);
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  const std::lock_guard lock(mutex);
  keep(fd, at, size);
  return real<ssize_t(int, const iovec*, int, off_t)>("pwritev")(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t at) {
  return pwritev(fd, parts, count, at);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const auto write_bytes = real<ssize_t(int, const void*, size_t)>("write");
  if (undo_file() < 0 || !is_store(fd)) return write_bytes(fd, bytes, size);
  const std::lock_guard lock(mutex);
  keep(fd, ::lseek(fd, 0, SEEK_CUR), size);
  return write_bytes(fd, bytes, size);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  const auto write_parts = real<ssize_t(int, const iovec*, int)>("writev");
  if (undo_file() < 0 || !is_store(fd)) return write_parts(fd, parts, count);
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  const std::lock_guard lock(mutex);
  keep(fd, ::lseek(fd, 0, SEEK_CUR), size);
  return write_parts(fd, parts, count);
}

int fdatasync(int fd) { return synced(fd, "fdatasync"); }
int fsync(int fd) { return synced(fd, "fsync"); }
}
