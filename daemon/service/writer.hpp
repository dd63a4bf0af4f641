// The one thread that decides. What comes in waits in a queue; the writer takes what is waiting,
// changes products in one transaction, makes it visible once it is durable, and answers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/service/batch.hpp"
#include "daemon/service/retention.hpp"
#include "daemon/service/shared.hpp"

namespace riskd::service {

using OnStored = std::function<void(Status)>;

// The closed set of what the writer does.
struct PostingWork {
  Posting posting;
  Service::OnPosted done;
};
// A large posting that was evaluated already.
struct PreparedWork {
  std::shared_ptr<const PostingWork> work;
  std::unique_ptr<Prepared> prepared;
  std::function<void()> again;  // the product has changed meanwhile: nothing was done
};
// What a tracker said: facts that no policy checks, and the effect that is done with them.
struct ReceiptWork {
  std::string product;
  std::vector<PostedFact> facts;
  std::string poster;
  std::string effect;  // key; empty: none
  OnStored done;
};
struct FailedEffectWork {
  std::string product, effect;
  Instant due;
  std::string error;
  std::optional<Instant> sent;  // until when the request may have made a ticket, if one went out
  OnStored done;
};
// The request that makes a ticket is about to go out.
struct SendingWork {
  std::string product, effect, project;
  Instant at;
  std::function<void(Result<bool>)>
      done;  // false: the ticket is not wanted any more, nothing may go out
};
struct ReleaseWork {
  std::string product;   // empty: all
  bool release = false;  // false: nothing but what is due by time
  std::string poster;
  OnStored done;
};
struct ReplyWork {
  std::string key;
  Reply reply;
  OnStored done;
};
// The clock was ahead, and is right now: time goes on from it.
struct ClockWork {
  std::string poster;
  std::function<void(Result<std::size_t>)> done;  // how many products were corrected
};
struct ReloadWork {
  engine::Policy program;
  store::PolicyRecord record;
  std::vector<Reevaluated> prepared;
  std::function<void(Result<std::uint64_t>, std::vector<ProductPlan>)> done;
};
// What is kept of products beside their history: snapshots, by product, as snapshot_of gives them; what retention
// removes; and ends of days.
struct KeepWork {
  std::vector<std::pair<std::string, std::string>> snapshots;
  std::optional<Prune> prune;
  std::vector<std::pair<std::string, store::DayRecord>> days;
  OnStored done;
};
using Work = std::variant<PostingWork, PreparedWork, ReceiptWork, FailedEffectWork, SendingWork,
                          ReleaseWork, ReplyWork, ClockWork, ReloadWork, KeepWork>;

class Writer {
 public:
  // `outbox_changed` is called after commits that changed an outbox.
  Writer(Shared& shared, std::function<void()> outbox_changed);
  ~Writer() { stop(); }

  void start();
  void stop();  // what is queued is still done

  void post(PostingWork work);  // answered with Refusal::overloaded where the queue is full
  void add(Work work);
  std::size_t queued() const;
  // The time of the newest commit. What was decided before it is visible; what is decided from now on is of no earlier
  // time, except after a ClockWork. Zero: none yet.
  Instant newest_time() const { return {last_time_ms_}; }
  // Why nothing can be stored; empty where it can, as far as was tried.
  std::string write_error() const;
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
  std::vector<Work> take();
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

  Shared& shared_;
  const std::function<void()> outbox_changed_;
  Spares spares_;
  // The writer's clock never goes back, except by a ClockWork. In milliseconds; written by the writer.
  std::atomic<std::int64_t> last_time_ms_ = 0;
  bool clock_was_behind_ = false;  // it was logged
  Instant replies_cleaned_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;   // guarded by mutex_, as all below
  std::string write_error_;  // why the last commit failed; empty where it did not
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace riskd::service
