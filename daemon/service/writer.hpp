// The one thread that decides. What comes in waits in a queue; the writer takes what is waiting,
// changes products in one transaction, makes it visible once it is durable, and answers.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/service/batch.hpp"
#include "daemon/service/discards.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/work.hpp"
#include "daemon/service/writer_queue.hpp"

namespace riskd::service {

class Writer {
 public:
  // `outbox_changed` is called after commits that changed an outbox.
  Writer(Shared& shared, std::function<void()> outbox_changed);
  ~Writer() { stop(); }

  void start();
  void stop();  // what is queued is still done

  void post(PostingWork work);  // answered with Refusal::overloaded where the queue is full
  void add(Work work) { queue_.add(std::move(work)); }
  WriterQueue& queue() { return queue_; }
  const WriterQueue& queue() const { return queue_; }
  // The time of the newest commit. What was decided before it is visible; what is decided from now on is of no earlier
  // time, except after a ClockWork. Zero: none yet.
  Instant newest_time() const { return {last_time_ms_}; }
  // Why nothing can be stored; empty where it can, as far as was tried.
  std::string write_error() const;
  bool has_committed_within(std::chrono::seconds time) const;
  // How far the clock stands behind the newest time that was stored; 0 where it does not.
  std::int64_t clock_behind_ms() const;

  // Carries out some work at once, on this thread; before `start` only.
  void carry_out(std::vector<Work> works);

 private:
  // What is called when the commit has succeeded (nullptr) or failed.
  struct Answers {
    std::vector<std::function<void(const Error*)>> all;
    std::optional<PolicyInForce> policy;
  };
  void run();
  std::chrono::milliseconds until_due() const;
  Status decide(Batch& batch, store::Transaction& transaction, std::vector<Work>& works,
                Answers& answers);
  Status decide(Batch& batch, PostingWork& work, Answers& answers);
  Status decide(Batch& batch, PreparedWork& work, Answers& answers);
  Status decide(Batch& batch, ReceiptWork& work, Answers& answers);
  Status decide(Batch& batch, FailedEffectWork& work, Answers& answers);
  Status decide(Batch& batch, SendingWork& work, Answers& answers);
  Status decide(Batch& batch, ReleaseWork& work, Answers& answers);
  Status decide(Batch& batch, ClockWork& work, Answers& answers);
  Status decide(Batch& batch, ReloadWork& work, Answers& answers);
  Status answer(Batch& batch, const PostingWork& work, Posted posted, ViewPtr view,
                Answers& answers);
  Status clean_replies(store::Transaction& transaction, Instant now);
  Status wake_due(Batch& batch);
  std::optional<Error> commit(std::vector<Work>& works, Answers& answers);
  Instant time();
  void note_failure(const std::optional<Error>& failure, std::size_t works);
  void note_left_out(std::size_t effects);

  Shared& shared_;
  const std::function<void()> outbox_changed_;
  Spares spares_;
  Discards discards_;
  // The writer's clock never goes back, except by a ClockWork. In milliseconds; written by the writer.
  std::atomic<std::int64_t> last_time_ms_ = 0;
  std::atomic<std::chrono::steady_clock::time_point> committed_{};  // zero: not yet
  struct {
    bool clock_behind = false, outbox_full = false;
  } logged_;  // once, until it is not so any more
  Instant replies_cleaned_;

  WriterQueue queue_;
  mutable std::mutex mutex_;
  std::string
      write_error_;  // why the last commit failed; empty where it did not; guarded by mutex_
  std::thread thread_;
};

}  // namespace riskd::service
