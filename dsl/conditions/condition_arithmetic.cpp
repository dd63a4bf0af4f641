// The value of an arithmetic operation, case by case.
#include <algorithm>
#include <optional>

#include "dsl/conditions/condition_reading.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

namespace {

bool selects(const Node& node) { return node.op == Op::minimum || node.op == Op::maximum; }

// The result of the operands so far, which is `a`, with one more, which is number `i`.
Value combine(const Node& node, std::size_t i, const Value& a, const Value& b) {
  if (node.op == Op::minimum) return engine::minimum(a, b);
  if (node.op == Op::maximum) return engine::maximum(a, b);
  if (i == 0) {
    if (node.op == Op::negate) return engine::negate(b);
    if (node.op == Op::square_root) return engine::square_root(b);
    if (node.op == Op::to_day) return engine::floor_to(b, 86'400);
    return b;
  }
  if (node.op == Op::add) return engine::add(a, b);
  if (node.op == Op::subtract) return engine::subtract(a, b);
  if (node.op == Op::multiply) return engine::multiply(a, b);
  return engine::divide(a, b);
}

// Whether the minimum or maximum of the two is exact. One or both may stand for a gap.
bool can_select(const ConditionReading& reading, const Case& a, const Case& b) {
  if (a.symbol == b.symbol) return true;
  if (a.symbol != 0 && b.symbol != 0) return false;
  return comparable(reading, a, b.value) && comparable(reading, b, a.value);
}

// One more operand; nullopt: the result is not exact.
std::optional<Cases> combine_all(ConditionReading& reading, const Node& node, std::size_t i,
                                 const Cases& so_far, const Cases& operand) {
  if (so_far.size() * operand.size() > limits::value_pairs) return std::nullopt;
  Cases next;
  for (const Case& a : so_far) {
    for (const Case& b : operand) {
      const Diagram when = reading.diagrams.both(a.when, b.when);
      if (when == nowhere) continue;
      std::uint32_t symbol = a.symbol == 0 ? b.symbol : a.symbol;
      if (selects(node) ? !can_select(reading, a, b) : symbol != 0) return std::nullopt;
      const Value value = combine(node, i, a.value, b.value);
      // Which of the two was taken, so that a constant stays one.
      if (selects(node) && value.known()) symbol = value == b.value ? b.symbol : a.symbol;
      if (value.is_none()) symbol = 0;
      add(reading.diagrams, next, when, value, symbol);
      if (next.size() > limits::value_cases) return std::nullopt;
    }
  }
  return next;
}

// Of how many values it is the mean depends on which of them there are: only that of constants is exact.
std::optional<Cases> mean_of(ConditionReading& reading, const Node& node, Label label) {
  const auto kids = reading.program.kids_of(node);
  Value sum = Value::of(0);
  for (const NodeId kid : kids) {
    const Cases& values = cases_of(reading, kid, label);
    if (values.size() != 1 || values.front().symbol != 0 || !values.front().value.known())
      return std::nullopt;
    sum = engine::add(sum, values.front().value);
  }
  const Value count = Value::of(static_cast<double>(kids.size()));
  return Cases{{everywhere, engine::divide(sum, count), 0}};
}

std::optional<Cases> exact_result(ConditionReading& reading, const Node& node, Label label) {
  if (node.op == Op::age) return std::nullopt;
  if (node.op == Op::mean) return mean_of(reading, node, label);
  const auto kids = reading.program.kids_of(node);
  Cases result{{everywhere, Value::none(), 0}};
  for (std::size_t i = 0; i < kids.size(); ++i) {
    auto next = combine_all(reading, node, i, result, cases_of(reading, kids[i], label));
    if (!next) return std::nullopt;
    result = std::move(*next);
  }
  return result;
}

// Where the result is no value.
Diagram none_of(ConditionReading& reading, const Node& node, Label label) {
  DecisionDiagrams& diagrams = reading.diagrams;
  const bool skips_none = selects(node) || node.op == Op::mean;
  Diagram none = skips_none ? everywhere : nowhere;
  for (const NodeId kid : reading.program.kids_of(node)) {
    Diagram here = nowhere;
    for (const Case& each : cases_of(reading, kid, label)) {
      if (each.value.is_none()) here = diagrams.either(here, each.when);
    }
    none = skips_none ? diagrams.both(none, here) : diagrams.either(none, here);
  }
  return none;
}

}  // namespace

// Exact on constants. Otherwise only whether there is a value at all is known of the result.
Cases arithmetic_of(ConditionReading& reading, NodeId id, Label label) {
  const Node& node = reading.program.nodes[id];
  if (auto exact = exact_result(reading, node, label)) return std::move(*exact);
  DecisionDiagrams& diagrams = reading.diagrams;
  const Diagram none = none_of(reading, node, label);
  Cases found;
  add_all(diagrams, found, diagrams.negated(none), reading.inputs.value_beyond(id, label, false));
  add(diagrams, found, none, Value::none(), 0);
  return found;
}

}  // namespace riskd::dsl
