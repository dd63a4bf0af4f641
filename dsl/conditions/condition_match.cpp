// The value of a `match`, case by case.
#include <optional>

#include "dsl/conditions/condition_reading.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

namespace {

// As the evaluator has it: `otherwise` is possible where some value in the subject's range has no case of its own.
bool has_other_value(const engine::Program& program, engine::Type type, const Value& subject,
                     std::size_t possible_cases) {
  if (type.base == Base::truth) return possible_cases < 2;
  if (type.base != Base::choice && type.base != Base::scale) return true;
  const auto& steps = program.enums[type.of].steps;
  const bool is_ordered = type.base == Base::scale || program.enums[type.of].ordered;
  std::size_t in_range = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double number = type.base == Base::scale ? steps[i].number : static_cast<double>(i);
    if (!is_ordered || (number >= subject.lo && number <= subject.hi)) ++in_range;
  }
  return possible_cases < in_range;
}

// What the value may be where each of `values` is possible; nullopt: too much.
std::optional<Cases> hull_of_all(ConditionReading& reading, const std::vector<NodeId>& values,
                                 Diagram when, Label label) {
  DecisionDiagrams& diagrams = reading.diagrams;
  Cases spanned;
  for (const NodeId value : values) {
    if (spanned.empty()) {
      add_all(diagrams, spanned, when, cases_of(reading, value, label));
      continue;
    }
    Cases wider;
    const Cases& more = cases_of(reading, value, label);
    if (spanned.size() * more.size() > limits::value_pairs) return std::nullopt;
    for (const Case& a : spanned) {
      for (const Case& b : more) {
        const Case hull = hull_of(a, b);
        add(diagrams, wider, diagrams.both(a.when, b.when), hull.value, hull.symbol);
      }
    }
    spanned = std::move(wider);
  }
  return spanned;
}

}  // namespace

Cases match_of(ConditionReading& reading, NodeId id, Label label) {
  DecisionDiagrams& diagrams = reading.diagrams;
  const Node& node = reading.program.nodes[id];
  const auto kids = reading.program.kids_of(node);
  const bool has_otherwise = node.a == 1;
  const std::size_t end = kids.size() - (has_otherwise ? 1 : 0);
  const engine::Type type = reading.program.nodes[kids[0]].type;
  const auto beyond = [&] { return reading.inputs.value_beyond(id, label, true); };
  // There, texts are numbered without regard to case, which `match` regards.
  if (type.base == Base::text && reading.inputs.where().of == Where::Of::record) return beyond();
  const bool is_ordered = type.base != Base::text &&
                          !(type.base == Base::choice && !reading.program.enums[type.of].ordered);
  Cases found;
  const Cases subjects = cases_of(reading, kids[0], label);
  for (const Case& subject : subjects) {
    if (subject.value.is_none()) {
      if (has_otherwise) {
        add_all(diagrams, found, subject.when, cases_of(reading, kids.back(), label));
      } else {
        add(diagrams, found, subject.when, Value::none(), 0);
      }
      continue;
    }
    std::vector<NodeId> possible;
    bool taken = false;
    for (std::size_t i = 1; i + 1 < end && !taken; i += 2) {
      const Node& key_node = reading.program.nodes[kids[i]];
      const double key =
          key_node.op == Op::constant_text ? reading.scan.text_number(key_node.a) : key_node.number;
      if (!comparable(reading, subject, Value::of(key))) return beyond();
      if (subject.value.known()) {
        taken = subject.value.lo == key;
        if (taken) add_all(diagrams, found, subject.when, cases_of(reading, kids[i + 1], label));
      } else if (!is_ordered || (key >= subject.value.lo && key <= subject.value.hi)) {
        possible.push_back(kids[i + 1]);
      }
    }
    if (taken) continue;
    if (subject.value.known()) {
      add_all(diagrams, found, subject.when,
              has_otherwise ? cases_of(reading, kids.back(), label)
                            : Cases{{everywhere, Value::unknown(), 0}});
      continue;
    }
    if (has_otherwise && has_other_value(reading.program, type, subject.value, possible.size()))
      possible.push_back(kids.back());
    auto spanned = hull_of_all(reading, possible, subject.when, label);
    if (!spanned) return beyond();
    if (spanned->empty()) add(diagrams, *spanned, subject.when, Value::unknown(), 0);
    add_all(diagrams, found, everywhere, *spanned);
    if (found.size() > limits::value_cases) return beyond();
  }
  return found;
}

}  // namespace riskd::dsl
