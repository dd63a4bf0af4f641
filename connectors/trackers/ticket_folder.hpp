// The files below a directory tracker's folder: `<folder>/<product>/<name>.md`. All of the
// tracker's I/O; what is in the files is ticket_file.hpp's.
//
// Only regular files are read and written, and no symbolic link below the folder is followed. A
// file
// `.riskd` in the folder says that it is the one that was opened, and not the empty place at which
// it is to be mounted: without it everything is Error::unavailable. From the first call on it is locked (flock): two riskd that
// write to one folder would take each other's tickets for a person's, so the second one gets Error::conflict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/instant.hpp"
#include "engine/base/result.hpp"

namespace riskd::connectors {

// What a file was when it was read; another version differs in some of it.
struct FileVersion {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  unsigned mode = 0;
  unsigned group = 0;
  bool operator==(const FileVersion&) const = default;

  // The later of the content's and the file's own change: a file that was put back from elsewhere
  // with an old time is news.
  Instant updated() const;
};

struct StoredFile {
  std::string text;
  FileVersion version;
};

// Letters, digits and `.`, `_`, `~`, `-`; no dot at the front, no two dots together, 1 to 255
// bytes.
bool is_safe_name(std::string_view name);

// A file's name without ".md" as a person may have chosen it: one path segment of UTF-8 without
// control characters that does not begin with a dot.
bool is_ticket_name(std::string_view name);

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// The folder of one product, open. Short-lived: opened anew for each call of the tracker.
class ProductFolder {
 public:
  // The names without ".md" of what might be tickets, in order; temporary and hidden files left
  // out.
  Result<std::vector<std::string>> names() const;

  // nullopt where there is no such file. Error::invalid for what is no regular file,
  // Error::too_large over limits::ticket_file_bytes.
  Result<std::optional<StoredFile>> read(std::string_view name) const;

  // Makes the file, durably; false where the name is taken.
  Result<bool> add(std::string_view name, std::string_view text) const;

  // Replaces the version that was read, durably and as a whole; false where the file is another by
  // now.
  Result<bool> replace(std::string_view name, const FileVersion& read, std::string_view text) const;

  // "<folder>/<product>/<name>.md", for messages.
  std::string path_of(std::string_view name) const;

 private:
  friend class TicketFolder;
  ProductFolder(Descriptor folder, std::string path);

  Status write_temporary(std::string_view text, const FileVersion* like) const;
  Status sync() const;

  Descriptor folder_;
  std::string path_;
};

class TicketFolder {
 public:
  // `in_use`: makes nothing; the folder may still be missing.
  static Result<TicketFolder> open(std::string path, bool in_use);

  // nullopt where the product has no folder. Error::unavailable where the folder as a whole cannot
  // be asked, Error::invalid where `product` is no safe name.
  Result<std::optional<ProductFolder>> product(std::string_view product) const;
  // The same, made where it is missing.
  Result<ProductFolder> make_product(std::string_view product) const;

 private:
  explicit TicketFolder(std::string path) : path_(std::move(path)) {}
  Result<Descriptor> open_root() const;
  Status hold(int root) const;
  Result<std::optional<ProductFolder>> open_product(int root, std::string_view product) const;

  std::string path_;
  // The file that is locked, and which one that is; none before the first call.
  mutable Descriptor held_;
  mutable std::uint64_t held_device_ = 0, held_inode_ = 0;
};

}  // namespace riskd::connectors
