#include "daemon/service/discards.hpp"

#include <utility>

#include "daemon/service/memory.hpp"

namespace riskd::service {

Discards::~Discards() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Discards::take_shared(std::shared_ptr<void> value) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(value));
  }
  changed_.notify_all();
}

void Discards::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    auto discarded = std::exchange(waiting_, {});
    lock.unlock();
    {
      const GivingBack giving_back;
      discarded.clear();
    }
    lock.lock();
  }
}

}  // namespace riskd::service
