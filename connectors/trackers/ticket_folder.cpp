#include "connectors/trackers/ticket_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/base/limits.hpp"
#include "engine/base/rich_text.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::connectors {
namespace {

constexpr const char* sentinel = ".riskd";
constexpr const char* temporary = ".riskd-new";
constexpr std::string_view extension = ".md";
constexpr std::size_t segment_bytes = 255;  // NAME_MAX of the usual file systems
constexpr std::string_view sentinel_text =
    "riskd keeps tickets in this folder. Leave this file: without it riskd takes the folder for "
    "one "
    "that is not mounted, and waits.\n";

Unexpected<Error> world_failed(std::string_view what, std::string path) {
  const int error = errno;
  const bool forbidden = error == EACCES || error == EPERM || error == EROFS;
  return fail(forbidden ? ErrorCode::forbidden : ErrorCode::unavailable,
              fmt::format("cannot {}: {}", what, std::strerror(error)), std::move(path));
}

// For the folder as a whole: whatever the reason, nothing is known.
Unexpected<Error> not_reached(std::string_view what, std::string path) {
  return fail(ErrorCode::unavailable, fmt::format("cannot {}: {}", what, std::strerror(errno)),
              std::move(path));
}

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileVersion version_of(const struct stat& status) {
  return FileVersion{status.st_dev,
                     status.st_ino,
                     static_cast<std::uint64_t>(status.st_size),
                     nanoseconds(status.st_mtim),
                     nanoseconds(status.st_ctim),
                     status.st_mode & 0777u,
                     status.st_gid};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Gives the temporary file its final name, which nothing has yet.
bool rename_to_new(int folder, const std::string& file) {
  if (::renameat2(folder, temporary, folder, file.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // File systems without that: a hard link does not replace either.
  if (::linkat(folder, temporary, folder, file.c_str(), 0) != 0) return false;
  ::unlinkat(folder, temporary, 0);
  return true;
}

}  // namespace

Instant FileVersion::updated() const {
  const std::int64_t latest = std::max(modified_ns, changed_ns);
  return Instant{latest / 1'000'000 - (latest % 1'000'000 < 0 ? 1 : 0)};
}

bool is_safe_name(std::string_view name) {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '~' || c == '-';
  };
  return !name.empty() && name.size() <= segment_bytes && name.front() != '.' &&
         name.find("..") == std::string_view::npos && std::all_of(name.begin(), name.end(), safe);
}

bool is_ticket_name(std::string_view name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && name.size() + extension.size() <= segment_bytes && name.front() != '.' &&
         name.front() != ' ' && name.back() != ' ' && name.find('/') == std::string_view::npos &&
         !find_invalid_utf8(name) && std::none_of(name.begin(), name.end(), control);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

ProductFolder::ProductFolder(Descriptor folder, std::string path)
    : folder_(std::move(folder)), path_(std::move(path)) {}

std::string ProductFolder::path_of(std::string_view name) const {
  return fmt::format("{}/{}{}", path_, sanitize_outside(name, segment_bytes), extension);
}

Result<std::vector<std::string>> ProductFolder::names() const {
  const int fd = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return not_reached("open the product's folder", path_);
  const auto close = [](DIR* directory) { ::closedir(directory); };
  const std::unique_ptr<DIR, decltype(close)> directory(::fdopendir(fd), close);
  if (!directory) {
    ::close(fd);
    return not_reached("read the product's folder", path_);
  }
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    const std::string_view file = entry->d_name;
    if (file.front() == '.' || file.size() <= extension.size()) continue;
    const std::size_t stem = file.size() - extension.size();
    if (file.substr(stem) == extension) names.emplace_back(file.substr(0, stem));
  }
  if (errno != 0) return not_reached("read the product's folder", path_);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::optional<StoredFile>> ProductFolder::read(std::string_view name) const {
  const std::string file = std::string(name) + std::string(extension);
  // Non-blocking, because a pipe of that name would wait for a writer.
  const Descriptor fd(
      ::openat(folder_.get(), file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.open()) {
    if (errno == ENOENT) return std::optional<StoredFile>();
    if (errno == ELOOP) {
      return fail(ErrorCode::invalid,
                  "this is a symbolic link, which is not followed: put the ticket itself here",
                  path_of(name));
    }
    return world_failed("open the ticket", path_of(name));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return world_failed("read the ticket", path_of(name));
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::invalid, "this is no regular file: give it a name without `.md`",
                path_of(name));
  }
  StoredFile stored;
  stored.version = version_of(status);
  constexpr std::size_t limit = limits::ticket_file_bytes;
  const auto too_large = [&] {
    return fail(ErrorCode::too_large,
                fmt::format("the ticket is larger than {} bytes: shorten it", limit),
                path_of(name));
  };
  if (stored.version.size > limit) return too_large();
  stored.text.resize(stored.version.size + 1);  // one more shows that it grew meanwhile
  std::size_t filled = 0;
  while (true) {
    if (filled == stored.text.size()) stored.text.resize(stored.text.size() * 2);
    const ssize_t count =
        ::read(fd.get(), stored.text.data() + filled, stored.text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return world_failed("read the ticket", path_of(name));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled > limit) return too_large();
  }
  stored.text.resize(filled);
  return std::optional(std::move(stored));
}

Status ProductFolder::write_temporary(std::string_view text, const FileVersion* like) const {
  ::unlinkat(folder_.get(), temporary, 0);  // of a process that was killed
  const Descriptor fd(::openat(folder_.get(), temporary,
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!fd.open()) return world_failed("write to the product's folder", path_);
  bool good = write_all(fd.get(), text);
  if (good && like != nullptr) {
    // The group where we may give it, so that a team's file stays the team's; before the mode.
    const bool given = ::fchown(fd.get(), static_cast<uid_t>(-1), like->group) == 0;
    good = ::fchmod(fd.get(), given ? like->mode : like->mode & 0707u) == 0;
  }
  good = good && ::fsync(fd.get()) == 0;
  if (!good) {
    auto failed = world_failed("write the ticket", path_);
    ::unlinkat(folder_.get(), temporary, 0);
    return failed;
  }
  return Done{};
}

Status ProductFolder::sync() const {
  if (::fsync(folder_.get()) != 0 && errno != EINVAL) {
    return world_failed("sync the product's folder", path_);
  }
  return Done{};
}

Result<bool> ProductFolder::add(std::string_view name, std::string_view text) const {
  const std::string file = std::string(name) + std::string(extension);
  if (Status written = write_temporary(text, nullptr); !written) {
    return failure(written);
  }
  if (!rename_to_new(folder_.get(), file)) {
    const bool taken = errno == EEXIST;
    auto failed = world_failed("name the ticket", path_of(name));
    ::unlinkat(folder_.get(), temporary, 0);
    if (taken) return false;
    return failed;
  }
  if (Status synced = sync(); !synced) return failure(synced);
  return true;
}

Result<bool> ProductFolder::replace(std::string_view name, const FileVersion& read,
                                    std::string_view text) const {
  const std::string file = std::string(name) + std::string(extension);
  if (Status written = write_temporary(text, &read); !written) {
    return failure(written);
  }
  struct stat status {};
  const bool there = ::fstatat(folder_.get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!there || !(version_of(status) == read)) {
    ::unlinkat(folder_.get(), temporary, 0);
    return false;
  }
  if (::renameat(folder_.get(), temporary, folder_.get(), file.c_str()) != 0) {
    auto failed = world_failed("replace the ticket", path_of(name));
    ::unlinkat(folder_.get(), temporary, 0);
    return failed;
  }
  if (Status synced = sync(); !synced) return failure(synced);
  return true;
}

Result<TicketFolder> TicketFolder::open(std::string path, bool in_use) {
  TicketFolder folder(std::move(path));
  if (in_use) return folder;
  if (::mkdir(folder.path_.c_str(), 0777) != 0 && errno != EEXIST) {
    return not_reached("make the tracker's folder", folder.path_);
  }
  const Descriptor root(::open(folder.path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.open()) return not_reached("open the tracker's folder", folder.path_);
  const Descriptor file(
      ::openat(root.get(), sentinel, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file.open() && errno == EEXIST) return folder;
  if (!file.open() || !write_all(file.get(), sentinel_text) || ::fsync(file.get()) != 0 ||
      (::fsync(root.get()) != 0 && errno != EINVAL)) {
    return not_reached("write to the tracker's folder", folder.path_);
  }
  return folder;
}

Result<Descriptor> TicketFolder::open_root() const {
  Descriptor root(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.open()) return not_reached("open the tracker's folder", path_);
  struct stat status {};
  if (::fstatat(root.get(), sentinel, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) return not_reached("read the tracker's folder", path_);
    return fail(ErrorCode::unavailable,
                fmt::format("the folder has no file `{}`: is it mounted? where it is to be begun "
                            "anew, make that file",
                            sentinel),
                path_);
  }
  if (Status held = hold(root.get()); !held) return failure(held);
  return root;
}

// Nothing where it is held already, as long as it is the same folder.
Status TicketFolder::hold(int root) const {
  Descriptor file(::openat(root, sentinel, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat found {};
  if (!file.open() || ::fstat(file.get(), &found) != 0)
    return not_reached("read the tracker's folder", path_);
  if (held_.open() && held_device_ == found.st_dev && held_inode_ == found.st_ino) return Done{};
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::conflict,
                "another riskd uses this folder of tickets: each needs one of its own", path_);
  }
  held_ = std::move(file);
  held_device_ = found.st_dev;
  held_inode_ = found.st_ino;
  return Done{};
}

Result<std::optional<ProductFolder>> TicketFolder::open_product(int root,
                                                                std::string_view product) const {
  const std::string name(product);
  const std::string path = fmt::format("{}/{}", path_, product);
  Descriptor folder(::openat(root, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.open()) return std::optional(ProductFolder(std::move(folder), path));
  if (errno == ENOENT) return std::optional<ProductFolder>();
  return not_reached("open the product's folder (symbolic links are not followed)", path);
}

Result<std::optional<ProductFolder>> TicketFolder::product(std::string_view product) const {
  if (!is_safe_name(product)) {
    return fail(
        ErrorCode::invalid,
        "the product's name cannot be a folder's: letters, digits, `.`, `_`, `~` and `-` can",
        sanitize_outside(product, segment_bytes));
  }
  const auto root = open_root();
  if (!root) return failure(root);
  return open_product(root->get(), product);
}

Result<ProductFolder> TicketFolder::make_product(std::string_view product) const {
  auto found = this->product(product);
  if (!found) return failure(found);
  if (*found) return std::move(**found);
  const auto root = open_root();
  if (!root) return failure(root);
  const std::string path = fmt::format("{}/{}", path_, product);
  if (::mkdirat(root->get(), std::string(product).c_str(), 0777) != 0 && errno != EEXIST) {
    return world_failed("make the product's folder", path);
  }
  if (::fsync(root->get()) != 0 && errno != EINVAL) {
    return world_failed("sync the tracker's folder", path_);
  }
  auto made = open_product(root->get(), product);
  if (!made) return failure(made);
  if (!*made) return fail(ErrorCode::unavailable, "the product's folder went away", path);
  return std::move(**made);
}

}  // namespace riskd::connectors
