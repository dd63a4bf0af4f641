// The greatest and the least of all risks, and what is counted over components: kept from change to change.
#include <algorithm>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

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

}  // namespace riskd::engine
