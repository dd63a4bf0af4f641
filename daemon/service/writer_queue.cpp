#include "daemon/service/writer_queue.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

// What comes alone has a commit of its own: what fails then takes no posting with it.
bool comes_alone(const Work& work) {
  return std::holds_alternative<ReloadWork>(work) || std::holds_alternative<ClockWork>(work) ||
         std::holds_alternative<KeepWork>(work);
}

}  // namespace

std::optional<PostError> WriterQueue::post(PostingWork& work) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return PostError{Refusal::unavailable, "stopping", "riskd is stopping", {}};
    if (waiting_.size() >= limits::writer_queue) {
      return PostError{Refusal::overloaded,
                       "too many postings",
                       fmt::format("{} postings wait already", limits::writer_queue),
                       {}};
    }
    waiting_.push_back({std::move(work)});
  }
  changed_.notify_one();
  return std::nullopt;
}

void WriterQueue::add(Work work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(work)});
  }
  changed_.notify_one();
}

std::size_t WriterQueue::size() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::chrono::milliseconds WriterQueue::oldest_for() const {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() -
                                                               waiting_.front().since);
}

std::chrono::milliseconds WriterQueue::busy_for() const {
  const std::lock_guard lock(mutex_);
  if (!is_busy_) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - taken_);
}

void WriterQueue::add_paces(int change) {
  {
    const std::lock_guard lock(mutex_);
    paces_ += change;
  }
  changed_.notify_one();
}

void WriterQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
}

std::optional<std::vector<Work>> WriterQueue::take(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  is_busy_ = false;
  changed_.wait_for(lock, patience, [this] { return is_stopping_ || !waiting_.empty(); });
  changed_.wait_until(lock, taken_ + std::chrono::milliseconds(limits::paced_batch_ms),
                      [this] { return is_stopping_ || paces_ == 0; });
  if (is_stopping_ && waiting_.empty()) return std::nullopt;
  taken_ = Clock::now();
  is_busy_ = true;
  std::vector<Work> works;
  while (!waiting_.empty() && works.size() < limits::writer_batch) {
    const bool alone = comes_alone(waiting_.front().work);
    if (alone && !works.empty()) break;
    works.push_back(std::move(waiting_.front().work));
    waiting_.pop_front();
    if (alone) break;
  }
  return works;
}

}  // namespace riskd::service
