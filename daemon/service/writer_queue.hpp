// What waits for the writer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "daemon/service/work.hpp"

namespace riskd::service {

// Usable from any thread; `take` by the writer alone.
class WriterQueue {
 public:
  // Takes the posting, unless the error is given: Refusal::overloaded where too much waits, Refusal::unavailable once it has
  // stopped.
  std::optional<PostError> post(PostingWork& work);
  void add(Work work);
  std::size_t size() const;
  // While it is paced, a batch is taken each limits::paced_batch_ms at most, so that others can follow what changes.
  void pace(bool is_paced);
  void stop();  // what waits is still taken

  // What waits, up to one batch. Nothing where that takes longer than `patience`; nullopt at the end.
  std::optional<std::vector<Work>> take(std::chrono::milliseconds patience);

 private:
  using Clock = std::chrono::steady_clock;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;  // guarded by mutex_, as all below
  Clock::time_point taken_;   // when a batch was taken last
  bool is_paced_ = false;
  bool is_stopping_ = false;
};

}  // namespace riskd::service
