// A product from nothing, or anew: where components come and go, and where a policy has formulas along
// which nothing can be followed.
#include <algorithm>
#include <deque>
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

// The id that an element of another policy, or of an earlier state of the product, has here.
std::string Evaluator::present_id(std::string_view id, Kind kind) const {
  const std::size_t slash = id.find('/');
  std::string prefix;
  if (slash != std::string_view::npos) {
    prefix = present_component(*product_, std::string(id.substr(0, slash))) + "/";
    id.remove_prefix(slash + 1);
  }
  const auto found = dependencies_.elements_named.find(id);
  if (found == dependencies_.elements_named.end()) return prefix + std::string(id);
  const auto& [risk, weakness, countermeasure] = found->second;  // definitions
  if (kind == Kind::risk && risk != no_index) return prefix + program_.risks[risk].id;
  if (kind == Kind::weakness && weakness != no_index)
    return prefix + program_.weaknesses[weakness].id;
  if (kind == Kind::countermeasure && countermeasure != no_index)
    return prefix + program_.countermeasures[countermeasure].id;
  return prefix + std::string(id);
}

TicketKey Evaluator::present_ticket(TicketKey key) const {
  const std::size_t slash = key.element.find('/');
  if (slash != std::string::npos)
    key.element.replace(0, slash, present_component(*product_, key.element.substr(0, slash)));
  return present_key(key);
}

std::vector<std::string> Evaluator::element_ids(const Evaluator* today) const {
  std::vector<std::string> ids;
  const auto add = [&](const auto& all, Kind kind) {
    for (const auto* each : all) {
      ids.push_back(today == nullptr ? each->id.str() : today->present_id(each->id.str(), kind));
    }
  };
  add(all_risks(), Kind::risk);
  add(all_weaknesses(), Kind::weakness);
  add(all_countermeasures(), Kind::countermeasure);
  std::sort(ids.begin(), ids.end());
  return ids;
}

Deltas Evaluator::difference_from(const Evaluator* before) {
  // By the id that it has here: under another program an element has another place, and perhaps another id.
  struct OldRisk {
    const RiskInstance* risk = nullptr;
    std::string was;
  };
  struct OldElement {
    std::optional<State> state;
    Tested tested = Tested::untested;
    std::string was;
  };
  const bool renames =
      before != nullptr && (!dependencies_.former.empty() || !product_->renamed_components.empty());
  std::deque<std::string> present;  // ids of today
  std::unordered_map<std::string_view, OldRisk> old_risks;
  std::unordered_map<std::string_view, OldElement> old_elements;  // weaknesses, countermeasures
  // The id in both maps' keys, and the earlier one where they differ.
  const auto named = [&](const std::string& id, Kind kind) {
    std::pair<std::string_view, std::string> names{id, {}};
    if (!renames) return names;
    std::string now = present_id(id, kind);
    if (now == id) return names;
    names.second = id;
    names.first = present.emplace_back(std::move(now));
    return names;
  };
  const auto keep = [](auto& map, std::pair<std::string_view, std::string> names,
                       const std::string& id, auto old) {
    old.was = std::move(names.second);
    if (map.emplace(names.first, old).second) return;
    // Two have one id today: what is there has been said of one of them.
    old.was.clear();
    map.emplace(id, std::move(old));
  };
  std::map<TicketKey, Desired> old_tickets;
  if (before != nullptr) {
    old_risks.reserve(before->blocks_.count<RiskInstance>());
    old_elements.reserve(before->blocks_.count<WeaknessInstance>() +
                         before->blocks_.count<CountermeasureInstance>());
    for (const RiskInstance* each : before->all_risks())
      keep(old_risks, named(each->id.str(), Kind::risk), each->id.str(), OldRisk{each, {}});
    for (const WeaknessInstance* each : before->all_weaknesses())
      keep(old_elements, named(each->id.str(), Kind::weakness), each->id.str(),
           OldElement{std::nullopt, each->last_tested, {}});
    for (const CountermeasureInstance* each : before->all_countermeasures())
      keep(old_elements, named(each->id.str(), Kind::countermeasure), each->id.str(),
           OldElement{each->state, each->last_tested, {}});
    if (renames) {
      for (const auto& [key, desired] : before->tickets_)
        old_tickets.emplace(present_ticket(key), desired);
    }
  }
  const std::map<TicketKey, Desired>& tickets_before =
      before == nullptr || renames ? old_tickets : before->tickets_;
  Deltas deltas;
  deltas.rating = rating_;
  deltas.rating_changed = rating_ != (before != nullptr ? before->rating_ : 0);
  for (const RiskInstance* risk : all_risks()) {
    RiskChange change;
    const auto known = old_risks.find(risk->id.str());
    if (known == old_risks.end() || !known->second.was.empty()) {
      change.id = risk->id;
      change.whole = true;
      if (known != old_risks.end()) {
        change.was = std::move(known->second.was);
        old_risks.erase(known);
      }
      deltas.risks.push_back(std::move(change));
      continue;
    }
    const RiskInstance& was = *known->second.risk;
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
  for (const auto& [id, old] : old_risks) {
    RiskChange change;
    // The policy that it was under may not stay.
    change.id = ElementId(old.was.empty() ? std::string(id) : old.was);
    change.ended = true;
    deltas.risks.push_back(std::move(change));
  }
  const auto element = [&](const auto& instance, std::optional<State> state) {
    const auto known = old_elements.find(instance.id.str());
    const OldElement was = known == old_elements.end() ? OldElement{} : known->second;
    const bool other_state = state != was.state;
    const bool other_test = instance.tested != was.tested;
    if (!other_state && !other_test && was.was.empty()) return;
    StateChange change{instance.id, std::nullopt, std::nullopt, was.was};
    if (other_state) change.state = state;
    if (other_test) change.tested = instance.tested;
    deltas.states.push_back(std::move(change));
  };
  for (const WeaknessInstance* each : all_weaknesses()) element(*each, std::nullopt);
  for (const CountermeasureInstance* each : all_countermeasures()) element(*each, each->state);
  for (const auto& [key, desired] : tickets_) {
    const auto was = tickets_before.find(key);
    // Of a ticket that was not there before, only that it should be open is news.
    if (was == tickets_before.end() ? desired == Desired::open : was->second != desired)
      deltas.tickets.push_back({key.ticket, key.element, desired});
  }
  for (const auto& [key, desired] : tickets_before) {
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
