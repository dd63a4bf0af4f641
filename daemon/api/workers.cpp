#include "daemon/api/workers.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "daemon/service/memory.hpp"

namespace riskd::api {

WorkQueue::WorkQueue(std::size_t threads, std::size_t waiting)
    : threads_(threads), limit_(waiting), at_once_(std::max<std::size_t>(threads, 2) - 1) {}

bool WorkQueue::add(const std::string& account, Work work) {
  return add(account, std::move(work), limit_);
}

void WorkQueue::add_rest(const std::string& account, Work work) {
  add(account, std::move(work), std::numeric_limits<std::size_t>::max());
}

bool WorkQueue::add(const std::string& account, Work work, std::size_t limit) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || waiting_ >= limit) return false;
    shares_[account].waiting.push_back(std::move(work));
    ++waiting_;
  }
  changed_.notify_one();
  return true;
}

WorkQueue::Load WorkQueue::load() const {
  const std::lock_guard lock(mutex_);
  Load load{threads_, 0, waiting_};
  for (const auto& [account, share] : shares_) load.busy += share.running;
  return load;
}

// The next peer in turn whose work may begin; the end where there is none.
WorkQueue::Shares::iterator WorkQueue::next_share() {
  auto at = shares_.upper_bound(last_);
  for (std::size_t seen = 0; seen < shares_.size(); ++seen, ++at) {
    if (at == shares_.end()) at = shares_.begin();
    if (!at->second.waiting.empty() && at->second.running < at_once_) return at;
  }
  return shares_.end();
}

void WorkQueue::run() {
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
    service::give_back_now_and_then();
    lock.lock();
    --share->second.running;
    if (share->second.waiting.empty() && share->second.running == 0) {
      shares_.erase(share);
    } else {
      changed_.notify_one();  // this peer's next may begin
    }
  }
}

void WorkQueue::stop() {
  std::vector<std::deque<Work>> dropped;  // what they hold goes after the lock
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (auto& [account, share] : shares_) dropped.push_back(std::exchange(share.waiting, {}));
    waiting_ = 0;
  }
  changed_.notify_all();
}

Workers::Workers(std::size_t threads, std::size_t waiting)
    : queue_(std::make_shared<WorkQueue>(threads, waiting)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { queue_->run(); });
}

Workers::~Workers() {
  queue_->stop();
  for (std::thread& thread : threads_) thread.join();
}

}  // namespace riskd::api
