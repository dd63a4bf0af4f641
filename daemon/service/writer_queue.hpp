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
  // How long what was taken last has been under way; zero while the writer waits for more.
  std::chrono::milliseconds busy_for() const;
  // How long what waits longest has waited; zero where nothing does.
  std::chrono::milliseconds oldest_for() const;
  void stop();  // what waits is still taken

  // What waits, up to one batch. Nothing where that takes longer than `patience`; nullopt at the end.
  std::optional<std::vector<Work>> take(std::chrono::milliseconds patience);

  // While one lives, a batch is taken each limits::paced_batch_ms at most, so that others can follow what changes.
  class Pace {
   public:
    explicit Pace(WriterQueue& queue) : queue_(queue) { queue_.add_paces(1); }
    ~Pace() { queue_.add_paces(-1); }
    Pace(const Pace&) = delete;
    Pace& operator=(const Pace&) = delete;

   private:
    WriterQueue& queue_;
  };

 private:
  void add_paces(int change);

  using Clock = std::chrono::steady_clock;
  struct Waiting {
    Work work;
    Clock::time_point since = Clock::now();
  };
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;  // guarded by mutex_, as all below
  Clock::time_point taken_;      // when a batch was taken last
  int paces_ = 0;                // that live
  bool is_busy_ = false;         // with what was taken
  bool is_stopping_ = false;
};

}  // namespace riskd::service
