#include "daemon/api/workers.hpp"

#include <algorithm>
#include <utility>

namespace riskd::api {

Workers::Workers(std::size_t threads, std::size_t waiting)
    : limit_(waiting), at_once_(std::max<std::size_t>(threads, 2) - 1) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Workers::add(std::uint32_t uid, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || waiting_ >= limit_) return false;
    shares_[uid].waiting.push_back(std::move(work));
    ++waiting_;
  }
  changed_.notify_one();
  return true;
}

// The next peer in turn whose work may begin; the end where there is none.
Workers::Shares::iterator Workers::next_share() {
  auto at = shares_.upper_bound(last_);
  for (std::size_t seen = 0; seen < shares_.size(); ++seen, ++at) {
    if (at == shares_.end()) at = shares_.begin();
    if (!at->second.waiting.empty() && at->second.running < at_once_) return at;
  }
  return shares_.end();
}

void Workers::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    auto share = shares_.end();
    changed_.wait(lock, [&] { return is_stopping_ || (share = next_share()) != shares_.end(); });
    if (is_stopping_) return;
    last_ = share->first;
    Work work = std::move(share->second.waiting.front());
    share->second.waiting.pop_front();
    --waiting_;
    ++share->second.running;
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes before the lock
    lock.lock();
    --share->second.running;
    if (share->second.waiting.empty() && share->second.running == 0) {
      shares_.erase(share);
    } else {
      changed_.notify_one();  // this peer's next may begin
    }
  }
}

}  // namespace riskd::api
