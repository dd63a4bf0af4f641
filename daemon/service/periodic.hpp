// A thread that does the same again and again, with pauses, until it is stopped.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace riskd::service {

class Periodic {
 public:
  // Returns how long to pause.
  using Step = std::function<std::chrono::milliseconds()>;

  ~Periodic() { stop(); }

  void start(Step step);
  // Waits for the step that is under way; whether there was a thread.
  bool stop();
  bool is_stopping() const { return stopping_; }  // for long steps

 private:
  void run(const Step& step);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_ = false;  // written under mutex_
  std::thread thread_;
};

}  // namespace riskd::service
