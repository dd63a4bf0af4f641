// The store's folder, held by one process.
#pragma once

#include <string>
#include <utility>

#include "engine/base/result.hpp"

namespace riskd::store {

// Makes `folder`, and its parents, where they are missing, for this user alone (0700). A folder
// that is there keeps its mode. Error::unavailable where that fails.
Status make_folder(const std::string& folder);

// Makes what was created in `folder` survive a power cut.
Status sync_folder(const std::string& folder);

// An flock on `riskd.lock` in the folder, which holds the owner's process id for people. The kernel
// lets go of it however the process ends.
class FolderLock {
 public:
  // Error::conflict, with the process id, where another process (or this one) holds it.
  static Result<FolderLock> take(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace riskd::store
