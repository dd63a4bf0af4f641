// Loaded before a program (LD_PRELOAD), makes writes to its `data.mdb` and to its tickets fail as the file $RISKD_FAULTS says: a
// line `WHICH ERRNO COUNT`. WHICH is `write` (pages), `meta` (the pages that make a commit visible, the first two of the file),
// `sync`, `ticket-write`, which writes half of what it is given before it fails, or `ticket-sync`; COUNT of them fail, then none;
// with ERRNO 0 they do not fail, and end only when the file says something else; without a file, or with an empty one, none does. The file is read at each call.
#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr off_t meta_end = 2 * 4096;

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_named(int fd, std::string_view name) {
  char link[64];
  char path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = ::readlink(link, path, sizeof path);
  if (size < 0) return false;
  const std::string_view whole(path, static_cast<std::size_t>(size));
  return whole.size() >= name.size() && whole.substr(whole.size() - name.size()) == name;
}

bool is_store(int fd) { return is_named(fd, "data.mdb"); }
bool is_ticket(int fd) { return is_named(fd, "/.riskd-new"); }  // which then gets its name

// Whether this call is to fail; sets errno then.
bool fails(const char* which) {
  static std::atomic<int> failed{0};
  static std::atomic<long> seen_change{0};
  const char* const file = std::getenv("RISKD_FAULTS");
  std::FILE* const faults = file == nullptr ? nullptr : std::fopen(file, "r");
  if (faults == nullptr) return false;
  struct stat now {};
  if (::fstat(::fileno(faults), &now) == 0) {
    const long change = now.st_mtim.tv_sec * 1'000'000'000 + now.st_mtim.tv_nsec;
    if (seen_change.exchange(change) != change) failed = 0;
  }
  char wanted[16] = "";
  int code = 0;
  int count = 0;
  const int read = std::fscanf(faults, "%15s %d %d", wanted, &code, &count);
  std::fclose(faults);
  if (read != 3 || std::strcmp(wanted, which) != 0 || failed.fetch_add(1) >= count) return false;
  if (code == 0) {
    ::usleep(20'000);
    return fails(which);
  }
  errno = code;
  return true;
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  if (is_store(fd) && fails(at < meta_end && size < 4096 ? "meta" : "write")) return -1;
  return real<ssize_t(int, const void*, size_t, off_t)>("pwrite")(fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return pwrite(fd, bytes, size, at);
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) {
  if (is_store(fd) && fails("write")) return -1;
  return real<ssize_t(int, const iovec*, int, off_t)>("pwritev")(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t at) {
  return pwritev(fd, parts, count, at);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (is_store(fd) && fails("write")) return -1;
  const auto write_bytes = real<ssize_t(int, const void*, size_t)>("write");
  if (is_ticket(fd) && fails("ticket-write")) {
    const int code = errno;
    (void)write_bytes(fd, bytes, size / 2);
    errno = code;
    return -1;
  }
  return write_bytes(fd, bytes, size);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  if (is_store(fd) && fails("write")) return -1;
  return real<ssize_t(int, const iovec*, int)>("writev")(fd, parts, count);
}

int fdatasync(int fd) {
  if (is_store(fd) && fails("sync")) return -1;
  return real<int(int)>("fdatasync")(fd);
}

int fsync(int fd) {
  if (is_store(fd) && fails("sync")) return -1;
  if (is_ticket(fd) && fails("ticket-sync")) return -1;
  return real<int(int)>("fsync")(fd);
}
}
