#include "daemon/service/batch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "daemon/service/marker.hpp"
#include "daemon/wire/json.hpp"
#include "engine/complete.hpp"

namespace riskd::service {
namespace {

// Where a product was told so much, a copy of it costs less than to be told again.
bool is_much(const std::vector<engine::Fact>& facts) {
  return facts.size() > limits::facts_told_again ||
         std::any_of(facts.begin(), facts.end(), [](const engine::Fact& fact) {
           return std::holds_alternative<engine::RunFact>(fact.body);
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
  const auto found = drafts_.find(product);
  if (found != drafts_.end()) return &found->second;
  const ViewPtr view = shared_.live.view(product);
  if (!view) return nullptr;
  Draft draft;
  draft.after = spares_.take(*view);
  if (!draft.after) draft.after = std::make_shared<ProductView>(*view);
  draft.before = view;
  draft.outbox_before = shared_.live.outbox(product);
  draft.outbox = draft.outbox_before;
  return &drafts_.emplace(product, std::move(draft)).first->second;
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
                                    const std::string& poster) {
  ProductView& view = *draft.after;
  std::vector<engine::Fact> applied;
  applied.reserve(facts.size());
  for (PostedFact& fact : facts) {
    if (engine::is_incomplete(fact.body)) engine::complete(view.live.model(), fact.body);
    store::FactRecord record;
    record.product = view.live.facts().id;
    record.at = std::min(fact.at.value_or(now_), now_);
    record.received = now_;
    record.poster = poster;
    record.policy = policy_.revision;
    record.body = wire::write_fact_body(fact.body);
    auto seq = transaction_.append_fact(record);
    if (!seq) return Unexpected<Error>(seq.error());
    wrote_ = true;
    record.seq = *seq;
    applied.push_back({provenance_of(record), std::move(fact.body)});
  }
  Applied result;
  result.seq = applied.empty() ? view.live.facts().last_seq : applied.back().from.seq;
  draft.is_large = draft.is_large || is_much(applied);
  if (!draft.is_large) draft.steps.push_back({applied, now_});
  const engine::Deltas deltas = view.live.apply(std::move(applied), now_);
  view.revision = policy_.revision;
  result.change = wire::write_change(result.seq, view.live, deltas);
  if (!deltas.empty()) {
    Status recorded = record_change(draft, fmt::format("fact {}", result.seq), result.change);
    if (!recorded) return Unexpected<Error>(recorded.error());
  }
  reconcile(draft);
  return result;
}

Status Batch::let_time_pass(Draft& draft) {
  ProductView& view = *draft.after;
  draft.steps.push_back({{}, now_});
  const engine::Deltas deltas = view.live.apply({}, now_);
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
  record.body = line;
  wrote_ = true;
  events_.push_back({facts.last_seq, "change", facts.id, std::move(line)});
  return transaction_.append_change(record);
}

void Batch::reconcile(Draft& draft) {
  draft.after->notes.clear();
  const Keys added =
      missing_effects(draft, engine::reconcile(draft.after->live, &draft.after->notes));
  if (added.size() > shared_.effects_per_change()) hold(draft, added);
}

Batch::Keys Batch::missing_effects(Draft& draft, std::vector<engine::Effect> effects) {
  const engine::LiveProduct& live = draft.after->live;
  Outbox wanted;
  Keys added;
  for (engine::Effect& effect : effects) {
    effect.key = outbox_key(shared_.marker_key, effect.key);
    const std::string key = effect.key;
    const auto known = draft.outbox.find(key);
    if (known != draft.outbox.end()) {
      wanted.emplace(key, known->second);
      continue;
    }
    if (shared_.live.pending() + added_ >= limits::pending_effects) {
      spdlog::error("the outbox is full: `{}` of product `{}` waits for room in it", effect.name,
                    effect.product);
      continue;
    }
    auto pending = std::make_shared<Pending>();
    pending->record.key = key;
    pending->record.product = live.facts().id;
    pending->record.tracker = tracker_of(shared_.config, live.facts(), effect);
    pending->record.due = {};  // at once, whatever the clock says
    pending->effect = std::move(effect);
    if (!wanted.emplace(key, std::move(pending)).second) continue;
    added.push_back(key);
    ++added_;
  }
  draft.outbox = std::move(wanted);
  return added;
}

void Batch::hold(Draft& draft, const Keys& keys) {
  for (const std::string& key : keys) {
    Pending held = *draft.outbox.at(key);
    held.record.held = true;
    replace_effect(draft, std::move(held));
  }
}

void Batch::replace_effect(Draft& draft, Pending pending) {
  const auto known = draft.outbox.find(pending.record.key);
  if (known == draft.outbox.end()) return;
  known->second = std::make_shared<const Pending>(std::move(pending));
}

Result<std::uint64_t> Batch::change_policy(store::PolicyRecord record, engine::Policy program,
                                           std::vector<Reevaluated> products) {
  auto revision = transaction_.append_policy(record);
  if (!revision) return revision;
  wrote_ = true;
  policy_ = {*revision, std::move(program), record.at, record.poster};
  std::map<std::string, Keys> added;
  std::size_t count = 0;
  for (Reevaluated& product : products) {
    Draft made;
    made.after = std::move(product.after);
    made.after->revision = *revision;
    made.outbox_before = shared_.live.outbox(product.product);
    made.outbox = made.outbox_before;
    Draft& draft = drafts_.insert_or_assign(product.product, std::move(made)).first->second;
    if (!product.reached) continue;
    if (!product.deltas.empty()) {
      Status recorded =
          record_change(draft, fmt::format("policy {}", *revision), std::move(product.plan.change));
      if (!recorded) return Unexpected<Error>(recorded.error());
    }
    Keys keys = missing_effects(draft, std::move(product.effects));
    count += keys.size();
    added.emplace(product.product, std::move(keys));
  }
  if (count > shared_.effects_per_change()) {
    for (const auto& [product, keys] : added) hold(drafts_.at(product), keys);
  }
  events_.push_back({shared_.store->last_seq(),
                     "policy",
                     {},
                     fmt::format(R"({{"revision": {}, "policy": {}, "poster": {}}})", *revision,
                                 wire::quote(policy_.program->hash), wire::quote(record.poster))});
  return revision;
}

Status Batch::write_outbox() {
  for (const auto& [product, draft] : drafts_) {
    for (const auto& [key, pending] : draft.outbox_before) {
      if (draft.outbox.contains(key)) continue;
      wrote_ = true;
      if (Status removed = transaction_.remove_effect(key); !removed) return removed;
    }
    for (const auto& [key, pending] : draft.outbox) {
      const auto before = draft.outbox_before.find(key);
      if (before != draft.outbox_before.end() && before->second == pending) continue;
      store::EffectRecord record = pending->record;
      record.body = wire::write_effect(pending->effect);
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
    changes.push_back({product, std::move(draft.after), std::move(draft.outbox)});
  }
  drafts_.clear();
  return changes;
}

}  // namespace riskd::service
