#include "daemon/service/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/service/policy.hpp"
#include "daemon/service/stored_fact.hpp"
#include "daemon/store/backup.hpp"
#include "daemon/wire/json.hpp"
#include "engine/update/complete.hpp"

namespace riskd::service {
namespace {

// From so many facts on, a copy of a product costs less than applying the facts again.
bool is_much(const std::vector<engine::Fact>& facts) {
  return facts.size() > limits::facts_told_again ||
         std::any_of(facts.begin(), facts.end(), [](const engine::Fact& fact) {
           return std::holds_alternative<engine::RunFact>(fact.body);
         });
}

// Whether it may have made its ticket.
bool may_have_made(const Pending& pending) {
  return pending.effect.kind == engine::EffectKind::create && pending.record.sent.has_value();
}

// The same effect, begun anew.
PendingPtr begun_anew(const PendingPtr& pending, bool withdrawn) {
  if (pending->record.withdrawn == withdrawn) return pending;
  Pending changed = *pending;
  changed.record.withdrawn = withdrawn;
  changed.record.attempts = 0;
  changed.record.due = {};
  changed.record.last_error.clear();
  return std::make_shared<const Pending>(std::move(changed));
}

engine::Deltas applied_at(Instant now, ProductView& view, std::vector<engine::Fact> facts,
                          prometheus::Histogram& seconds) {
  const Timed timed(seconds);
  return view.live.apply(std::move(facts), now);
}

PendingPtr withdrawn(const PendingPtr& pending) { return begun_anew(pending, true); }
PendingPtr wanted_again(const PendingPtr& pending) { return begun_anew(pending, false); }

// Whether nothing is to be done for what is missing.
bool is_what_waits(const std::vector<Missing>& missing, const Outbox& waiting) {
  return std::equal(missing.begin(), missing.end(), waiting.begin(), waiting.end(),
                    [](const Missing& each, const auto& known) {
                      return each.pending->record.key == known.first &&
                             !known.second->record.withdrawn;
                    });
}

}  // namespace

Batch::Batch(const Shared& shared, Spares& spares, store::Transaction& transaction, Instant now)
    : shared_(shared),
      spares_(spares),
      transaction_(transaction),
      now_(now),
      policy_(shared.live.policy()) {}

Draft* Batch::find(const std::string& product) {
  auto found = drafts_.find(product);
  if (found != drafts_.end() && found->second.after) return &found->second;
  const ViewPtr view = shared_.live.view(product);
  if (!view) return nullptr;
  if (found == drafts_.end()) found = drafts_.emplace(product, outbox_of(product)).first;
  Draft& draft = found->second;
  draft.after = spares_.take(*view);
  if (!draft.after) draft.after = std::make_shared<ProductView>(*view);
  draft.before = view;
  return &draft;
}

Draft* Batch::find_outbox(const std::string& product) {
  const auto found = drafts_.find(product);
  if (found != drafts_.end()) return &found->second;
  Draft draft = outbox_of(product);
  if (draft.outbox.now().empty()) return nullptr;
  return &drafts_.emplace(product, std::move(draft)).first->second;
}

Draft Batch::outbox_of(const std::string& product) const {
  Draft draft;
  draft.outbox = OutboxDraft(shared_.live.outbox(product));
  return draft;
}

Draft& Batch::make(const std::string& product) {
  Draft draft;
  engine::Product nothing;
  nothing.id = product;
  draft.after = std::make_shared<ProductView>(
      engine::LiveProduct(policy_.program, std::move(nothing), now_), policy_.revision);
  return drafts_.emplace(product, std::move(draft)).first->second;
}

Result<Batch::Applied> Batch::apply(Draft& draft, std::vector<PostedFact> facts,
                                    const std::string& poster, store::EntryKind kind) {
  ProductView& view = *draft.after;
  std::vector<engine::Fact> applied;
  applied.reserve(facts.size());
  for (PostedFact& fact : facts) {
    if (engine::is_incomplete(fact.body)) engine::complete(view.live.model(), fact.body);
    auto from = append(view.live.facts().id, fact.at, poster, wire::write_fact_body(fact.body));
    if (!from) return failure(from);
    applied.push_back({std::move(*from), std::move(fact.body)});
  }
  draft.is_large = draft.is_large || is_much(applied);
  if (!draft.is_large) draft.steps.push_back({applied, now_});
  const engine::Deltas deltas =
      applied_at(now_, view, std::move(applied), shared_.meters->evaluation(Evaluated::posting));
  view.revision = policy_.revision;
  auto result = applied_facts(draft, wire::write_changed(view.live, deltas), deltas.empty());
  if (!result) return result;
  reconcile(draft);
  // A posting without facts only lets time pass.
  Status closed = facts.empty()
                      ? close(store::EntryKind::time, now_, "riskd", {view.live.facts().id})
                      : close(kind, now_, poster, {view.live.facts().id});
  if (!closed) return failure(closed);
  return result;
}

bool Batch::is_current(const std::string& product, const Prepared& prepared) const {
  return prepared.policy.revision == policy_.revision && prepared.now <= now_ &&
         !drafts_.contains(product) && shared_.live.view(product) == prepared.before;
}

Result<Batch::Applied> Batch::adopt(const std::string& product, Prepared& prepared,
                                    const std::string& poster) {
  spares_.forget(product);
  Draft made = outbox_of(product);
  made.before = prepared.before;
  made.after = prepared.after;
  made.is_large = true;
  Draft& draft = drafts_.emplace(product, std::move(made)).first->second;
  engine::LiveProduct& live = draft.after->live;

  engine::Arrival arrival{live.facts().last_seq - prepared.bodies.size(), 0, prepared.now, now_};
  for (std::size_t i = 0; i < prepared.bodies.size(); ++i) {
    auto from = append(product, prepared.judged.facts[i].at, poster, std::move(prepared.bodies[i]));
    if (!from) return failure(from);
    if (i == 0) arrival.later = from->seq - arrival.after - 1;
  }
  live.arrive(arrival);
  auto result = applied_facts(draft, prepared.changed, prepared.changes_nothing);
  if (!result) return result;
  take(draft, std::move(prepared.missing));
  Status done = close(store::EntryKind::facts, prepared.now, poster, {product});
  const auto due = live.next_change();
  if (done && due && *due <= now_) done = let_time_pass({product});
  if (!done) return failure(done);
  return result;
}

// Stores a fact.
Result<engine::Provenance> Batch::append(const std::string& product, std::optional<Instant> at,
                                         const std::string& poster, std::string body) {
  store::FactRecord record;
  record.product = product;
  record.at = std::min(at.value_or(now_), now_);
  record.received = now_;
  record.poster = poster;
  record.policy = policy_.revision;
  record.body = std::move(body);
  drafts_.at(product).stored_bytes += record.body.size();
  auto seq = transaction_.append_fact(record);
  if (!seq) return failure(seq);
  wrote_ = true;
  record.seq = *seq;
  return provenance_of(record);
}

// Records what the facts that are stored have changed.
Result<Batch::Applied> Batch::applied_facts(const Draft& draft, std::string_view changed,
                                            bool nothing) {
  Applied result;
  result.seq = draft.after->facts().last_seq;
  result.change = wire::numbered(result.seq, changed);
  if (nothing) return result;
  Status recorded = record_change(draft, fmt::format("fact {}", result.seq), result.change);
  if (!recorded) return failure(recorded);
  return result;
}

Status Batch::store_reply(const Keyed& keyed, Posted& posted) {
  posted.reply = keyed.answer(posted);
  wrote_ = true;
  Status stored = transaction_.put_reply(
      keyed.key, {now_, keyed.request_hash, posted.reply->status, posted.reply->body});
  if (!stored || keyed.whole.empty()) return stored;
  return transaction_.put_reply(keyed.whole, {now_, keyed.request_hash, Reply::in_parts, ""});
}

Status Batch::let_time_pass(const std::vector<std::string>& products) {
  for (const std::string& product : products) {
    if (Status passed = let_time_pass(*find(product)); !passed) return passed;
  }
  return close(store::EntryKind::time, now_, "riskd", products);
}

Status Batch::let_time_pass(Draft& draft) {
  ProductView& view = *draft.after;
  draft.steps.push_back({{}, now_});
  const engine::Deltas deltas =
      applied_at(now_, view, {}, shared_.meters->evaluation(Evaluated::time));
  view.revision = policy_.revision;
  if (!deltas.empty()) {
    Status recorded = record_change(
        draft, "time", wire::write_change(view.live.facts().last_seq, view.live, deltas));
    if (!recorded) return recorded;
  }
  reconcile(draft);
  return Done{};
}

Status Batch::record_change(const Draft& draft, const std::string& cause, std::string line) {
  const engine::Product& facts = draft.after->live.facts();
  store::ChangeRecord record;
  record.seq = facts.last_seq;
  record.product = facts.id;
  record.at = now_;
  record.policy = policy_.revision;
  record.cause = cause;
  record.body = std::move(line);
  wrote_ = true;
  Status appended = transaction_.append_change(record);
  events_.push_back({transaction_.next_position(), "change", facts.id, std::move(record.body)});
  return appended;
}

Status Batch::close(store::EntryKind kind, Instant evaluated, const std::string& poster,
                    std::vector<std::string> products) {
  const bool held = std::exchange(held_, false);
  if (!transaction_.has_open_entry()) return Done{};
  return transaction_.close_entry(
      {kind, now_, evaluated, policy_.revision, held, poster, std::move(products)});
}

Status Batch::set_clock(const std::string& poster) {
  wrote_ = true;
  // Days that have ended by the wrong clock only.
  if (Status removed = transaction_.remove_days(date_of(now_)); !removed) return removed;
  return transaction_.close_entry(
      {store::EntryKind::clock, now_, now_, policy_.revision, false, poster, {}});
}

Status Batch::release(const std::vector<std::string>& products, bool all,
                      const std::string& poster) {
  wrote_ = true;
  if (all && shared_.is_restored) {
    Status forgotten = transaction_.put_meta(store::restored_meta, "");
    if (!forgotten) return forgotten;
  }
  return transaction_.close_entry(
      {store::EntryKind::release, now_, now_, policy_.revision, false, poster, products});
}

void Batch::reconcile(Draft& draft) { take(draft, reconciled(shared_, *draft.after)); }

void Batch::take(Draft& draft, std::vector<Missing> missing) {
  const Added added = add(draft, std::move(missing));
  if (must_wait(added)) hold(added);
}

Batch::Added Batch::add(Draft& draft, std::vector<Missing> missing) {
  const Outbox& waiting = draft.outbox.now();
  if (is_what_waits(missing, waiting)) return {};
  Outbox wanted;
  Added added;
  for (Missing& each : missing) {
    const std::string& key = each.pending->record.key;
    const auto known = waiting.find(key);
    if (known != waiting.end()) {
      wanted.emplace(key, wanted_again(known->second));
      continue;
    }
    if (shared_.live.pending() + added_ >= limits::pending_effects) {
      ++left_out_;
      continue;
    }
    wanted.emplace(key, each.pending);
    if (!each.body.empty()) draft.bodies.emplace(key, std::move(each.body));
    added.push_back(std::move(each.pending));
    ++added_;
  }
  for (const auto& [key, pending] : waiting) {
    if (wanted.contains(key) || !may_have_made(*pending)) continue;
    wanted.emplace(key, withdrawn(pending));
  }
  draft.outbox.become(std::move(wanted));
  return added;
}

// Too many at once, or of a store that was restored.
bool Batch::must_wait(const Added& added) const {
  return added.size() > shared_.effects_per_change() || (shared_.is_restored && !added.empty());
}

void Batch::hold(const Added& added) {
  held_ = true;
  for (const auto& pending : added) pending->record.held = true;
}

Result<std::uint64_t> Batch::change_policy(store::PolicyRecord record, PolicyInForce policy,
                                           std::vector<Reevaluated>& products) {
  record.at = now_;  // when it comes into force
  auto revision = transaction_.append_policy(record);
  if (!revision) return revision;
  wrote_ = true;
  if (Status put = transaction_.put_meta(instead_of_meta, policy.instead_of); !put)
    return failure(put);
  policy_ = {*revision, std::move(policy.program), record.at, record.poster,
             std::move(policy.instead_of)};
  Added added;
  for (Reevaluated& product : products) {
    Draft made = outbox_of(product.product);
    made.after = std::move(product.after);
    made.after->revision = *revision;
    Draft& draft = drafts_.insert_or_assign(product.product, std::move(made)).first->second;
    if (!product.reached) continue;
    if (!product.deltas.empty()) {
      Status recorded =
          record_change(draft, fmt::format("policy {}", *revision), product.plan.change);
      if (!recorded) return failure(recorded);
    }
    Added here = add(draft, std::move(product.missing));
    std::move(here.begin(), here.end(), std::back_inserter(added));
  }
  if (must_wait(added)) hold(added);
  events_.push_back(
      policy_event(transaction_.next_position(), *revision, policy_.program->hash, record.poster));
  if (Status closed = close(store::EntryKind::policy, now_, record.poster, {}); !closed)
    return failure(closed);
  return revision;
}

Status Batch::write_outbox() {
  for (auto& [product, draft] : drafts_) {
    if (!draft.outbox.has_changed()) continue;
    const Outbox& before = draft.outbox.before();
    const Outbox& now = draft.outbox.now();
    for (const auto& [key, pending] : before) {
      if (now.contains(key)) continue;
      wrote_ = true;
      if (Status removed = transaction_.remove_effect(key); !removed) return removed;
    }
    for (const auto& [key, pending] : now) {
      const auto known = before.find(key);
      if (known != before.end() && known->second == pending) continue;
      store::EffectRecord record = pending->record;
      const auto written = draft.bodies.find(key);
      record.body = written != draft.bodies.end() ? std::move(written->second)
                                                  : wire::write_effect(pending->effect);
      wrote_ = true;
      if (Status put = transaction_.put_effect(record); !put) return put;
    }
  }
  return Done{};
}

std::vector<std::pair<ViewPtr, std::vector<Step>>> Batch::take_earlier() {
  std::vector<std::pair<ViewPtr, std::vector<Step>>> earlier;
  for (auto& [product, draft] : drafts_) {
    if (draft.before && !draft.is_large)
      earlier.emplace_back(std::move(draft.before), std::move(draft.steps));
  }
  return earlier;
}

std::vector<LiveProducts::Change> Batch::take_changes() {
  std::vector<LiveProducts::Change> changes;
  for (auto& [product, draft] : drafts_) {
    changes.push_back({product, std::move(draft.after), draft.outbox.take()});
  }
  drafts_.clear();
  return changes;
}

}  // namespace riskd::service
