// Where a condition is true and where it is false.
#include "dsl/conditions/condition_reading.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Node;
using engine::NodeId;
using engine::Op;

namespace {

Truth connective(ConditionReading& reading, const Node& node, Label label) {
  DecisionDiagrams& diagrams = reading.diagrams;
  const auto kids = reading.program.kids_of(node);
  const bool conjunction = node.op == Op::logic_and;
  // In order, so that variables are in the order in which they are read; joined from the last, so that
  // each step only adds above what is there.
  std::vector<Truth> parts;
  parts.reserve(kids.size());
  bool total = true;
  for (const NodeId kid : kids) {
    parts.push_back(truth_of(reading, kid, label));
    total = total && parts.back().no == Truth::complement;
  }
  const auto join = [&](bool all, const auto& part) {
    Diagram joined = all ? everywhere : nowhere;
    for (std::size_t i = parts.size(); i-- > 0;)
      joined =
          all ? diagrams.both(part(parts[i]), joined) : diagrams.either(part(parts[i]), joined);
    return joined;
  };
  Truth result;
  result.yes = join(conjunction, [](const Truth& each) { return each.yes; });
  if (!total)
    result.no = join(!conjunction, [&](const Truth& each) { return no_of(diagrams, each); });
  return result;
}

Truth text_included(ConditionReading& reading, NodeId id, Label label) {
  const auto kids = reading.program.kids_of(reading.program.nodes[id]);
  const Node& list = reading.program.nodes[kids[0]];
  const Node& text = reading.program.nodes[kids[1]];
  if (list.op != Op::record || text.op != Op::constant_text)
    return reading.inputs.truth_beyond(id, label);
  // One text, however it is written.
  const auto number = static_cast<unsigned>(reading.scan.text_number(text.a));
  return {reading.inputs.variable_of(Input::What::includes, kids[0], label, number),
          Truth::complement};
}

Truth compute_truth(ConditionReading& reading, NodeId id, Label label) {
  const Node& node = reading.program.nodes[id];
  const auto kids = reading.program.kids_of(node);
  switch (node.op) {
    case Op::constant:
      return {node.number == 1 ? everywhere : nowhere, Truth::complement};
    case Op::logic_not: {
      const Truth inner = truth_of(reading, kids[0], label);
      return {no_of(reading.diagrams, inner),
              inner.no == Truth::complement ? Truth::complement : inner.yes};
    }
    case Op::logic_and:
    case Op::logic_or:
      return connective(reading, node, label);
    case Op::equal:
    case Op::text_equal:
    case Op::less:
    case Op::less_equal:
      return comparison_of(reading, id, label);
    case Op::includes_any:
    case Op::includes_all:
      return includes(reading, kids[0], id, label);
    case Op::texts_include:
      return text_included(reading, id, label);
    case Op::answered:
    case Op::field_answered:
      return is_answered(reading, node);
    case Op::aggregate:
    case Op::text_matches:
      return reading.inputs.truth_beyond(id, label);
    case Op::constant_set:
    case Op::constant_text:
    case Op::question:
    case Op::field:
    case Op::let:
    case Op::attribute:
    case Op::rating:
    case Op::builtin:
    case Op::record:
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
    case Op::choose:
    case Op::match:
    case Op::today:
    case Op::age:
    case Op::concat:
    case Op::print:
      break;
  }
  return as_truth(reading.diagrams, cases_of(reading, id, label));
}

}  // namespace

void ConditionReading::start(Where where, const std::vector<NodeId>& conditions, Assuming what) {
  diagrams.start();
  assuming = what;
  depth = 0;
  truths.start(program.nodes.size());
  cases.start(program.nodes.size());
  kept.clear();
  asked.start(program.questions.size());
  ask_switches.clear();
  // What a tracker or a report says is compared without regard to case.
  scan.start(conditions, where.of == Where::Of::record);
  inputs.start(where, what.unknowns);
}

Truth truth_of(ConditionReading& reading, NodeId id, Label label) {
  if (const Truth* known = reading.truths.find(id, label)) return *known;
  ++reading.depth;
  const Truth found = reading.depth > limits::analysis_depth
                          ? reading.inputs.truth_beyond(id, label)
                          : compute_truth(reading, id, label);
  --reading.depth;
  reading.truths.keep(id, label, found);
  return found;
}

}  // namespace riskd::dsl
