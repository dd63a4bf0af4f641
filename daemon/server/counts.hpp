// What a server counts. Usable from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "engine/base/instant.hpp"

namespace riskd::server {

// Answers by their status.
class AnswersByStatus {
 public:
  void add(int status) {
    if (status >= 0 && static_cast<std::size_t>(status) < counts_.size())
      counts_[static_cast<std::size_t>(status)].fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t of(int status) const { return counts_.at(static_cast<std::size_t>(status)); }

 private:
  std::array<std::atomic<std::uint64_t>, 600> counts_{};
};

// When the certificates in use end, by the address of their listener.
class CertificateEnds {
 public:
  void set(const std::string& address, Instant end) {
    const std::lock_guard lock(mutex_);
    ends_[address] = end;
  }
  std::map<std::string, Instant> all() const {
    const std::lock_guard lock(mutex_);
    return ends_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Instant> ends_;  // guarded by mutex_
};

struct Counts {
  std::atomic<std::size_t> connections = 0;  // that are open now
  AnswersByStatus
      own_answers;  // that the server gave itself: what came is no request, or passes a limit
  CertificateEnds certificates;
};

}  // namespace riskd::server
