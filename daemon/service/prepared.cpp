#include "daemon/service/prepared.hpp"

#include <algorithm>
#include <utility>

#include "daemon/wire/json.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

std::shared_ptr<ProductView> copy_or_new(const Posting& posting, const PolicyInForce& policy,
                                         const ViewPtr& before, Instant now) {
  if (before) return std::make_shared<ProductView>(*before);
  engine::Product empty;
  empty.id = posting.product;
  return std::make_shared<ProductView>(engine::LiveProduct(policy.program, std::move(empty), now),
                                       policy.revision);
}

// A component that comes, goes or changes its type may change all that is derived of a product.
bool changes_all(const engine::Product& product, const engine::FactBody& body) {
  const auto* fact = std::get_if<engine::ComponentFact>(&body);
  if (fact == nullptr) return false;
  const auto known = product.components.find(engine::present_component(product, fact->id));
  if (known == product.components.end() || fact->removed || !fact->was.empty()) return true;
  const std::string& type = known->second.type.value;
  const bool same_type =
      fact->type.empty() || fact->type == type || type.ends_with("." + fact->type);
  return !known->second.exists() || !same_type;
}

}  // namespace

bool has_many_results(const Posting& posting) {
  return std::any_of(posting.facts.begin(), posting.facts.end(), [](const PostedFact& fact) {
    const auto* run = std::get_if<engine::RunFact>(&fact.body);
    return run != nullptr && run->results.size() >= limits::many_results;
  });
}

bool is_large(const Posting& posting, const ProductView* view) {
  if (posting.approval) return false;
  bool all = false;
  for (const PostedFact& fact : posting.facts) {
    if (!engine::may_arrive_later(fact.body)) return false;
    all = all || (view != nullptr && changes_all(view->facts(), fact.body));
  }
  return has_many_results(posting) || posting.facts.size() > limits::facts_in_turn ||
         (all && view->facts().components.size() > limits::components_in_turn);
}

Prepared prepare(const Shared& shared, const Posting& posting, PolicyInForce policy, ViewPtr before,
                 Instant now) {
  Prepared prepared;
  prepared.policy = std::move(policy);
  prepared.before = std::move(before);
  prepared.now = prepared.before ? std::max(now, prepared.before->live.now()) : now;
  prepared.judged = judge(posting, prepared.policy, prepared.before.get(), prepared.now);
  if (prepared.judged.error || prepared.judged.facts.empty()) return prepared;

  prepared.after = copy_or_new(posting, prepared.policy, prepared.before, prepared.now);
  ProductView& after = *prepared.after;
  std::uint64_t seq = after.facts().last_seq;
  std::vector<engine::Fact> facts;
  facts.reserve(prepared.judged.facts.size());
  for (PostedFact& fact : prepared.judged.facts) {
    prepared.bodies.push_back(wire::write_fact_body(fact.body));
    // A time after the arrival counts as the arrival. What a run says is of the moment at which it came.
    if (fact.at && *fact.at >= prepared.now) fact.at.reset();
    if (std::holds_alternative<engine::RunFact>(fact.body) && !fact.at) fact.at = prepared.now;
    engine::Provenance from{++seq, fact.at.value_or(prepared.now), posting.poster};
    if (fact.at) from.received = prepared.now;
    facts.push_back({std::move(from), std::move(fact.body)});
  }
  const engine::Deltas deltas = [&] {
    const Timed timed(shared.meters->evaluation(Evaluated::large));
    return after.live.apply(std::move(facts), prepared.now);
  }();
  after.revision = prepared.policy.revision;
  prepared.changed = wire::write_changed(after.live, deltas);
  prepared.changes_nothing = deltas.empty();
  prepared.missing = reconciled(shared, after);
  for (Missing& each : prepared.missing) each.body = wire::write_effect(each.pending->effect);
  if (posting.tell) prepared.told = posting.tell(after);
  return prepared;
}

}  // namespace riskd::service
