#include "daemon/service/writer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/service/keep.hpp"
#include "daemon/service/memory.hpp"
#include "daemon/service/posting.hpp"
#include "daemon/service/reroute.hpp"
#include "daemon/service/tokens.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::service {
namespace {

constexpr auto longest_wait = std::chrono::seconds(30);
constexpr auto after_failure = std::chrono::seconds(1);
constexpr const char* damage_words = "the store is damaged and takes nothing: ";
constexpr std::int64_t reported_behind_ms = 2'000;  // clocks are set right by less every day

// Work that is no change of a product.
bool is_beside_products(const Work& work) {
  return std::holds_alternative<ReplyWork>(work) || std::holds_alternative<KeepWork>(work) ||
         std::holds_alternative<AccessWork>(work);
}

Status store_probe(store::Transaction& transaction, Instant now) {
  return transaction.put_meta("tried", to_string(now));
}

Status store_reply(store::Transaction& transaction, const ReplyWork& work, Instant now) {
  return transaction.put_reply(work.key,
                               {now, work.reply.request_hash, work.reply.status, work.reply.body});
}

Status commit_timed(store::Transaction& transaction, prometheus::Histogram& seconds) {
  const Timed timed(seconds);
  return transaction.commit();
}

bool is_probe(const Work& work) { return std::holds_alternative<ProbeWork>(work); }

bool has_report(const Work& work) {
  const auto* posting = std::get_if<PostingWork>(&work);
  return posting != nullptr && has_many_results(posting->posting);
}

}  // namespace

Writer::Writer(Shared& shared, std::function<void()> outbox_changed)
    : shared_(shared), outbox_changed_(std::move(outbox_changed)) {}

void Writer::start() {
  time();  // a clock that is behind the store is logged from the start
  thread_ = std::thread(&Writer::run, this);
}

std::int64_t Writer::clock_behind_ms() const {
  return std::max<std::int64_t>(last_time_ms_ - shared_.clock().ms, 0);
}

void Writer::stop() {
  queue_.stop();
  if (thread_.joinable()) thread_.join();
}

void Writer::post(PostingWork work) {
  if (auto error = queue_.post(work)) work.done(Unexpected<PostError>(std::move(*error)));
}

void Writer::run() {
  while (auto works = queue_.take(until_due())) {
    std::optional<GivingBack> giving_back;
    if (std::any_of(works->begin(), works->end(), has_report)) giving_back.emplace();
    carry_out(std::move(*works));
    give_back_now_and_then();
  }
}

// How long there is nothing to do by time.
std::chrono::milliseconds Writer::until_due() const {
  {
    // After a failure what is due by time waits, and an empty batch finds out whether the disk takes something again.
    const std::lock_guard lock(mutex_);
    if (!write_error_.empty()) return after_failure;
  }
  const auto next = shared_.live.next_change();
  if (!next) return longest_wait;
  const std::chrono::milliseconds left(next->first.ms - shared_.clock().ms);
  return std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0), longest_wait);
}

// Starts at the newest time in the store: a clock that was ahead and is right now does not make what is said
// from now on older than what was said before.
Instant Writer::time() {
  const std::int64_t now = shared_.clock().ms;
  const std::int64_t last = std::max<std::int64_t>(last_time_ms_, shared_.newest_time.ms);
  const bool is_behind = last - now > reported_behind_ms;
  if (is_behind && !logged_.clock_behind) {
    spdlog::warn(
        "the clock stands {} s behind the newest time in the store: facts count in the order in "
        "which "
        "they arrive. Where the clock was wrong before, `riskctl clock repair` corrects what it "
        "stamped",
        (last - now) / 1'000);
  }
  logged_.clock_behind = is_behind;
  last_time_ms_ = std::max(last, now);
  return {last_time_ms_};
}

void Writer::carry_out(std::vector<Work> works) {
  std::optional<Timed> timed;  // not of those that only let time pass
  if (!works.empty()) {
    timed.emplace(shared_.meters->batch_seconds);
    shared_.meters->batch_works.Observe(static_cast<double>(works.size()));
  }
  Answers answers;
  if (works.size() == 1 && std::holds_alternative<ClockWork>(works.front())) {
    shared_.newest_time = {};
    last_time_ms_ = 0;
  }
  const std::optional<Error> failure = commit(works, answers);
  note_failure(failure, works.size());
  for (const auto& answer : answers.all) answer(failure ? &*failure : nullptr);
}

// What cannot be written is said once, and again when it can.
void Writer::note_failure(const std::optional<Error>& failure, std::size_t works) {
  if (failure) shared_.meters->commit_failures.Increment();
  std::string before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(write_error_, failure ? failure->message : "");
  }
  if (failure && works > 0) {
    spdlog::error("nothing was stored of {} postings: {} {}", works, failure->message,
                  failure->where);
  } else if (failure && before != failure->message) {
    spdlog::error("nothing can be stored: {} {}", failure->message, failure->where);
  }
  if (!failure && !before.empty()) spdlog::info("the store takes what is written again");
  if (failure && shared_.store->is_dead() && shared_.on_dead) shared_.on_dead();
}

// The same of an outbox that has no room.
void Writer::note_left_out(std::size_t effects) {
  if (effects > 0 && !logged_.outbox_full) {
    logged_.outbox_full = true;
    spdlog::error(
        "the outbox is full: {} effects wait already. Tickets that are not in it are not made: "
        "each is looked for again when its product changes",
        shared_.live.pending());
  }
  if (!logged_.outbox_full || shared_.live.pending() >= limits::pending_effects) return;
  logged_.outbox_full = false;
  spdlog::info("the outbox has room again");
}

bool Writer::has_committed_within(std::chrono::seconds time) const {
  const std::chrono::steady_clock::time_point last = committed_;
  return last != std::chrono::steady_clock::time_point() &&
         std::chrono::steady_clock::now() - last < time;
}

std::string Writer::write_error() const {
  if (const auto damage = shared_.damage.get()) return damage_words + damage->message;
  const std::lock_guard lock(mutex_);
  return write_error_;
}

std::optional<Error> Writer::commit(std::vector<Work>& works, Answers& answers) {
  const auto give_up = [&](Error error) {
    // Those that had not been looked at are answered too.
    Answers rest;
    for (Work& work : works) {
      std::visit(
          [&](auto& one) {
            using Kind = std::decay_t<decltype(one)>;
            if constexpr (std::is_same_v<Kind, PostingWork>) {
              rest.all.push_back([done = one.done](const Error* e) {
                done(Unexpected<PostError>(
                    PostError{Refusal::unavailable, "not stored", e->message, {}}));
              });
            } else if constexpr (std::is_same_v<Kind, PreparedWork>) {
              rest.all.push_back([work = one.work](const Error* e) {
                work->done(Unexpected<PostError>(
                    PostError{Refusal::unavailable, "not stored", e->message, {}}));
              });
            } else if constexpr (std::is_same_v<Kind, ReloadWork>) {
              rest.all.push_back(
                  [done = one.done](const Error* e) { done(Unexpected<Error>(*e), {}); });
            } else if constexpr (std::is_same_v<Kind, ClockWork> ||
                                 std::is_same_v<Kind, SendingWork>) {
              rest.all.push_back(
                  [done = one.done](const Error* e) { done(Unexpected<Error>(*e)); });
            } else {
              rest.all.push_back([done = one.done](const Error* e) {
                if (done) done(Unexpected<Error>(*e));
              });
            }
          },
          work);
    }
    answers = std::move(rest);
    return std::optional<Error>(std::move(error));
  };

  if (auto damage = shared_.damage.get()) {
    damage->message = damage_words + damage->message;
    return give_up(std::move(*damage));
  }
  auto transaction = shared_.store->begin();
  if (!transaction) return give_up(transaction.error());
  Batch batch(shared_, spares_, **transaction, time());
  Status decided = decide(batch, **transaction, works, answers);
  if (decided) decided = batch.write_outbox();
  if (!decided) return give_up(decided.error());
  const bool writes_beside = std::any_of(works.begin(), works.end(), is_beside_products);
  const bool probes = std::any_of(works.begin(), works.end(), is_probe) ||
                      (works.empty() && !write_error().empty());
  if (!batch.is_empty() || writes_beside || probes) {
    Status done = clean_replies(**transaction, batch.now());
    if (done && probes) done = store_probe(**transaction, batch.now());
    if (done) done = shared_.log->append((*transaction)->begun_at(), (*transaction)->entries());
    if (done) done = commit_timed(**transaction, shared_.meters->commit_seconds);
    if (!done) return give_up(done.error());
    committed_ = std::chrono::steady_clock::now();
  }
  const bool outbox_changed =
      std::any_of(batch.drafts().begin(), batch.drafts().end(),
                  [](const auto& entry) { return entry.second.outbox.has_changed(); });
  const bool is_new_policy = answers.policy.has_value();
  if (is_new_policy) discards_.take(std::exchange(spares_, Spares()));
  for (const auto& [product, draft] : batch.drafts())
    shared_.tails.add(product, draft.stored_bytes);
  auto earlier = batch.take_earlier();
  auto replaced = shared_.live.swap(batch.take_changes(), std::move(answers.policy));
  if (is_new_policy) discards_.take(std::move(replaced));
  for (auto& [view, steps] : earlier) spares_.keep(std::move(view), std::move(steps));
  if (is_new_policy) shared_.tails.policy_has_changed();
  note_left_out(batch.left_out());
  shared_.events->publish(batch.take_events());
  if (outbox_changed) outbox_changed_();
  return std::nullopt;
}

Status Writer::decide(Batch& batch, store::Transaction& transaction, std::vector<Work>& works,
                      Answers& answers) {
  for (Work& work : works) {
    Status done = std::visit(
        [&](auto& one) {
          if constexpr (std::is_same_v<std::decay_t<decltype(one)>, ReplyWork>) {
            answers.all.push_back([done = one.done](const Error*) { done(Done{}); });
            return store_reply(transaction, one, batch.now());
          } else if constexpr (std::is_same_v<std::decay_t<decltype(one)>, KeepWork>) {
            answers.all.push_back([done = one.done](const Error*) { done(Done{}); });
            return keep(transaction, one, batch);
          } else if constexpr (std::is_same_v<std::decay_t<decltype(one)>, AccessWork>) {
            answers.all.push_back([done = one.done](const Error*) { done(Done{}); });
            return change_access(transaction, one, batch);
          } else if constexpr (std::is_same_v<std::decay_t<decltype(one)>, RerouteWork>) {
            answers.all.push_back([done = one.done](const Error*) { done(Done{}); });
            return reroute(batch, shared_);
          } else if constexpr (std::is_same_v<std::decay_t<decltype(one)>, ProbeWork>) {
            answers.all.push_back([done = one.done](const Error*) { done(Done{}); });
            return Status(Done{});
          } else {
            return decide(batch, one, answers);
          }
        },
        work);
    if (!done) return done;
  }
  return wake_due(batch);
}

Status Writer::decide(Batch& batch, PostingWork& work, Answers& answers) {
  const Posting& posting = work.posting;
  Draft* draft = batch.find(posting.product);
  Judged judged = judge(posting, batch.policy(), draft ? draft->after.get() : nullptr, batch.now());
  if (judged.error) {
    answers.all.push_back([done = work.done, error = std::move(*judged.error)](const Error*) {
      done(Unexpected<PostError>(error));
    });
    return Done{};
  }
  if (!draft) draft = &batch.make(posting.product);
  Batch::Applied applied{draft->after->facts().last_seq, {}};
  if (!posting.apart || !judged.facts.empty()) {
    auto done = batch.apply(*draft, std::move(judged.facts), posting.poster);
    if (!done) return failure(done);
    applied = std::move(*done);
  }
  return answer(batch, work,
                posted_of(judged, batch.policy().revision, applied.seq, std::move(applied.change),
                          draft->after->live),
                draft->after, answers);
}

Status Writer::decide(Batch& batch, PreparedWork& work, Answers& answers) {
  const Posting& posting = work.work->posting;
  Prepared& prepared = *work.prepared;
  if (!batch.is_current(posting.product, prepared)) {
    answers.all.push_back([again = work.again](const Error*) { again(); });
    return Done{};
  }
  const ViewPtr view = prepared.after ? prepared.after : prepared.before;
  Batch::Applied applied{view->facts().last_seq, {}};
  if (prepared.after) {
    auto done = batch.adopt(posting.product, prepared, posting.poster);
    if (!done) return failure(done);
    applied = std::move(*done);
  }
  Posted posted = posted_of(prepared.judged, batch.policy().revision, applied.seq,
                            std::move(applied.change), view->live);
  posted.told = std::move(prepared.told);
  return answer(batch, *work.work, std::move(posted), view, answers);
}

// `view` is the product with the posting; later postings of the batch change it too.
Status Writer::answer(Batch& batch, const PostingWork& work, Posted posted, ViewPtr view,
                      Answers& answers) {
  if (work.posting.tell && posted.told.empty()) posted.told = work.posting.tell(*view);
  if (work.posting.keyed) {
    posted.view = std::move(view);
    if (Status stored = batch.store_reply(*work.posting.keyed, posted); !stored) return stored;
  }
  answers.all.push_back([this, done = work.done, product = work.posting.product,
                         posted = std::move(posted)](const Error*) mutable {
    posted.view = shared_.live.view(product);
    done(std::move(posted));
  });
  return Done{};
}

Status Writer::decide(Batch& batch, ClockWork& work, Answers& answers) {
  std::size_t corrected = 0;
  for (const auto& [product, view] : shared_.live.views()) {
    if (view->live.now() <= batch.now()) continue;
    const auto applied =
        batch.apply(*batch.find(product), {{engine::ClockFact{batch.now()}, std::nullopt}},
                    work.poster, store::EntryKind::clock);
    if (!applied) return failure(applied);
    ++corrected;
  }
  if (Status set = batch.set_clock(work.poster); !set) return set;
  answers.all.push_back([done = work.done, corrected](const Error*) { done(corrected); });
  return Done{};
}

Status Writer::decide(Batch& batch, ReloadWork& work, Answers& answers) {
  const bool is_of_this = work.diff && work.diff->before() == batch.policy().program;
  if (!is_of_this) work.diff.emplace(batch.policy().program, work.program);
  auto products = reevaluate({*work.diff, batch.now(), shared_.progress, &shared_},
                             shared_.live.views(), std::move(work.prepared));
  auto plans = plans_of(products);
  if (Status planned = as_planned(work.required_plan, *work.program, plans); !planned) {
    answers.all.push_back([done = work.done, error = planned.error()](const Error*) {
      done(Unexpected<Error>(error), {});
    });
    return Done{};
  }
  auto revision =
      batch.change_policy(work.record, {0, work.program, {}, {}, work.instead_of}, products);
  discards_.take(std::move(products));  // and with them what products were
  if (!revision) return failure(revision);
  answers.policy = batch.policy();
  answers.all.push_back([done = work.done, revision = *revision,
                         plans = std::move(plans)](const Error*) { done(revision, plans); });
  return Done{};
}

Status Writer::clean_replies(store::Transaction& transaction, Instant now) {
  if (now.ms - replies_cleaned_.ms < hour_ms) return Done{};
  replies_cleaned_ = now;
  return transaction.remove_replies_before({now.ms - limits::idempotency_hours * hour_ms});
}

// Products whose models change by time alone, as many as fit one batch.
Status Writer::wake_due(Batch& batch) {
  const auto due = shared_.live.due(batch.now(), limits::writer_batch);
  return due.empty() ? Status(Done{}) : batch.let_time_pass(due);
}

}  // namespace riskd::service
