// How many postings of each peer wait for the writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace riskd::api {

// The writer's queue is not one peer's: what a peer with many postings in it brings waits elsewhere. Usable from any thread.
class PeerPostings {
 public:
  void begin(std::uint32_t uid) {
    const std::lock_guard lock(mutex_);
    ++waiting_[uid];
  }
  void end(std::uint32_t uid) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(uid);
    if (--found->second == 0) waiting_.erase(found);
  }
  std::size_t waiting(std::uint32_t uid) const {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(uid);
    return found == waiting_.end() ? 0 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint32_t, std::size_t> waiting_;  // guarded by mutex_
};

}  // namespace riskd::api
