#include "daemon/service/periodic.hpp"

#include <utility>

#include "daemon/service/memory.hpp"

namespace riskd::service {

void Periodic::start(Step step) {
  thread_ = std::thread([this, kept = std::move(step)] { run(kept); });
}

bool Periodic::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return false;
  thread_.join();
  return true;
}

void Periodic::run(const Step& step) {
  while (!stopping_) {
    const std::chrono::milliseconds pause = step();
    give_back_now_and_then();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pause, [this] { return stopping_.load(); });
  }
}

}  // namespace riskd::service
