// What conditions depend on: answers, fields, built-in names, days, and what is beyond analysis.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "dsl/conditions/condition_space.hpp"

namespace riskd::dsl {
using engine::Aggregate;
using engine::Base;
using engine::Builtin;
using engine::Kind;
using engine::no_index;
using engine::no_node;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double day = 86'400;

}  // namespace

Input& ConditionSpace::input(Input::What what, NodeId node, Label label, unsigned bit) {
  const Key key{static_cast<std::uint64_t>(what) << 40 | std::uint64_t{label} << 32 | node, bit};
  const auto [known, fresh] =
      input_by_key_.try_emplace(key, static_cast<std::uint32_t>(inputs_.size()));
  if (fresh) {
    Input& made = inputs_.emplace_back();
    made.what = what;
    made.node = node;
    made.label = label;
    made.bit = bit;
  }
  return inputs_[known->second];
}

Diagram ConditionSpace::variable_of(Input::What what, NodeId node, Label label, unsigned bit) {
  Input& known = input(what, node, label, bit);
  if (known.cases.empty()) {
    const Diagram yes = diagrams_.variable();
    known.cases = {{diagrams_.negated(yes), Value::of(0), 0}, {yes, Value::of(1), 0}};
  }
  return known.cases.back().when;
}

// Gives each value its part of the space: variables split the list in halves, so that every assignment
// means exactly one value, and what is less than a bound is found by few of them.
void ConditionSpace::spread(Input& made, const std::vector<std::pair<Value, bool>>& values) {
  const std::uint32_t symbol = input_by_key_.at({static_cast<std::uint64_t>(made.what) << 40 |
                                                     std::uint64_t{made.label} << 32 | made.node,
                                                 made.bit}) +
                               1;
  std::vector<Diagram> levels;
  const std::function<void(std::size_t, std::size_t, std::size_t, Diagram)> split =
      [&](std::size_t begin, std::size_t end, std::size_t level, Diagram when) {
        if (end - begin == 1) {
          made.cases.push_back({when, values[begin].first, values[begin].second ? symbol : 0});
          return;
        }
        if (level == levels.size()) levels.push_back(diagrams_.variable());
        const std::size_t middle = begin + (end - begin + 1) / 2;
        split(begin, middle, level + 1, diagrams_.without(when, levels[level]));
        split(middle, end, level + 1, diagrams_.both(when, levels[level]));
      };
  split(0, values.size(), 0, everywhere);
}

ConditionSpace::Line ConditionSpace::line_of(const Node& node) const {
  Line line{-infinity, infinity};
  line.texts = node.type.base == Base::text;
  switch (node.op) {
    case Op::question:
    case Op::field:
      if (node.type.base == Base::percent) line.low = 0, line.high = 1;
      if (node.type.base == Base::duration) line.low = 0;
      if (node.type.base == Base::date) line.step = day;
      break;
    case Op::rating:
      line.low = 0, line.high = 100;
      break;
    case Op::builtin: {
      const auto builtin = static_cast<Builtin>(node.a);
      if (builtin == Builtin::mitigates) line.low = 0, line.high = 1;
      if (builtin == Builtin::rating || builtin == Builtin::inherent ||
          builtin == Builtin::current || builtin == Builtin::projected)
        line.low = 0, line.high = 100;
      if (builtin == Builtin::cwe) line.low = 0, line.step = 1;
      if (builtin == Builtin::accepted_until) line.step = day;
      break;
    }
    case Op::today:
    case Op::age:
      line.step = day;
      break;
    case Op::aggregate:
      if (static_cast<Aggregate>(node.a) == Aggregate::count) line.low = 0, line.step = 1;
      break;
    default:
      break;
  }
  return line;
}

// All values of an enumeration; of a number, each constant that it is compared with, and the gaps
// between them, each by one value in it (second: a gap).
std::vector<std::pair<Value, bool>> ConditionSpace::cells(NodeId id) const {
  const Node& node = program_.nodes[id];
  std::vector<std::pair<Value, bool>> found;
  if (node.type.base == Base::truth) return {{Value::of(0), false}, {Value::of(1), false}};
  if (node.type.base == Base::choice || node.type.base == Base::scale) {
    const auto& steps = program_.enums[node.type.of].steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double value = node.type.base == Base::scale ? steps[i].number : static_cast<double>(i);
      found.emplace_back(Value::of(value), false);
    }
    return found;
  }
  const Line line = line_of(node);
  std::vector<double> points;
  if (const auto cuts = cuts_.find(id); cuts != cuts_.end()) points = cuts->second;
  if (line.texts) {
    for (const double point : points) found.emplace_back(Value::of(point), false);
    found.emplace_back(Value::of(-1), true);
    return found;
  }
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

// What may be any value of its type; where `with_none`, also no value.
const Cases& ConditionSpace::free_value(NodeId node, Label label, bool with_none) {
  Input& made = input(Input::What::value, node, label);
  if (made.cases.empty()) {
    auto values = cells(node);
    if (with_none) values.emplace_back(Value::none(), false);
    if (reading_.unknowns) {
      const auto op = program_.nodes[node].op;
      const bool known = op == Op::today || op == Op::attribute || op == Op::rating ||
                         op == Op::builtin || op == Op::record;
      if (!known) values.emplace_back(program_.unknown_of(program_.nodes[node].type), false);
    }
    spread(made, values);
  }
  return made.cases;
}

Truth ConditionSpace::free_truth(NodeId node, Label label) {
  Input& made = input(Input::What::condition, node, label);
  made.beyond = true;
  if (made.cases.empty()) {
    std::vector<std::pair<Value, bool>> values{{Value::of(0), false}, {Value::of(1), false}};
    if (reading_.unknowns) values.emplace_back(Value::unknown_truth(), false);
    spread(made, values);
  }
  return as_truth(made.cases);
}

const Input& ConditionSpace::scope_input() {
  Input& made = input(Input::What::scope, 0, 0);
  if (made.cases.empty()) {
    std::vector<std::pair<Value, bool>> values;
    for (std::size_t i = 0; i < program_.component_types.size(); ++i)
      values.emplace_back(Value::of(static_cast<double>(i)), false);
    values.emplace_back(Value::none(), false);  // the product's
    spread(made, values);
  }
  return made;
}

Diagram ConditionSpace::in_scope(std::uint32_t component_type) {
  if (component_type == no_index) return everywhere;
  if (where_.of != Where::Of::element)
    return where_.of == Where::Of::component && where_.type == component_type ? everywhere
                                                                              : nowhere;
  for (const Case& each : scope_input().cases) {
    if (!each.value.is_none() && each.value.lo == static_cast<double>(component_type))
      return each.when;
  }
  return nowhere;
}

Diagram ConditionSpace::in_component() {
  if (where_.of != Where::Of::element)
    return where_.of == Where::Of::component ? everywhere : nowhere;
  return diagrams_.negated(scope_input().cases.back().when);
}

Truth ConditionSpace::asked(std::uint32_t question) {
  if (asked_round_[question] == round_) return asked_truths_[question];
  const NodeId ask_when = program_.questions[question].ask_when;
  Truth result{everywhere, nowhere};
  if (!disabled_.empty() && disabled_[question] != 0) {
    result = {variable_of(Input::What::asked, question, 0), Truth::complement};
  } else if (ask_when != no_node) {
    result = truth(ask_when, 0);
    if (reading_.free_asks) {
      const Diagram held = ask_when_holds(question);
      const Diagram free = diagrams_.without(variable_of(Input::What::asked, question, 0), held);
      const Diagram no = diagrams_.both(held, no_of(result));
      const Diagram unasked =
          diagrams_.without(diagrams_.negated(held), variable_of(Input::What::asked, question, 0));
      result = {diagrams_.either(diagrams_.both(held, result.yes), free),
                diagrams_.either(no, unasked)};
    }
  }
  asked_round_[question] = round_;
  asked_truths_[question] = result;
  return result;
}

Diagram ConditionSpace::ask_when_holds(std::uint32_t question) {
  const auto [known, fresh] = ask_switches_.try_emplace(question, nowhere);
  if (fresh) known->second = diagrams_.variable();
  return known->second;
}

ConditionSpace::Given ConditionSpace::given(const Node& node) {
  Given where{};
  bool tells_open = reading_.unknowns;
  Truth is_asked{everywhere, nowhere};
  Diagram here = everywhere;
  if (node.op == Op::question || node.op == Op::answered) {
    const engine::Question& question = program_.questions[node.a];
    where.default_value = question.default_value;
    tells_open = tells_open || answered_round_[node.a] == round_;
    here = in_scope(question.component_type);
    if (here != nowhere) is_asked = asked(node.a);
  } else {
    const engine::Field& field = program_.fields[node.a];
    where.default_value = field.default_value;
    tells_open = tells_open || field_answered_[node.a] != 0;
    if (field.kind == Kind::component) here = in_component();
  }
  const Diagram yes = diagrams_.both(here, is_asked.yes);
  where.none = diagrams_.either(diagrams_.negated(here), no_of(is_asked));
  where.open = diagrams_.without(here, diagrams_.either(is_asked.yes, no_of(is_asked)));
  where.given = yes;
  if (tells_open && yes != nowhere) {
    const bool of_question = node.op == Op::question || node.op == Op::answered;
    const Diagram answered =
        variable_of(Input::What::answered, node.a, of_question ? Label{0} : Label{1});
    const Diagram open = diagrams_.without(yes, answered);
    where.given = diagrams_.both(yes, answered);
    (where.default_value == no_node ? where.open : where.standard) =
        diagrams_.either(where.default_value == no_node ? where.open : nowhere, open);
  }
  return where;
}

// The value of a question or field.
Cases ConditionSpace::stored(NodeId id) {
  const Node& node = program_.nodes[id];
  const Given where = given(node);
  Cases found;
  if (where.given != nowhere) {
    Input& made = input(Input::What::value, id, 0);
    if (made.cases.empty()) spread(made, cells(id));
    if (where.given == everywhere) return made.cases;
    for (const Case& each : made.cases)
      add(found, diagrams_.both(where.given, each.when), each.value, each.symbol);
  }
  if (where.standard != nowhere) add_all(found, where.standard, cases(where.default_value, 0));
  add(found, where.open, program_.unknown_of(node.type), 0);
  add(found, where.none, Value::none(), 0);
  return found;
}

Truth ConditionSpace::answered(const Node& node) {
  const Given where = given(node);
  if (node.op == Op::field_answered) return {where.given, Truth::complement};
  const Diagram here = in_scope(program_.questions[node.a].component_type);
  const Truth is_asked = here == nowhere ? Truth{nowhere, everywhere} : asked(node.a);
  const Diagram open = diagrams_.without(diagrams_.both(here, is_asked.yes), where.given);
  return {where.given, diagrams_.either(where.none, open)};
}

Label ConditionSpace::read_label(Kind kind, Label label) const {
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

// label: 0…2 which risk (the condition's; the first of its weakness; the first of the first weakness of
// its countermeasure), 3 for the first weakness of its countermeasure, 6 where no use is meant.
Label ConditionSpace::let_label(Kind kind, Label label) const {
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

Cases ConditionSpace::builtin(NodeId id, Label label) {
  const Node& node = program_.nodes[id];
  const auto builtin = static_cast<Builtin>(node.a);
  const auto kind = static_cast<Kind>(node.b);
  if (builtin == Builtin::type) {
    if (where_.of == Where::Of::component)
      return {{everywhere, Value::of(static_cast<double>(where_.type)), 0}};
    if (where_.of == Where::Of::element) return scope_input().cases;
    return {{everywhere, Value::none(), 0}};
  }
  if (kind == Kind::component && in_component() == nowhere) return {{everywhere, Value::none(), 0}};
  const bool with_none = builtin == Builtin::accepted_until ||
                         (kind == Kind::component && in_component() != everywhere);
  const Label read = builtin == Builtin::mitigates ? label : read_label(kind, label);
  return free_value(id, read, with_none);
}

}  // namespace riskd::dsl
