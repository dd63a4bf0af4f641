// The value of a node, case by case, as the evaluator computes it (engine/evaluate/expression.cpp).
#include "dsl/conditions/condition_reading.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Builtin;
using engine::Kind;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

namespace {

Cases let_value(ConditionReading& reading, NodeId id, Label label) {
  const Node& node = reading.program.nodes[id];
  if (reading.scan.is_open(node)) return reading.inputs.free_value(id, label, false);
  const engine::Let& let = reading.program.lets[node.a];
  const Label inner = let_label(let.kind, label);
  const Diagram here = let.kind == Kind::component ? reading.inputs.in_component() : everywhere;
  if (here == everywhere) return cases_of(reading, let.value, inner);
  DecisionDiagrams& diagrams = reading.diagrams;
  Cases found;
  if (here != nowhere) add_all(diagrams, found, here, cases_of(reading, let.value, inner));
  add(diagrams, found, diagrams.negated(here), Value::none(), 0);
  return found;
}

Cases builtin_value(ConditionReading& reading, NodeId id, Label label) {
  const Node& node = reading.program.nodes[id];
  const auto builtin = static_cast<Builtin>(node.a);
  const auto kind = static_cast<Kind>(node.b);
  const Where where = reading.inputs.where();
  if (builtin == Builtin::type) {
    if (where.of == Where::Of::component)
      return {{everywhere, Value::of(static_cast<double>(where.type)), 0}};
    if (where.of == Where::Of::element) return reading.inputs.scope();
    return {{everywhere, Value::none(), 0}};
  }
  const Diagram here = kind == Kind::component ? reading.inputs.in_component() : everywhere;
  if (here == nowhere) return {{everywhere, Value::none(), 0}};
  const bool with_none = builtin == Builtin::accepted_until || here != everywhere;
  const Label read = builtin == Builtin::mitigates ? label : read_label(kind, label);
  return reading.inputs.free_value(id, read, with_none);
}

Cases choose_of(ConditionReading& reading, NodeId id, Label label) {
  DecisionDiagrams& diagrams = reading.diagrams;
  const auto kids = reading.program.kids_of(reading.program.nodes[id]);
  const Truth test = truth_of(reading, kids[0], label);
  const Cases& then = cases_of(reading, kids[1], label);
  const Cases& otherwise = cases_of(reading, kids[2], label);
  Cases found;
  add_all(diagrams, found, test.yes, then);
  add_all(diagrams, found, no_of(diagrams, test), otherwise);
  const Diagram either = unknown_of(diagrams, test);
  if (either == nowhere) return found;
  for (const Case& a : then) {
    const Diagram when = diagrams.both(either, a.when);
    if (when == nowhere) continue;
    for (const Case& b : otherwise) {
      const Case hull = hull_of(a, b);
      add(diagrams, found, diagrams.both(when, b.when), hull.value, hull.symbol);
    }
  }
  return found;
}

Cases compute_cases(ConditionReading& reading, NodeId id, Label label) {
  const engine::Program& program = reading.program;
  ConditionInputs& inputs = reading.inputs;
  const Node& node = program.nodes[id];
  switch (node.op) {
    case Op::constant:
      return {{everywhere, Value::of(node.number), 0}};
    case Op::constant_text:
      return {{everywhere, Value::of(reading.scan.text_number(node.a)), 0}};
    case Op::question:
    case Op::field:
      return stored_value(reading, id);
    case Op::let:
      return let_value(reading, id, label);
    case Op::attribute:
      return inputs.free_value(id, read_label(program.attributes[node.a].kind, label), false);
    case Op::rating:
      return inputs.free_value(id, read_label(program.ratings[node.a].kind, label), false);
    case Op::builtin:
      return builtin_value(reading, id, label);
    case Op::record:
      return inputs.free_value(id, 0, true);
    case Op::today:
      return inputs.free_value(id, 0, false);
    case Op::choose:
      return choose_of(reading, id, label);
    case Op::match:
      return match_of(reading, id, label);
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
      return arithmetic_of(reading, id, label);
    case Op::constant_set:
    case Op::answered:
    case Op::field_answered:
    case Op::logic_not:
    case Op::logic_and:
    case Op::logic_or:
    case Op::equal:
    case Op::text_equal:
    case Op::less:
    case Op::less_equal:
    case Op::includes_any:
    case Op::includes_all:
    case Op::texts_include:
    case Op::text_matches:
    case Op::aggregate:
    case Op::concat:
    case Op::print:
      break;
  }
  if (node.type.base == Base::truth)
    return cases_of(reading.diagrams, truth_of(reading, id, label));
  // A text that is put together, an aggregate.
  return inputs.value_beyond(id, label, false);
}

}  // namespace

const Cases& cases_of(ConditionReading& reading, NodeId id, Label label) {
  if (const Cases* const* known = reading.cases.find(id, label)) return **known;
  ++reading.depth;
  Cases found = reading.depth > limits::analysis_depth
                    ? reading.inputs.value_beyond(id, label, true)
                    : compute_cases(reading, id, label);
  --reading.depth;
  const Cases& kept = reading.kept.emplace_back(std::move(found));
  reading.cases.keep(id, label, &kept);
  return kept;
}

}  // namespace riskd::dsl
