// The body of one request while it comes in: counted against its limit, in memory while it is small
// and in a private file once it is not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace riskd::server {

// A file that only this user can read and that goes with the object. Locked (flock) while it lives,
// so that the file of a killed process is not taken for one in use.
class SpoolFile {
 public:
  // Error::unavailable where the folder takes no file.
  static Result<SpoolFile> make(const std::string& folder);
  SpoolFile(SpoolFile&& other) noexcept;
  SpoolFile& operator=(SpoolFile&& other) noexcept;
  ~SpoolFile();

  Status write(
      std::string_view data);  // appends; Error::unavailable where the disk does not take it
  const std::string& path() const { return path_; }

 private:
  SpoolFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_ = -1;
};

// Makes the folder where its parent exists, and removes spooled bodies whose process has gone.
Status prepare_spool_folder(const std::string& folder);

class RequestBody {
 public:
  RequestBody(std::string folder, std::size_t limit_bytes)
      : folder_(std::move(folder)), limit_bytes_(limit_bytes) {}

  // Error::too_large where the body is now longer than its limit, Error::unavailable where it
  // cannot be spooled. Nothing may be appended after either.
  Status append(std::string_view data);

  std::size_t size_bytes() const { return size_bytes_; }  // that came

  // What came. A body of the one kind leaves the other empty.
  std::string take_memory() { return std::move(memory_); }
  std::optional<SpoolFile> take_file() { return std::move(file_); }

 private:
  std::string folder_;
  std::size_t limit_bytes_;
  std::size_t size_bytes_ = 0;
  std::string memory_;
  std::optional<SpoolFile> file_;
};

}  // namespace riskd::server
