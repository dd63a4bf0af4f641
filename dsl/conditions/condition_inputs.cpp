#include "dsl/conditions/condition_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace riskd::dsl {
using engine::Aggregate;
using engine::Base;
using engine::Builtin;
using engine::Kind;
using engine::no_index;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double day = 86'400;

// The values that an input can have at most.
struct Line {
  double low = -infinity;
  double high = infinity;
  double step = 0;  // all values are multiples of it; 0: any number
};

void narrow(Line& line, Builtin builtin) {
  if (builtin == Builtin::mitigates) line.low = 0, line.high = 1;
  if (builtin == Builtin::rating || builtin == Builtin::inherent || builtin == Builtin::current ||
      builtin == Builtin::projected)
    line.low = 0, line.high = 100;
  if (builtin == Builtin::cwe) line.low = 0, line.step = 1;
  if (builtin == Builtin::accepted_until) line.step = day;
}

// A line that is too wide costs precision and is never wrong.
Line line_of(const Node& node) {
  Line line;
  if (node.op == Op::question || node.op == Op::field) {
    if (node.type.base == Base::percent) line.low = 0, line.high = 1;
    if (node.type.base == Base::duration) line.low = 0;
    if (node.type.base == Base::date) line.step = day;
  }
  if (node.op == Op::rating) line.low = 0, line.high = 100;
  if (node.op == Op::builtin) narrow(line, static_cast<Builtin>(node.a));
  if (node.op == Op::today || node.op == Op::age) line.step = day;
  if (node.op == Op::aggregate && static_cast<Aggregate>(node.a) == Aggregate::count)
    line.low = 0, line.step = 1;
  return line;
}

// The constants as points, the gaps between them by one value in each.
std::vector<std::pair<Value, bool>> cells_of(const Line& line, std::vector<double> points) {
  std::vector<std::pair<Value, bool>> found;
  points.erase(std::remove_if(points.begin(), points.end(),
                              [&](double x) { return x < line.low || x > line.high; }),
               points.end());
  if (std::isfinite(line.low) && (points.empty() || points.front() != line.low))
    points.insert(points.begin(), line.low);
  if (std::isfinite(line.high) && points.back() != line.high) points.push_back(line.high);
  // The value just above (or below) `x` that the input can have.
  const auto above = [&](double x) {
    return line.step == 0 ? std::nextafter(x, infinity)
                          : std::floor(x / line.step) * line.step + line.step;
  };
  const auto below = [&](double x) {
    return line.step == 0 ? std::nextafter(x, -infinity)
                          : std::ceil(x / line.step) * line.step - line.step;
  };
  if (points.empty()) return {{Value::of(0), true}};
  if (points.front() > line.low) found.emplace_back(Value::of(below(points.front())), true);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (line.step == 0 || std::fmod(points[i], line.step) == 0)
      found.emplace_back(Value::of(points[i]), false);
    const double next = i + 1 < points.size() ? points[i + 1] : line.high;
    if (points[i] >= line.high) break;
    if (above(points[i]) < next) found.emplace_back(Value::of(above(points[i])), true);
  }
  return found;
}

}  // namespace

Label read_label(Kind kind, Label label) {
  switch (kind) {
    case Kind::product:
    case Kind::component:
    case Kind::countermeasure:
      return 0;
    case Kind::weakness:
      return label / 3 % 2 * 3;
    case Kind::risk:
    case Kind::run:
      return label % 3;
  }
  return 0;
}

Label let_label(Kind kind, Label label) {
  const int weakness = label / 3 % 2;
  switch (kind) {
    case Kind::risk:
      return label % 3;
    case Kind::weakness:
      return static_cast<Label>(1 + weakness + 3 * weakness + 6);
    case Kind::countermeasure:
      return 2 + 3 + 6;
    case Kind::product:
    case Kind::component:
    case Kind::run:
      return 0;
  }
  return 0;
}

void ConditionInputs::start(Where where, bool unknowns) {
  where_ = where;
  unknowns_ = unknowns;
  inputs_.clear();
  input_by_key_.clear();
}

Input& ConditionInputs::input(Input::What what, NodeId node, Label label, unsigned bit) {
  const Key key{static_cast<std::uint64_t>(what) << 40 | std::uint64_t{label} << 32 | node, bit};
  const auto [known, fresh] =
      input_by_key_.try_emplace(key, static_cast<std::uint32_t>(inputs_.size()));
  if (fresh) {
    Input& made = inputs_.emplace_back();
    made.what = what;
    made.node = node;
    made.label = label;
    made.bit = bit;
    made.symbol = static_cast<std::uint32_t>(inputs_.size());
  }
  return inputs_[known->second];
}

Diagram ConditionInputs::variable_of(Input::What what, NodeId node, Label label, unsigned bit) {
  Input& made = input(what, node, label, bit);
  if (made.cases.empty()) {
    const Diagram yes = diagrams_.variable();
    made.cases = {{diagrams_.negated(yes), Value::of(0), 0}, {yes, Value::of(1), 0}};
  }
  return made.cases.back().when;
}

// Gives each value its part of the space: variables split the list in halves, so that every assignment
// means exactly one value, and what is less than a bound is found by few of them.
void ConditionInputs::spread(Input& made, const std::vector<Cell>& values) {
  std::vector<Diagram> levels;
  const std::function<void(std::size_t, std::size_t, std::size_t, Diagram)> split =
      [&](std::size_t begin, std::size_t end, std::size_t level, Diagram when) {
        if (end - begin == 1) {
          made.cases.push_back({when, values[begin].first, values[begin].second ? made.symbol : 0});
          return;
        }
        if (level == levels.size()) levels.push_back(diagrams_.variable());
        const std::size_t middle = begin + (end - begin + 1) / 2;
        split(begin, middle, level + 1, diagrams_.without(when, levels[level]));
        split(middle, end, level + 1, diagrams_.both(when, levels[level]));
      };
  split(0, values.size(), 0, everywhere);
}

// All values of an enumeration; of a number, each constant that it is compared with, and the gaps
// between them.
std::vector<ConditionInputs::Cell> ConditionInputs::cells(NodeId id) const {
  const Node& node = program_.nodes[id];
  if (node.type.base == Base::truth) return {{Value::of(0), false}, {Value::of(1), false}};
  std::vector<Cell> found;
  if (node.type.base == Base::choice || node.type.base == Base::scale) {
    const auto& steps = program_.enums[node.type.of].steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double value = node.type.base == Base::scale ? steps[i].number : static_cast<double>(i);
      found.emplace_back(Value::of(value), false);
    }
    return found;
  }
  const std::vector<double>& points = scan_.cuts_of(id);
  if (node.type.base != Base::text) return cells_of(line_of(node), points);
  for (const double point : points) found.emplace_back(Value::of(point), false);
  found.emplace_back(Value::of(-1), true);  // any other text
  return found;
}

const Cases& ConditionInputs::answer(NodeId node) {
  Input& made = input(Input::What::value, node, 0);
  if (made.cases.empty()) spread(made, cells(node));
  return made.cases;
}

const Cases& ConditionInputs::free_value(NodeId node, Label label, bool with_none) {
  Input& made = input(Input::What::value, node, label);
  if (made.cases.empty()) {
    auto values = cells(node);
    if (with_none) values.emplace_back(Value::none(), false);
    if (unknowns_) {
      const auto op = program_.nodes[node].op;
      const bool known = op == Op::today || op == Op::attribute || op == Op::rating ||
                         op == Op::builtin || op == Op::record;
      if (!known) values.emplace_back(program_.unknown_of(program_.nodes[node].type), false);
    }
    spread(made, values);
  }
  return made.cases;
}

const Cases& ConditionInputs::value_beyond(NodeId node, Label label, bool with_none) {
  input(Input::What::value, node, label).beyond = true;
  return free_value(node, label, with_none);
}

Truth ConditionInputs::truth_beyond(NodeId node, Label label) {
  Input& made = input(Input::What::condition, node, label);
  made.beyond = true;
  if (made.cases.empty()) {
    std::vector<Cell> values{{Value::of(0), false}, {Value::of(1), false}};
    if (unknowns_) values.emplace_back(Value::unknown_truth(), false);
    spread(made, values);
  }
  return as_truth(diagrams_, made.cases);
}

const Cases& ConditionInputs::scope() {
  Input& made = input(Input::What::scope, 0, 0);
  if (made.cases.empty()) {
    std::vector<Cell> values;
    for (std::size_t i = 0; i < program_.component_types.size(); ++i)
      values.emplace_back(Value::of(static_cast<double>(i)), false);
    values.emplace_back(Value::none(), false);  // the product's
    spread(made, values);
  }
  return made.cases;
}

Diagram ConditionInputs::in_scope(std::uint32_t component_type) {
  if (component_type == no_index) return everywhere;
  if (where_.of != Where::Of::element)
    return where_.of == Where::Of::component && where_.type == component_type ? everywhere
                                                                              : nowhere;
  for (const Case& each : scope()) {
    if (!each.value.is_none() && each.value.lo == static_cast<double>(component_type))
      return each.when;
  }
  return nowhere;
}

Diagram ConditionInputs::in_component() {
  if (where_.of != Where::Of::element)
    return where_.of == Where::Of::component ? everywhere : nowhere;
  return diagrams_.negated(scope().back().when);
}

}  // namespace riskd::dsl
