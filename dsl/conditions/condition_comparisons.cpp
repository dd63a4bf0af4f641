// One value compared with another.
#include <algorithm>
#include <cmath>
#include <optional>

#include "dsl/conditions/condition_reading.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

namespace {

// The comparison's value; nothing where it is beyond analysis.
std::optional<Value> compare(const ConditionReading& reading, Op op, const Case& a, const Case& b) {
  const bool decided =
      a.symbol != 0 && b.symbol != 0
          ? a.symbol == b.symbol && a.symbol != Case::mixed && a.value.known() && b.value.known()
          : comparable(reading, a, b.value) && comparable(reading, b, a.value);
  if (!decided && !a.value.is_none() && !b.value.is_none()) return std::nullopt;
  if (op == Op::less) return engine::less(a.value, b.value);
  if (op == Op::less_equal) return engine::less_equal(a.value, b.value);
  return engine::equal(a.value, b.value);
}

}  // namespace

bool comparable(const ConditionReading& reading, const Case& symbol, const Value& with) {
  if (symbol.symbol == 0 || with.is_none() || symbol.value.is_none()) return true;
  if (symbol.symbol == Case::mixed) return false;
  const std::vector<double>& cuts = reading.scan.cuts_of(reading.inputs.of(symbol).node);
  const auto cut = [&](double x) {
    return std::isinf(x) || std::binary_search(cuts.begin(), cuts.end(), x);
  };
  return cut(with.lo) && cut(with.hi);
}

Truth comparison_of(ConditionReading& reading, NodeId id, Label label) {
  DecisionDiagrams& diagrams = reading.diagrams;
  const Node& node = reading.program.nodes[id];
  const auto kids = reading.program.kids_of(node);
  const Cases& left = cases_of(reading, kids[0], label);
  const Cases& right = cases_of(reading, kids[1], label);
  if (left.size() * right.size() > limits::value_pairs)
    return reading.inputs.truth_beyond(id, label);
  Truth result{nowhere, nowhere};
  Diagram unknown = nowhere;
  Diagram beyond = nowhere;
  for (const Case& a : left) {
    for (const Case& b : right) {
      const auto value = compare(reading, node.op, a, b);
      // What is neither true nor unknown need not be collected.
      if (value && value->is_false()) continue;
      const Diagram when = diagrams.both(a.when, b.when);
      Diagram& part = !value ? beyond : value->is_true() ? result.yes : unknown;
      part = diagrams.either(part, when);
    }
  }
  if (beyond != nowhere) {
    const Truth free = reading.inputs.truth_beyond(id, label);
    result.yes = diagrams.either(result.yes, diagrams.both(beyond, free.yes));
    unknown = diagrams.either(unknown, diagrams.both(beyond, unknown_of(diagrams, free)));
  }
  if (unknown == nowhere) return {result.yes, Truth::complement};
  result.no = diagrams.negated(diagrams.either(result.yes, unknown));
  return result;
}

}  // namespace riskd::dsl
