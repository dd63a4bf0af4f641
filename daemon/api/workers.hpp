// A few threads for what takes long: reading a report, planning a policy, waiting for a tracker.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace riskd::api {

class Workers {
 public:
  Workers(int threads, std::size_t waiting);
  ~Workers();  // waits for what has begun and drops the rest
  Workers(const Workers&) = delete;

  // False where too much waits already.
  bool add(std::function<void()> work);

 private:
  void run();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_, as the next
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace riskd::api
