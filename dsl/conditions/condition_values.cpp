// The value of a node, case by case, as the evaluator computes it (engine/evaluate/expression.cpp).
#include <algorithm>
#include <cmath>

#include "dsl/conditions/condition_space.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

void ConditionSpace::add(Cases& cases, Diagram when, const Value& value, std::uint32_t symbol) {
  if (when == nowhere) return;
  for (Case& each : cases) {
    if (each.value == value && each.symbol == symbol) {
      each.when = diagrams_.either(each.when, when);
      return;
    }
  }
  cases.push_back({when, value, symbol});
}

void ConditionSpace::add_all(Cases& cases, Diagram when, const Cases& others) {
  for (const Case& each : others)
    add(cases, diagrams_.both(when, each.when), each.value, each.symbol);
}

// Both are possible.
Case ConditionSpace::hull_of(const Case& a, const Case& b) const {
  Case made{nowhere, engine::hull(a.value, b.value), 0};
  if (!made.value.is_none())
    made.symbol = a.symbol == b.symbol ? a.symbol
                  : a.symbol == 0      ? b.symbol
                  : b.symbol == 0      ? a.symbol
                                       : Case::mixed;
  return made;
}

const Cases& ConditionSpace::cases(NodeId id, Label label) {
  if (label == 0 && cases_round_[id] == round_) return *cases_[id];
  if (label != 0) {
    if (const auto known = labelled_cases_.find({id, label}); known != labelled_cases_.end())
      return *known->second;
  }
  ++depth_;
  Cases found =
      depth_ > limits::analysis_depth ? free_value(id, label, true) : compute_cases(id, label);
  --depth_;
  const Cases& kept = store_.emplace_back(std::move(found));
  if (label == 0) {
    cases_round_[id] = round_;
    cases_[id] = &kept;
  } else {
    labelled_cases_[{id, label}] = &kept;
  }
  return kept;
}

Cases ConditionSpace::compute_cases(NodeId id, Label label) {
  const Node& node = program_.nodes[id];
  switch (node.op) {
    case Op::constant:
      return {{everywhere, Value::of(node.number), 0}};
    case Op::constant_text:
      return {{everywhere, Value::of(text_number(node.a)), 0}};
    case Op::question:
    case Op::field:
      return stored(id);
    case Op::let: {
      if (is_open_let(node)) return free_value(id, label, false);
      const engine::Let& let = program_.lets[node.a];
      const Label inner = let_label(let.kind, label);
      if (let.kind != Kind::component || in_component() == everywhere)
        return cases(let.value, inner);
      Cases found;
      if (in_component() != nowhere) add_all(found, in_component(), cases(let.value, inner));
      add(found, diagrams_.negated(in_component()), Value::none(), 0);
      return found;
    }
    case Op::attribute:
      return free_value(id, read_label(program_.attributes[node.a].kind, label), false);
    case Op::rating:
      return free_value(id, read_label(program_.ratings[node.a].kind, label), false);
    case Op::builtin:
      return builtin(id, label);
    case Op::record:
      return free_value(id, 0, true);
    case Op::today:
      return free_value(id, 0, false);
    case Op::choose:
      return choose(id, label);
    case Op::match:
      return match(id, label);
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::negate:
    case Op::to_day:
    case Op::minimum:
    case Op::maximum:
    case Op::mean:
    case Op::square_root:
    case Op::age:
      return arithmetic(id, label);
    default:
      break;
  }
  if (node.type.base == Base::truth) {
    const Truth value = truth(id, label);
    Cases found;
    add(found, value.yes, Value::of(1), 0);
    add(found, no_of(value), Value::of(0), 0);
    add(found, unknown_of(value), Value::unknown_truth(), 0);
    return found;
  }
  // A text that is put together, an aggregate.
  input(Input::What::value, id, label).beyond = true;
  return free_value(id, label, false);
}

Cases ConditionSpace::choose(NodeId id, Label label) {
  const auto kids = program_.kids_of(program_.nodes[id]);
  const Truth test = truth(kids[0], label);
  const Cases& then = cases(kids[1], label);
  const Cases& otherwise = cases(kids[2], label);
  Cases found;
  add_all(found, test.yes, then);
  add_all(found, no_of(test), otherwise);
  const Diagram either = unknown_of(test);
  if (either == nowhere) return found;
  for (const Case& a : then) {
    const Diagram when = diagrams_.both(either, a.when);
    if (when == nowhere) continue;
    for (const Case& b : otherwise) {
      const Case hull = hull_of(a, b);
      add(found, diagrams_.both(when, b.when), hull.value, hull.symbol);
    }
  }
  return found;
}

// As the evaluator has it: `otherwise` is possible where some value in the subject's range has no case of its own.
bool ConditionSpace::has_other_value(engine::Type type, const Value& subject,
                                     std::size_t possible_cases) const {
  if (type.base == Base::truth) return possible_cases < 2;
  if (type.base != Base::choice && type.base != Base::scale) return true;
  const auto& steps = program_.enums[type.of].steps;
  const bool is_ordered = type.base == Base::scale || program_.enums[type.of].ordered;
  std::size_t in_range = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double number = type.base == Base::scale ? steps[i].number : static_cast<double>(i);
    if (!is_ordered || (number >= subject.lo && number <= subject.hi)) ++in_range;
  }
  return possible_cases < in_range;
}

// What the value may be where each of `values` is possible; nullopt: too much.
std::optional<Cases> ConditionSpace::hull_of_all(const std::vector<NodeId>& values, Diagram when,
                                                 Label label) {
  Cases spanned;
  for (const NodeId value : values) {
    if (spanned.empty()) {
      add_all(spanned, when, cases(value, label));
      continue;
    }
    Cases wider;
    const Cases& more = cases(value, label);
    if (spanned.size() * more.size() > limits::value_pairs) return std::nullopt;
    for (const Case& a : spanned) {
      for (const Case& b : more) {
        const Case hull = hull_of(a, b);
        add(wider, diagrams_.both(a.when, b.when), hull.value, hull.symbol);
      }
    }
    spanned = std::move(wider);
  }
  return spanned;
}

Cases ConditionSpace::match(NodeId id, Label label) {
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  const bool has_otherwise = node.a == 1;
  const std::size_t end = kids.size() - (has_otherwise ? 1 : 0);
  const engine::Type type = program_.nodes[kids[0]].type;
  const auto beyond = [&] {
    input(Input::What::value, id, label).beyond = true;
    return free_value(id, label, true);
  };
  // There, texts are numbered without regard to case, which `match` regards.
  if (type.base == Base::text && where_.of == Where::Of::record) return beyond();
  const bool is_ordered =
      type.base != Base::text && !(type.base == Base::choice && !program_.enums[type.of].ordered);
  Cases found;
  const Cases subjects = cases(kids[0], label);
  for (const Case& subject : subjects) {
    if (subject.value.is_none()) {
      if (has_otherwise) {
        add_all(found, subject.when, cases(kids.back(), label));
      } else {
        add(found, subject.when, Value::none(), 0);
      }
      continue;
    }
    std::vector<NodeId> possible;
    bool taken = false;
    for (std::size_t i = 1; i + 1 < end && !taken; i += 2) {
      const Node& key_node = program_.nodes[kids[i]];
      const double key =
          key_node.op == Op::constant_text ? text_number(key_node.a) : key_node.number;
      if (!comparable(subject, Value::of(key))) return beyond();
      if (subject.value.known()) {
        taken = subject.value.lo == key;
        if (taken) add_all(found, subject.when, cases(kids[i + 1], label));
      } else if (!is_ordered || (key >= subject.value.lo && key <= subject.value.hi)) {
        possible.push_back(kids[i + 1]);
      }
    }
    if (taken) continue;
    if (subject.value.known()) {
      add_all(found, subject.when,
              has_otherwise ? cases(kids.back(), label) : Cases{{everywhere, Value::unknown(), 0}});
      continue;
    }
    if (has_otherwise && has_other_value(type, subject.value, possible.size()))
      possible.push_back(kids.back());
    auto spanned = hull_of_all(possible, subject.when, label);
    if (!spanned) return beyond();
    if (spanned->empty()) add(*spanned, subject.when, Value::unknown(), 0);
    add_all(found, everywhere, *spanned);
    if (found.size() > limits::value_cases) return beyond();
  }
  return found;
}

// Exact on constants. Otherwise only whether there is a value at all is known of the result.
Cases ConditionSpace::arithmetic(NodeId id, Label label) {
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  const bool selects = node.op == Op::minimum || node.op == Op::maximum;
  const bool skips_none = selects || node.op == Op::mean;
  bool exact = node.op != Op::age;
  Cases result{{everywhere, Value::none(), 0}};
  const auto combine = [&](std::size_t i, const Value& a, const Value& b) {
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
  };
  if (node.op == Op::mean) {
    // Of how many values it is the mean depends on which of them there are.
    const bool constant = std::all_of(kids.begin(), kids.end(), [&](NodeId kid) {
      const Cases& values = cases(kid, label);
      return values.size() == 1 && values.front().symbol == 0 && values.front().value.known();
    });
    exact = constant;
    Value sum = Value::of(0);
    for (const NodeId kid : kids) {
      if (constant) sum = engine::add(sum, cases(kid, label).front().value);
    }
    if (constant)
      return {{everywhere, engine::divide(sum, Value::of(static_cast<double>(kids.size()))), 0}};
  }
  for (std::size_t i = 0; i < kids.size() && exact; ++i) {
    const Cases& values = cases(kids[i], label);
    exact = result.size() * values.size() <= limits::value_pairs;
    Cases next;
    for (const Case& a : result) {
      for (const Case& b : values) {
        if (!exact) break;
        const Diagram when = diagrams_.both(a.when, b.when);
        if (when == nowhere) continue;
        std::uint32_t symbol = a.symbol == 0 ? b.symbol : a.symbol;
        if (selects) {
          if (a.symbol != 0 && b.symbol != 0 && a.symbol != b.symbol) exact = false;
          if (!comparable(a, b.value) && a.symbol != b.symbol) exact = false;
          if (!comparable(b, a.value) && a.symbol != b.symbol) exact = false;
        } else if (symbol != 0) {
          exact = false;
        }
        const Value value = combine(i, a.value, b.value);
        // Which of the two was taken, so that a constant stays one.
        if (selects && value.known()) symbol = value == b.value ? b.symbol : a.symbol;
        if (value.is_none()) symbol = 0;
        add(next, when, value, symbol);
        exact = exact && next.size() <= limits::value_cases;
      }
    }
    result = std::move(next);
  }
  if (exact) return result;
  Diagram none = skips_none ? everywhere : nowhere;
  for (const NodeId kid : kids) {
    Diagram here = nowhere;
    for (const Case& each : cases(kid, label)) {
      if (each.value.is_none()) here = diagrams_.either(here, each.when);
    }
    none = skips_none ? diagrams_.both(none, here) : diagrams_.either(none, here);
  }
  input(Input::What::value, id, label).beyond = true;
  Cases found;
  add_all(found, diagrams_.negated(none), free_value(id, label, false));
  add(found, none, Value::none(), 0);
  return found;
}

}  // namespace riskd::dsl
