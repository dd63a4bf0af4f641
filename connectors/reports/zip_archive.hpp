// The files of a ZIP archive, one after the other as streams: libzip behind a narrow door.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"

namespace riskd::connectors {

// An archive that was read into memory whole; its files are unpacked while they are read, so that
// one that unpacks to more than limits::report_bytes is stopped by whoever reads it.
class ZipArchive {
 public:
  // `name` is used in error places. Errors:
  //   invalid      not a ZIP archive, or cut off
  //   too_large    limits::report_bytes was passed, or there may be more than 100,000 files in it
  //   unavailable  the stream broke
  static Result<ZipArchive> open(std::istream& input, const std::string& name);

  ZipArchive(ZipArchive&&) noexcept;
  ZipArchive& operator=(ZipArchive&&) noexcept;
  ~ZipArchive();

  // Whether a file that begins with `head` is an archive.
  static bool is_archive(std::string_view head) { return head.starts_with("PK\x03\x04"); }

  bool has(const std::string& file) const;

  // The names of its files, in its order; not of folders, nor of what macOS adds beside each file.
  std::vector<std::string> files() const;

  // Gives `read` the file's content as a stream, and returns what it returned.
  //   not_found  there is no such file
  //   invalid    it is encrypted, compressed by an unknown method, damaged, or there twice
  //   too_large  it says itself that it unpacks to more than limits::report_bytes
  Status read(const std::string& file, const std::function<Status(std::istream&)>& read) const;

 private:
  struct Content;
  explicit ZipArchive(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace riskd::connectors
