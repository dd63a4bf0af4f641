#include "daemon/service/writer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/answers.hpp"
#include "engine/resolve_values.hpp"
#include "engine/review.hpp"

namespace riskd::service {
namespace {

constexpr auto longest_wait = std::chrono::seconds(30);
constexpr auto after_failure = std::chrono::seconds(1);
constexpr std::int64_t told_behind_ms = 2'000;  // clocks are set right by less every day

std::optional<PostError> refusal(const Posting& posting, const ProductView* view) {
  const auto& id = posting.product;
  if (id.empty() || id.size() > limits::id_bytes) {
    return PostError{
        422, "bad product id", fmt::format("a product id has 1 to {} bytes", limits::id_bytes), {}};
  }
  const bool exists = view != nullptr && !view->live.facts().removed.value;
  if (!exists && !posting.make_product) {
    return PostError{404, "unknown product", fmt::format("there is no product `{}`", id), {}};
  }
  const std::string version = view == nullptr ? "" : view->version();
  if (posting.if_match && *posting.if_match != version) {
    return PostError{412,
                     "another version",
                     fmt::format("the product is at {}, not at {}", version, *posting.if_match),
                     {}};
  }
  return std::nullopt;
}

// Only what the review shows can be approved.
std::vector<engine::FactError> not_shown(const engine::Program& program, const Approval& approval,
                                         const engine::Model& model) {
  std::vector<engine::FactError> errors;
  if (!approval.elements) return errors;
  const std::vector<std::string> shown = engine::approvable(model);
  for (std::size_t i = 0; i < approval.elements->size(); ++i) {
    const std::string& element = (*approval.elements)[i];
    if (std::binary_search(shown.begin(), shown.end(), engine::resolve_element(program, element)))
      continue;
    errors.push_back({fmt::format("/elements/{}", i),
                      "not-in-review",
                      fmt::format("the model shows no element `{}`", element),
                      {}});
  }
  return errors;
}

std::optional<PostError> stale_approval(const Approval& approval, const PolicyInForce& policy,
                                        const ProductView& view) {
  const engine::Model& model = view.model();
  if (!model.missing_fields.empty()) {
    std::vector<engine::FactError> errors;
    std::string names;
    for (const std::string& field : model.missing_fields) {
      errors.push_back({"/fields/" + field.substr(field.rfind('.') + 1),
                        "missing-field",
                        fmt::format("the field `{}` is required and has no value", field),
                        {}});
      names += (names.empty() ? "`" : ", `") + field + "`";
    }
    return PostError{409, "a required field has no value",
                     fmt::format("approval waits for {}, which {} no value", names,
                                 errors.size() == 1 ? "has" : "have"),
                     std::move(errors)};
  }
  if (auto errors = not_shown(*policy.program, approval, model); !errors.empty()) {
    const std::string detail = errors.front().message;
    return PostError{422, "this is not in the review", detail, std::move(errors)};
  }
  if (!approval.version || *approval.version == view.review_version()) return std::nullopt;
  return PostError{
      409,
      "the review has changed",
      "the model is not what was reviewed: it has changed since. Look at the new review",
      {{"/version",
        "changed-review",
        "this is the version of an earlier review",
        {view.review_version()}}}};
}

// By its id, or its name alone.
const engine::QuestionRow* question_of(const ProductView& view, const Seen& seen) {
  const std::string component = seen.component.empty() ? "" : seen.component + "/";
  for (const engine::QuestionRow& row : view.model().questions) {
    if (row.component != seen.component) continue;
    if (row.id == component + seen.question || row.id.ends_with("." + seen.question)) return &row;
  }
  return nullptr;
}

// The answer or decision that holds, of what a poster says to have seen; without value where there is none.
engine::Stamped<engine::RawValue> what_holds(const engine::Program& program,
                                             const ProductView& view, const Seen& seen) {
  if (seen.question.empty()) {
    const auto& decisions = view.facts().decisions;
    const std::string element = engine::resolve_element(program, seen.element);
    const auto found = decisions.find({element.empty() ? seen.element : element, seen.aspect});
    if (found == decisions.end()) return {};
    const engine::DecisionFact& fact = found->second.value;
    const bool has_ended = fact.until && *fact.until < date_of(view.live.now());
    if (has_ended) return {};
    if (fact.state == engine::DecisionState::set) return {fact.value, found->second.from};
    return {std::string(to_string(fact.state)), found->second.from};
  }
  const engine::QuestionRow* row = question_of(view, seen);
  if (row == nullptr || !row->answered || !row->from) return {};
  return {engine::answer_of(program, view.facts(), *row), *row->from};
}

// What somebody else said of the same thing since the poster saw it.
std::vector<engine::FactError> conflicts(const engine::Program& program, const ProductView& view,
                                         const std::vector<Seen>& seen) {
  std::vector<engine::FactError> errors;
  for (const Seen& each : seen) {
    const auto said = what_holds(program, view, each);
    engine::RawValue value = each.value;
    if (const auto* row = each.question.empty() ? nullptr : question_of(view, each))
      engine::fit_value(program, program.questions[row->definition].type, value);
    if (said.value == value) continue;
    engine::FactError error{
        each.pointer, "conflict", "somebody has said something else meanwhile", {}};
    error.theirs = said;
    errors.push_back(std::move(error));
  }
  return errors;
}

// What makes a posting stale, though the product is there and nothing else is wrong with it.
std::optional<PostError> stale(const Posting& posting, const PolicyInForce& policy,
                               const ProductView& view) {
  if (posting.approval) return stale_approval(*posting.approval, policy, view);
  auto errors = conflicts(*policy.program, view, posting.seen);
  if (errors.empty()) return std::nullopt;
  const std::string detail = errors.front().message;
  return PostError{409, "it has changed meanwhile", detail, std::move(errors)};
}

// Resolves one fact after the other, each as if those before it were folded.
std::vector<engine::FactError> resolve_all(const engine::Program& program,
                                           const engine::Product& product,
                                           std::vector<PostedFact>& facts, Instant now) {
  if (facts.size() == 1) return engine::resolve(program, product, facts.front().body, now);
  engine::Product so_far = product;
  std::vector<engine::FactError> errors;
  for (PostedFact& fact : facts) {
    auto found = engine::resolve(program, so_far, fact.body, now);
    std::move(found.begin(), found.end(), std::back_inserter(errors));
    engine::fold(so_far, {{so_far.last_seq + 1, now, {}}, fact.body});
  }
  return errors;
}

}  // namespace

// What is called when the commit has succeeded (nullptr) or failed.
struct Writer::Answers {
  std::vector<std::function<void(const Error*)>> all;
  std::optional<PolicyInForce> policy;
};

Writer::Writer(Shared& shared, std::function<void()> outbox_changed)
    : shared_(shared), outbox_changed_(std::move(outbox_changed)) {}

void Writer::start() { thread_ = std::thread(&Writer::run, this); }

std::int64_t Writer::clock_behind_ms() const {
  return std::max<std::int64_t>(last_time_ms_ - shared_.clock().ms, 0);
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Writer::post(PostingWork work) {
  std::optional<PostError> error;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      error = PostError{503, "stopping", "riskd is stopping", {}};
    } else if (queue_.size() >= limits::writer_queue) {
      error = PostError{429,
                        "too many postings",
                        fmt::format("{} postings wait already", limits::writer_queue),
                        {}};
    } else {
      queue_.emplace_back(std::move(work));
    }
  }
  if (error) {
    // It was moved only where there is no error.
    // NOLINTNEXTLINE(bugprone-use-after-move)
    work.done(Unexpected<PostError>(std::move(*error)));
  } else {
    wake_.notify_one();
  }
}

void Writer::add(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto* reply = std::get_if<ReplyWork>(&work)) {
      waiting_replies_[reply->key] = reply->reply;
    }
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

std::size_t Writer::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::optional<Service::Reply> Writer::waiting_reply(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_replies_.find(key);
  if (found == waiting_replies_.end()) return std::nullopt;
  return found->second;
}

void Writer::run() {
  for (;;) {
    std::vector<Work> works = take();
    {
      const std::lock_guard lock(mutex_);
      if (works.empty() && stopping_) return;
    }
    carry_out(std::move(works));
  }
}

// What is waiting, up to one batch; nothing where something is due by time. A reload comes alone.
std::vector<Work> Writer::take() {
  std::chrono::milliseconds sleep = longest_wait;
  if (const auto next = shared_.live.next_change()) {
    const std::int64_t left = next->first.ms - shared_.clock().ms;
    sleep = std::clamp(std::chrono::milliseconds(left), std::chrono::milliseconds(0), sleep);
  }
  if (time_failed_) sleep = std::max<std::chrono::milliseconds>(sleep, after_failure);
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, sleep, [this] { return stopping_ || !queue_.empty(); });
  std::vector<Work> works;
  while (!queue_.empty() && works.size() < limits::writer_batch) {
    const bool alone = std::holds_alternative<ReloadWork>(queue_.front()) ||
                       std::holds_alternative<ClockWork>(queue_.front());
    if (alone && !works.empty()) break;
    works.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) break;
  }
  return works;
}

// Starts at the newest time in the store: a clock that was ahead and is right now does not make what is said
// from now on older than what was said before.
Instant Writer::time() {
  const std::int64_t now = shared_.clock().ms;
  const std::int64_t last = std::max<std::int64_t>(last_time_ms_, shared_.newest_time.ms);
  const bool is_behind = last - now > told_behind_ms;
  if (is_behind && !clock_was_behind_) {
    spdlog::warn(
        "the clock stands {} s behind the newest time in the store: facts count in the order in "
        "which "
        "they arrive. Where the clock was wrong before, `riskctl clock repair` corrects what it "
        "stamped",
        (last - now) / 1'000);
  }
  clock_was_behind_ = is_behind;
  last_time_ms_ = std::max(last, now);
  return {last_time_ms_};
}

void Writer::carry_out(std::vector<Work> works) {
  Answers answers;
  if (works.size() == 1 && std::holds_alternative<ClockWork>(works.front())) {
    shared_.newest_time = {};
    last_time_ms_ = 0;
  }
  const std::optional<Error> failure = commit(works, answers);
  time_failed_ = failure.has_value();
  if (failure) {
    spdlog::error("nothing was stored of {} postings: {} {}", works.size(), failure->message,
                  failure->where);
  }
  for (const auto& answer : answers.all) answer(failure ? &*failure : nullptr);
  const std::lock_guard lock(mutex_);
  for (const Work& work : works) {
    if (const auto* reply = std::get_if<ReplyWork>(&work)) waiting_replies_.erase(reply->key);
  }
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
                done(Unexpected<PostError>(PostError{503, "not stored", e->message, {}}));
              });
            } else if constexpr (std::is_same_v<Kind, ReloadWork>) {
              rest.all.push_back(
                  [done = one.done](const Error* e) { done(Unexpected<Error>(*e), {}); });
            } else if constexpr (std::is_same_v<Kind, ClockWork>) {
              rest.all.push_back(
                  [done = one.done](const Error* e) { done(Unexpected<Error>(*e)); });
            } else if constexpr (!std::is_same_v<Kind, ReplyWork>) {
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

  auto transaction = shared_.store->begin();
  if (!transaction) return give_up(transaction.error());
  Batch batch(shared_, spares_, **transaction, time());
  Status decided = decide(batch, **transaction, works, answers);
  if (decided) decided = batch.write_outbox();
  if (!decided) return give_up(decided.error());
  const bool has_replies = std::any_of(works.begin(), works.end(), [](const Work& work) {
    return std::holds_alternative<ReplyWork>(work);
  });
  if (!batch.is_empty() || has_replies) {
    if (Status done = (*transaction)->commit(); !done) return give_up(done.error());
  }
  const bool outbox_changed = std::any_of(
      batch.drafts().begin(), batch.drafts().end(),
      [](const auto& entry) { return entry.second.outbox != entry.second.outbox_before; });
  if (answers.policy) spares_.clear();
  auto earlier = batch.take_earlier();
  shared_.live.swap(batch.take_changes(), std::move(answers.policy));
  for (auto& [view, steps] : earlier) spares_.keep(std::move(view), std::move(steps));
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
            return store_reply(transaction, one, batch.now());
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
  const ViewPtr known = shared_.live.view(posting.product);
  Draft* draft =
      known || batch.drafts().contains(posting.product) ? batch.find(posting.product) : nullptr;
  std::optional<PostError> error = refusal(posting, draft ? draft->after.get() : nullptr);
  std::vector<PostedFact> facts = posting.facts;
  const bool makes = !draft || draft->after->live.facts().removed.value;
  if (!error && draft) error = stale(posting, batch.policy(), *draft->after);
  if (!error && posting.approval && draft) {
    facts.push_back({engine::approve(*batch.policy().program, draft->after->facts(),
                                     draft->after->model(), posting.approval->elements),
                     std::nullopt});
  }
  if (!error) {
    if (makes &&
        (facts.empty() || !std::holds_alternative<engine::ProductFact>(facts.front().body))) {
      facts.insert(facts.begin(), PostedFact{engine::ProductFact{}, std::nullopt});
    }
    engine::Product fresh;
    fresh.id = posting.product;
    auto wrong = resolve_all(*batch.policy().program, draft ? draft->after->live.facts() : fresh,
                             facts, batch.now());
    if (!wrong.empty()) {
      const std::string detail = wrong.front().message;
      const bool taken = wrong.front().code == "taken";
      error =
          PostError{taken ? 409 : 422, "the policy does not take this", detail, std::move(wrong)};
    }
  }
  if (error) {
    answers.all.push_back([done = work.done, error = std::move(*error)](const Error*) {
      done(Unexpected<PostError>(error));
    });
    return Done{};
  }
  if (!draft) draft = &batch.make(posting.product);
  auto applied = batch.apply(*draft, std::move(facts), posting.poster);
  if (!applied) return Unexpected<Error>(applied.error());
  answers.all.push_back([this, done = work.done, product = posting.product,
                         revision = batch.policy().revision,
                         applied = std::move(*applied)](const Error*) {
    done(Posted{applied.seq, revision, applied.change, shared_.live.view(product)});
  });
  return Done{};
}

Status Writer::decide(Batch& batch, ReceiptWork& work, Answers& answers) {
  if (work.done) {
    answers.all.push_back([done = work.done](const Error*) { done(Done{}); });
  }
  Draft* draft = batch.find(work.product);
  if (!draft) return Done{};
  batch.remove_effect(*draft, work.effect);
  const auto applied = batch.apply(*draft, work.facts, work.poster);
  if (!applied) return Unexpected<Error>(applied.error());
  return Done{};
}

Status Writer::decide(Batch& batch, FailedEffectWork& work, Answers& answers) {
  answers.all.push_back([done = work.done](const Error*) { done(Done{}); });
  Draft* draft = batch.find(work.product);
  if (!draft) return Done{};
  const auto known = draft->outbox.find(work.effect);
  if (known == draft->outbox.end()) return Done{};
  Pending pending = *known->second;
  ++pending.record.attempts;
  pending.record.due = work.due;
  pending.record.last_error = work.error;
  batch.replace_effect(*draft, std::move(pending));
  return Done{};
}

Status Writer::decide(Batch& batch, ReleaseWork& work, Answers& answers) {
  answers.all.push_back([done = work.done](const Error*) { done(Done{}); });
  if (!work.release) return Done{};
  for (const auto& [product, outbox] : shared_.live.outboxes()) {
    if (!work.product.empty() && product != work.product) continue;
    Draft* draft = batch.find(product);
    const Outbox waiting = draft->outbox;
    for (const auto& [key, pending] : waiting) {
      if (!pending->record.held) continue;
      Pending released = *pending;
      released.record.held = false;
      batch.replace_effect(*draft, std::move(released));
    }
  }
  return Done{};
}

Status Writer::decide(Batch& batch, ClockWork& work, Answers& answers) {
  std::size_t corrected = 0;
  for (const auto& [product, view] : shared_.live.views()) {
    if (view->live.now() <= batch.now()) continue;
    const auto applied = batch.apply(*batch.find(product),
                                     {{engine::ClockFact{batch.now()}, std::nullopt}}, work.poster);
    if (!applied) return Unexpected<Error>(applied.error());
    ++corrected;
  }
  answers.all.push_back([done = work.done, corrected](const Error*) { done(corrected); });
  return Done{};
}

Status Writer::decide(Batch& batch, ReloadWork& work, Answers& answers) {
  const engine::PolicyDiff diff(batch.policy().program, work.program);
  auto products = reevaluate(diff, shared_.live.views(), batch.now(), shared_.progress,
                             std::move(work.prepared));
  auto plans = plans_of(products);
  auto revision = batch.change_policy(work.record, work.program, std::move(products));
  if (!revision) return Unexpected<Error>(revision.error());
  answers.policy = batch.policy();
  answers.all.push_back([done = work.done, revision = *revision,
                         plans = std::move(plans)](const Error*) { done(revision, plans); });
  return Done{};
}

Status Writer::store_reply(store::Transaction& transaction, const ReplyWork& work, Instant now) {
  if (now.ms - replies_cleaned_.ms >= hour_ms) {
    Status cleaned =
        transaction.remove_replies_before({now.ms - limits::idempotency_hours * hour_ms});
    if (!cleaned) return cleaned;
    replies_cleaned_ = now;
  }
  return transaction.put_reply(work.key,
                               {now, work.reply.request_hash, work.reply.status, work.reply.body});
}

// Products whose models change by time alone, as many as fit one batch.
Status Writer::wake_due(Batch& batch) {
  for (const std::string& product : shared_.live.due(batch.now(), limits::writer_batch)) {
    if (Status done = batch.let_time_pass(*batch.find(product)); !done) return done;
  }
  return Done{};
}

}  // namespace riskd::service
