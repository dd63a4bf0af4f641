// Aggregates over lists of elements, and the lists themselves.
#include <algorithm>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

std::optional<Value> Evaluator::counted(const Node& node, const Context& context) {
  if (trace_ != nullptr || dependencies_.counted.empty()) return std::nullopt;
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
    item.component = scopes_[component + std::size_t{1}].get();
    return eval(body, item);
  });
}

Value Evaluator::aggregate(const Node& node, const Context& context) {
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
  Value result = function == Aggregate::any                                 ? Value::truth(false)
                 : function == Aggregate::all                               ? Value::truth(true)
                 : function == Aggregate::product                           ? Value::of(1)
                 : function == Aggregate::max || function == Aggregate::min ? Value::none()
                                                                            : Value::of(0);
  double members = 0;
  for (const Context& item : items(list, context)) {
    const Value value = kids.empty() ? Value::truth(true) : eval(kids[0], item);
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
  const bool extreme =
      function == Aggregate::max || function == Aggregate::min || function == Aggregate::mean;
  if (members == 0 && extreme) return Value::unknown();
  return function == Aggregate::mean ? divide(result, Value::of(members)) : result;
}

std::vector<Context> Evaluator::items(List list, const Context& context) {
  std::vector<Context> found;
  const auto add_risk = [&](RiskInstance* risk) {
    Context item = context;
    item.risk = risk;
    found.push_back(item);
  };
  const auto add_weakness = [&](WeaknessInstance* weakness) {
    Context item = context;
    item.weakness = weakness;
    found.push_back(item);
  };
  const auto add_countermeasure = [&](CountermeasureInstance* countermeasure,
                                      WeaknessInstance* weakness, std::uint32_t use) {
    Context item = context;
    item.countermeasure = countermeasure;
    if (weakness != nullptr) item.weakness = weakness;
    item.use = use;
    found.push_back(item);
  };
  switch (list) {
    case List::product_components:
      for (std::size_t i = 1; i < scopes_.size(); ++i) {
        Context item = context;
        item.component = scopes_[i].get();
        found.push_back(item);
      }
      break;
    case List::product_risks:
      for (RiskInstance* risk : risks()) add_risk(risk);
      break;
    case List::component_risks:
      if (context.component != nullptr) {
        for (RiskInstance* risk : risks_in(*context.component)) add_risk(risk);
      }
      break;
    case List::risk_weaknesses:
      if (context.risk != nullptr) {
        for (WeaknessInstance* weakness : weaknesses_of(*context.risk)) add_weakness(weakness);
      }
      break;
    case List::risk_countermeasures: {
      if (context.risk == nullptr) break;
      const CountermeasureInstance* last = nullptr;
      for (const UseInRisk& use : uses_of(*context.risk)) {
        if (use.countermeasure != last) add_countermeasure(use.countermeasure, nullptr, no_index);
        last = use.countermeasure;
      }
      break;
    }
    case List::weakness_risks:
      if (context.weakness != nullptr) {
        for (RiskInstance* risk : risks_of(*context.weakness)) add_risk(risk);
      }
      break;
    case List::weakness_countermeasures:
      if (context.weakness != nullptr) {
        for (const auto& [use, countermeasure] : uses_of(*context.weakness))
          add_countermeasure(countermeasure, context.weakness, use);
      }
      break;
    case List::countermeasure_risks: {
      if (context.countermeasure == nullptr) break;
      std::map<std::string, RiskInstance*> by_id;
      for (const auto& [use, weakness] : uses_of(*context.countermeasure)) {
        for (RiskInstance* risk : risks_of(*weakness)) by_id[risk->id] = risk;
      }
      for (const auto& [id, risk] : by_id) add_risk(risk);
      break;
    }
    case List::countermeasure_weaknesses:
      if (context.countermeasure != nullptr) {
        for (const auto& [use, weakness] : uses_of(*context.countermeasure)) add_weakness(weakness);
      }
      break;
    case List::product_undecided:
    case List::none:
      break;
  }
  return found;
}

}  // namespace riskd::engine
