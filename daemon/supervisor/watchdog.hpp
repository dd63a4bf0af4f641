// Tells the supervisor now and then that riskd works, so that it starts riskd again when it hangs (WatchdogSec= of systemd).
//
// What counts as work: the socket answers a request, and the writer is not stuck. A disk that is full is no reason: riskd
// answers questions then, and another start would not help.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace riskd::supervisor {

// Looks and tells in a thread of its own, from the first moment until the object goes. Nothing where `time`, the supervisor's
// patience, is zero.
class Watchdog {
 public:
  // Sends a request to the socket at `socket_path` each half of `time`, sooner after one without an answer. `busy_for` says for
  // how long the writer has been at the same work; more than `time` is stuck. It may block, as the socket may: no sign is
  // given then.
  Watchdog(std::chrono::microseconds time, std::string socket_path,
           std::function<std::chrono::milliseconds()> busy_for);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void run();
  std::string fault() const;

  const std::chrono::microseconds time_;
  const std::string socket_path_;
  const std::function<std::chrono::milliseconds()> busy_for_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace riskd::supervisor
