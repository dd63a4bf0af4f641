// A product from nothing, or anew: where components come and go, and where a policy has formulas along
// which nothing can be followed.
#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "engine/evaluator.hpp"
#include "engine/update.hpp"

namespace riskd::engine {

// ── the greatest and the least ─────────────────────────────────────────────────────────────────

void Evaluator::Extreme::add(double other) {
  if (count == 0 || (greatest ? other > value : other < value)) {
    value = other;
    count = 1;
  } else if (other == value) {
    ++count;
  }
}

namespace {

double of_risk(Builtin what, double inherent, double current, double projected) {
  return what == Builtin::inherent ? inherent : what == Builtin::current ? current : projected;
}

}  // namespace

// `max(risks, current)` and its like are kept from change to change; they run over all risks again
// where the last that has the value leaves.
std::optional<Value> Evaluator::extreme_of(const Node& node) {
  const auto function = static_cast<Aggregate>(node.a);
  if (trace_ != nullptr || dependencies_.elements_read_far ||
      static_cast<List>(node.b) != List::product_risks ||
      (function != Aggregate::max && function != Aggregate::min))
    return std::nullopt;
  const Node& body = program_.nodes[program_.kids_of(node)[0]];
  if (body.op != Op::builtin) return std::nullopt;
  const auto what = static_cast<Builtin>(body.a);
  if (what != Builtin::inherent && what != Builtin::current && what != Builtin::projected)
    return std::nullopt;
  if (blocks_.count<RiskInstance>() == 0) return Value::unknown();
  const auto id = static_cast<NodeId>(&node - program_.nodes.data());
  auto known = std::find_if(extremes_.begin(), extremes_.end(),
                            [&](const Extreme& each) { return each.node == id; });
  if (known == extremes_.end()) {
    extremes_.push_back({id, what, function == Aggregate::max, 0, 0});
    known = extremes_.end() - 1;
  }
  if (known->count == 0) {
    for (RiskInstance* risk : all_risks()) {
      adjust(*risk);
      known->add(of_risk(what, risk->inherent, risk->current, risk->projected));
    }
  }
  return Value::of(known->value);
}

// What a component's own cells say reaches the counters of that component alone.
void Evaluator::forget_counted(const ScopeInstance& source) {
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    if (!source.is_product())
      counters_[i].forget(source.number);
    else if (dependencies_.counted[i].reads_product)
      counters_[i].reset(scopes_.size() - 1);
  }
}

void Evaluator::forget_extreme(const RiskInstance& risk) {
  for (Extreme& each : extremes_) {
    if (each.count > 0) each.remove(of_risk(each.of, risk.inherent, risk.current, risk.projected));
  }
}

// The other values are those that the risk had.
void Evaluator::enter_extremes(const RiskInstance& risk, double inherent, double current,
                               double projected) {
  for (Extreme& each : extremes_) {
    if (each.count == 0) continue;  // is found anew when it is asked for
    const double now = of_risk(each.of, risk.inherent, risk.current, risk.projected);
    if (!risk.is_new) {
      const double before = of_risk(each.of, inherent, current, projected);
      if (before == now) continue;
      each.remove(before);
      if (each.count == 0) continue;
    }
    each.add(now);
  }
}

void Evaluator::forget_late() {
  const auto forget = [&](ScopeInstance& scope) {
    scope.ratings.clear();
    for (std::uint32_t i = 0; i < program_.lets.size(); ++i) {
      if (dependencies_.is_late[i]) scope.lets.erase(i);
    }
  };
  forget(product_scope());
  const auto of_component = [](const auto& all, const auto& counts) {
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (all[i].kind == Kind::component && counts(i)) return true;
    }
    return false;
  };
  if (!of_component(program_.ratings, [](std::uint32_t) { return true; }) &&
      !of_component(program_.lets, [&](std::uint32_t i) { return dependencies_.is_late[i]; }))
    return;
  for (std::size_t i = 1; i < scopes_.size(); ++i) forget(*scopes_[i]);
}

// ── a whole pass ───────────────────────────────────────────────────────────────────────────────

void Evaluator::compute_all() {
  for (RiskInstance* risk : all_risks()) {
    adjust(*risk);
    risk->is_new = false;
  }
  for (WeaknessInstance* weakness : all_weaknesses()) {
    weakness->last_tested = weakness->tested;
    weakness->is_new = false;
  }
  for (CountermeasureInstance* measure : all_countermeasures()) {
    state(*measure);
    measure->last_tested = measure->tested;
    measure->is_new = false;
  }
  rating_ = rating();
  tickets_.clear();
  if (program_.tickets.empty() && product_->tickets.empty()) return;
  for (const TicketRow& row : ticket_rows())
    tickets_.emplace(TicketKey{row.ticket, row.element}, row.desired);
}

Deltas Evaluator::difference_from(const Evaluator* before) {
  // By id: under another program an element has another place.
  struct OfElement {
    std::optional<State> state;
    Tested tested = Tested::untested;
  };
  std::unordered_map<std::string_view, const RiskInstance*> old_risks;
  std::unordered_map<std::string_view, OfElement> old_elements;  // weaknesses and countermeasures
  const std::map<TicketKey, Desired> no_tickets;
  const std::map<TicketKey, Desired>& old_tickets =
      before != nullptr ? before->tickets_ : no_tickets;
  if (before != nullptr) {
    old_risks.reserve(before->blocks_.count<RiskInstance>());
    old_elements.reserve(before->blocks_.count<WeaknessInstance>() +
                         before->blocks_.count<CountermeasureInstance>());
    for (const RiskInstance* each : before->all_risks()) old_risks.emplace(each->id.str(), each);
    for (const WeaknessInstance* each : before->all_weaknesses())
      old_elements.emplace(each->id.str(), OfElement{std::nullopt, each->last_tested});
    for (const CountermeasureInstance* each : before->all_countermeasures())
      old_elements.emplace(each->id.str(), OfElement{each->state, each->last_tested});
  }
  Deltas deltas;
  deltas.rating = rating_;
  deltas.rating_changed = rating_ != (before != nullptr ? before->rating_ : 0);
  for (const RiskInstance* risk : all_risks()) {
    RiskChange change;
    const auto known = old_risks.find(risk->id.str());
    if (known == old_risks.end()) {
      change.id = risk->id;
      change.whole = true;
      deltas.risks.push_back(std::move(change));
      continue;
    }
    const RiskInstance& was = *known->second;
    old_risks.erase(known);
    if (risk->inherent != was.inherent) change.inherent = risk->inherent;
    if (risk->projected != was.projected) change.projected = risk->projected;
    if (risk->current != was.current) change.current = risk->current;
    std::string band = band_name(program_, risk->current);
    if (band != band_name(before->program_, was.current)) change.band = std::move(band);
    if (!change.inherent && !change.current && !change.projected && !change.band) continue;
    change.id = risk->id;
    deltas.risks.push_back(std::move(change));
  }
  for (const auto& [id, risk] : old_risks) {
    RiskChange change;
    change.id = ElementId(std::string(id));  // the policy that it was under may not stay
    change.ended = true;
    deltas.risks.push_back(std::move(change));
  }
  const auto element = [&](const auto& instance, std::optional<State> state) {
    const auto known = old_elements.find(instance.id.str());
    const OfElement was = known == old_elements.end() ? OfElement{} : known->second;
    const bool other_state = state != was.state;
    const bool other_test = instance.tested != was.tested;
    if (!other_state && !other_test) return;
    StateChange change{instance.id, std::nullopt, std::nullopt};
    if (other_state) change.state = state;
    if (other_test) change.tested = instance.tested;
    deltas.states.push_back(std::move(change));
  };
  for (const WeaknessInstance* each : all_weaknesses()) element(*each, std::nullopt);
  for (const CountermeasureInstance* each : all_countermeasures()) element(*each, each->state);
  for (const auto& [key, desired] : tickets_) {
    const auto was = old_tickets.find(key);
    // Of a ticket that was not there before, only that it should be open is news.
    if (was == old_tickets.end() ? desired == Desired::open : was->second != desired)
      deltas.tickets.push_back({key.ticket, key.element, desired});
  }
  for (const auto& [key, desired] : old_tickets) {
    if (desired == Desired::open && !tickets_.contains(key))
      deltas.tickets.push_back({key.ticket, key.element, Desired::closed});
  }
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(deltas.risks.begin(), deltas.risks.end(), by_id);
  std::sort(deltas.states.begin(), deltas.states.end(), by_id);
  sort_by_element(deltas.tickets);
  return deltas;
}

Deltas Evaluator::rebuild() {
  Evaluator fresh(program_, *product_, now_);
  fresh.compute_all();
  Deltas deltas = fresh.difference_from(this);
  scopes_.swap(fresh.scopes_);
  std::swap(blocks_, fresh.blocks_);
  risks_by_id_.swap(fresh.risks_by_id_);
  decided_.swap(fresh.decided_);
  std::swap(false_positives_, fresh.false_positives_);
  tests_.swap(fresh.tests_);
  std::swap(staying_, fresh.staying_);
  std::swap(moving_, fresh.moving_);
  decision_ends_.swap(fresh.decision_ends_);
  stale_ends_.swap(fresh.stale_ends_);
  extremes_.swap(fresh.extremes_);
  counters_.swap(fresh.counters_);
  tickets_.swap(fresh.tickets_);
  rating_ = fresh.rating_;
  return deltas;
}

Deltas Evaluator::begin() {
  compute_all();
  return difference_from(nullptr);
}

}  // namespace riskd::engine
