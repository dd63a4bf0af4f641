// What nobody needs any more and takes long to free.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace riskd::service {

// Frees it on a thread of its own, so that the writer goes on, and gives its memory back to the system. Usable from any
// thread; the destructor frees the rest.
class Discards {
 public:
  Discards() : thread_([this] { run(); }) {}
  ~Discards();
  Discards(const Discards&) = delete;

  template <typename T>
  void take(T&& value) {
    take_shared(std::make_shared<std::decay_t<T>>(std::forward<T>(value)));
  }

 private:
  void take_shared(std::shared_ptr<void> value);
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<void>> waiting_;  // guarded by mutex_, as the next
  bool is_stopping_ = false;
  std::thread thread_;  // the last member: it uses the others
};

}  // namespace riskd::service
