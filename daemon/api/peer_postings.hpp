// How many postings of each peer wait for the writer.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace riskd::api {

// The writer's queue is not one peer's: what a peer with many postings in it brings waits elsewhere. Usable from any thread.
class PeerPostings {
 public:
  void begin(const std::string& account) {
    const std::lock_guard lock(mutex_);
    ++waiting_[account];
  }
  void end(const std::string& account) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(account);
    if (--found->second == 0) waiting_.erase(found);
  }
  std::size_t waiting(const std::string& account) const {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(account);
    return found == waiting_.end() ? 0 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> waiting_;  // guarded by mutex_
};

}  // namespace riskd::api
