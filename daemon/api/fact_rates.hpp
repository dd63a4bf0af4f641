// How many facts a second each peer posts.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace riskd::api {

// A peer may post while it has not used up its share, and so a whole post at once, however large. What that was
// more than its share it waits for before the next one. Usable from any thread.
class FactRates {
 public:
  using Clock = std::chrono::steady_clock;
  explicit FactRates(std::size_t per_second) : per_second_(static_cast<double>(per_second)) {}

  // How long the peer waits before it may post again; zero: it may.
  std::chrono::seconds wait(const std::string& account, Clock::time_point now = Clock::now()) const;
  void count(const std::string& account, std::size_t facts, Clock::time_point now = Clock::now());

 private:
  struct Share {
    double left = 0;  // below zero: used ahead
    Clock::time_point at;
  };
  double left(const Share& share, Clock::time_point now) const;

  const double per_second_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Share>
      shares_;  // by account, of peers that posted of late; guarded by mutex_
};

}  // namespace riskd::api
