// Whether a set includes choices.
#include "dsl/conditions/condition_reading.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Kind;
using engine::Node;
using engine::NodeId;
using engine::Op;

namespace {

// One reading of `wanted`: the steps down the expression of the set.
struct Inclusion {
  ConditionReading& reading;
  NodeId wanted_id;
  const Node& wanted;

  bool by_constant(const Node& constant) const {
    const std::uint64_t found = constant.bits & wanted.bits;
    return wanted.op == Op::includes_any ? found != 0 : found == wanted.bits;
  }

  // Whether the choices of a known answer include the wanted ones.
  Truth by_bits(NodeId set, Label label) const {
    const bool any = wanted.op == Op::includes_any;
    std::vector<Diagram> included;
    for (unsigned bit = 0; bit < 64; ++bit) {
      if ((wanted.bits >> bit & 1) != 0)
        included.push_back(reading.inputs.variable_of(Input::What::includes, set, label, bit));
    }
    DecisionDiagrams& diagrams = reading.diagrams;
    Diagram found = any ? nowhere : everywhere;
    for (std::size_t i = included.size(); i-- > 0;)
      found = any ? diagrams.either(included[i], found) : diagrams.both(included[i], found);
    return {found, Truth::complement};
  }

  Truth by_answer(NodeId set) const {
    DecisionDiagrams& diagrams = reading.diagrams;
    const Given where = given(reading, reading.program.nodes[set]);
    const Truth held = by_bits(set, 0);
    Truth result{diagrams.both(where.given, held.yes), nowhere};
    if (where.standard != nowhere && by_constant(reading.program.nodes[where.default_value]))
      result.yes = diagrams.either(result.yes, where.standard);
    if (where.open == nowhere) return {result.yes, Truth::complement};
    result.no = diagrams.negated(diagrams.either(result.yes, where.open));
    return result;
  }

  Truth by_let(const engine::Let& let, Label label, std::size_t depth) const {
    DecisionDiagrams& diagrams = reading.diagrams;
    const Truth inner = in(let.value, let_label(let.kind, label), depth + 1);
    const Diagram here = let.kind == Kind::component ? reading.inputs.in_component() : everywhere;
    if (here == everywhere) return inner;
    return {diagrams.both(here, inner.yes),
            diagrams.either(diagrams.negated(here), no_of(diagrams, inner))};
  }

  // Where the test is unknown, what both sides say.
  Truth by_choice(const Node& choice, Label label, std::size_t depth) const {
    DecisionDiagrams& diagrams = reading.diagrams;
    const auto kids = reading.program.kids_of(choice);
    const Truth test = truth_of(reading, kids[0], label);
    const Truth then = in(kids[1], label, depth + 1);
    const Truth otherwise = in(kids[2], label, depth + 1);
    const Diagram unknown = unknown_of(diagrams, test);
    const auto side = [&](Diagram a, Diagram b) {
      return diagrams.either(
          diagrams.either(diagrams.both(test.yes, a), diagrams.both(no_of(diagrams, test), b)),
          diagrams.both(unknown, diagrams.both(a, b)));
    };
    return {side(then.yes, otherwise.yes), side(no_of(diagrams, then), no_of(diagrams, otherwise))};
  }

  // Any other set may hold anything.
  Truth in(NodeId set, Label label, std::size_t depth) const {
    const Node& node = reading.program.nodes[set];
    if (depth > limits::choices) return reading.inputs.truth_beyond(wanted_id, label);
    if (node.op == Op::constant_set)
      return {by_constant(node) ? everywhere : nowhere, Truth::complement};
    if (node.op == Op::attribute)
      return by_bits(set, read_label(reading.program.attributes[node.a].kind, label));
    if (node.op == Op::question || node.op == Op::field) return by_answer(set);
    if (node.op == Op::let) return by_let(reading.program.lets[node.a], label, depth);
    if (node.op == Op::choose) return by_choice(node, label, depth);
    return reading.inputs.truth_beyond(wanted_id, label);
  }
};

}  // namespace

Truth includes(ConditionReading& reading, NodeId set, NodeId wanted, Label label) {
  return Inclusion{reading, wanted, reading.program.nodes[wanted]}.in(set, label, 0);
}

}  // namespace riskd::dsl
