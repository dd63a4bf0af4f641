#include "engine/evaluate/aggregates.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/neighbours.hpp"
#include "engine/evaluate/risk_ratings.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/evaluate/values.hpp"

namespace riskd::engine {

Aggregates::Aggregates(const Basis& basis, const Scopes& scopes, Elements& elements, Values& values,
                       RiskRatings& ratings)
    : basis_(basis),
      program_(basis.program),
      dependencies_(basis.dependencies),
      scopes_(scopes),
      elements_(elements),
      values_(values),
      ratings_(ratings) {}

void Aggregates::copy(const Aggregates& other) {
  extremes_ = other.extremes_;
  counters_ = other.counters_;
}

namespace {

// What an aggregate is before any item.
Value value_of_nothing(Aggregate function) {
  switch (function) {
    case Aggregate::any:
      return Value::truth(false);
    case Aggregate::all:
      return Value::truth(true);
    case Aggregate::product:
      return Value::of(1);
    case Aggregate::max:
    case Aggregate::min:
      return Value::none();
    case Aggregate::count:
    case Aggregate::sum:
    case Aggregate::mean:
      return Value::of(0);
  }
  return Value::none();
}

// Whether it has no value where no item has one.
bool needs_members(Aggregate function) {
  switch (function) {
    case Aggregate::max:
    case Aggregate::min:
    case Aggregate::mean:
      return true;
    case Aggregate::any:
    case Aggregate::all:
    case Aggregate::count:
    case Aggregate::sum:
    case Aggregate::product:
      return false;
  }
  return false;
}

}  // namespace

Value Aggregates::value(const Node& node, const Context& context) {
  const auto function = static_cast<Aggregate>(node.a);
  const auto kids = program_.kids_of(node);
  const auto list = static_cast<List>(node.b);
  if (list == List::product_undecided) {
    double count = 0;
    for (const auto& scope : scopes_)
      count += static_cast<double>(
          std::count(scope->patterns.begin(), scope->patterns.end(), Applies::undecided));
    return Value::of(count);
  }
  if (const auto extreme = extreme_of(node)) return *extreme;
  if (const auto value = counted(node, context)) return *value;
  Value result = value_of_nothing(function);
  double members = 0;
  for (const Context& item : items(list, context)) {
    const Value value = kids.empty() ? Value::truth(true) : values_.eval(kids[0], item);
    if (value.is_none()) continue;
    ++members;
    switch (function) {
      case Aggregate::any:
        result = logic_or(result, value);
        break;
      case Aggregate::all:
        result = logic_and(result, value);
        break;
      case Aggregate::count:
      case Aggregate::sum:
      case Aggregate::mean:
        result = add(result, value);
        break;
      case Aggregate::product:
        result = multiply(result, value);
        break;
      case Aggregate::max:
        result = maximum(result, value);
        break;
      case Aggregate::min:
        result = minimum(result, value);
        break;
    }
  }
  if (members == 0 && needs_members(function)) return Value::unknown();
  return function == Aggregate::mean ? divide(result, Value::of(members)) : result;
}

namespace {

// Makes items of a list: what the list is asked of, with one element more.
class Items {
 public:
  explicit Items(const Context& context) : context_(context) {}
  void add(RiskInstance* risk) { add().risk = risk; }
  void add(WeaknessInstance* weakness) { add().weakness = weakness; }
  void add(ScopeInstance& component) { add().component = &component; }
  void add(CountermeasureInstance* countermeasure, std::uint32_t use) {
    Context& item = add();
    item.countermeasure = countermeasure;
    item.use = use;
  }
  void add_all(const auto& elements) {
    for (auto* each : elements) add(each);
  }
  std::vector<Context> take() { return std::move(items_); }

 private:
  Context& add() { return items_.emplace_back(context_); }
  const Context& context_;
  std::vector<Context> items_;
};

void add_countermeasures(const RiskInstance& risk, Items& out) {
  const CountermeasureInstance* last = nullptr;
  for (const UseInRisk& use : uses_of(risk)) {
    if (use.countermeasure != last) out.add(use.countermeasure, no_index);
    last = use.countermeasure;
  }
}

void add_risks(const CountermeasureInstance& countermeasure, Items& out) {
  std::map<std::string, RiskInstance*> by_id;
  for (const auto& [use, weakness] : uses_of(countermeasure)) {
    for (RiskInstance* risk : risks_of(*weakness)) by_id[risk->id] = risk;
  }
  for (const auto& [id, risk] : by_id) out.add(risk);
}

}  // namespace

std::vector<Context> Aggregates::items(List list, const Context& context) {
  Items found(context);
  const auto& [component, risk, weakness, countermeasure, use, record] = context;
  switch (list) {
    case List::product_components:
      for (std::size_t i = 1; i < scopes_.size(); ++i) found.add(scopes_.at(i));
      break;
    case List::product_risks:
      found.add_all(elements_.risks());
      break;
    case List::component_risks:
      if (component != nullptr) found.add_all(elements_.risks_in(*component));
      break;
    case List::risk_weaknesses:
      if (risk != nullptr) found.add_all(weaknesses_of(*risk));
      break;
    case List::risk_countermeasures:
      if (risk != nullptr) add_countermeasures(*risk, found);
      break;
    case List::weakness_risks:
      if (weakness != nullptr) found.add_all(risks_of(*weakness));
      break;
    case List::weakness_countermeasures:
      if (weakness == nullptr) break;
      for (const auto& each : uses_of(*weakness)) found.add(each.element, each.use);
      break;
    case List::countermeasure_risks:
      if (countermeasure != nullptr) add_risks(*countermeasure, found);
      break;
    case List::countermeasure_weaknesses:
      if (countermeasure == nullptr) break;
      for (const auto& each : uses_of(*countermeasure)) found.add(each.element);
      break;
    case List::product_undecided:
    case List::none:
      break;
  }
  return found.take();
}

std::optional<Value> Aggregates::counted(const Node& node, const Context& context) {
  if (basis_.trace != nullptr || dependencies_.counted.empty()) return std::nullopt;
  const std::uint32_t index =
      dependencies_.counter_of(static_cast<NodeId>(&node - program_.nodes.data()));
  if (index == no_index) return std::nullopt;
  if (counters_.empty()) {
    counters_.resize(dependencies_.counted.size());
    for (Counter& each : counters_) each.reset(scopes_.size() - 1);
  }
  const NodeId body = program_.kids_of(node)[0];
  return counters_[index].value(static_cast<Aggregate>(node.a), [&](std::uint32_t component) {
    Context item = context;
    item.component = &scopes_.at(component + std::size_t{1});
    return values_.eval(body, item);
  });
}

void Aggregates::Extreme::add(double other) {
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
std::optional<Value> Aggregates::extreme_of(const Node& node) {
  const auto function = static_cast<Aggregate>(node.a);
  if (basis_.trace != nullptr || dependencies_.model_reads.elements_read_far ||
      static_cast<List>(node.b) != List::product_risks ||
      (function != Aggregate::max && function != Aggregate::min))
    return std::nullopt;
  const Node& body = program_.nodes[program_.kids_of(node)[0]];
  if (body.op != Op::builtin) return std::nullopt;
  const auto what = static_cast<Builtin>(body.a);
  if (what != Builtin::inherent && what != Builtin::current && what != Builtin::projected)
    return std::nullopt;
  if (elements_.blocks().count<RiskInstance>() == 0) return Value::unknown();
  const auto id = static_cast<NodeId>(&node - program_.nodes.data());
  auto known = std::find_if(extremes_.begin(), extremes_.end(),
                            [&](const Extreme& each) { return each.node == id; });
  if (known == extremes_.end()) {
    extremes_.push_back({id, what, function == Aggregate::max, 0, 0});
    known = extremes_.end() - 1;
  }
  if (known->count == 0) {
    for (RiskInstance* risk : elements_.all<RiskInstance>()) {
      ratings_.adjust(*risk);
      known->add(of_risk(what, risk->inherent, risk->current, risk->projected));
    }
  }
  return Value::of(known->value);
}

// What a component's own cells say reaches the counters of that component alone.
void Aggregates::forget_counted(const ScopeInstance& source) {
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    if (!source.is_product())
      counters_[i].forget(source.number);
    else if (dependencies_.counted[i].reads_product)
      counters_[i].reset(scopes_.size() - 1);
  }
}

void Aggregates::forget_extreme(const RiskInstance& risk) {
  for (Extreme& each : extremes_) {
    if (each.count > 0) each.remove(of_risk(each.of, risk.inherent, risk.current, risk.projected));
  }
}

void Aggregates::enter_extremes(const RiskInstance& risk, double inherent, double current,
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

}  // namespace riskd::engine
