// Where a condition is true and where it is false.
#include <algorithm>
#include <cmath>

#include "dsl/conditions/condition_space.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Aggregate;
using engine::Base;
using engine::Kind;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

Diagram ConditionSpace::no_of(const Truth& truth) {
  return truth.no == Truth::complement ? diagrams_.negated(truth.yes) : truth.no;
}

Diagram ConditionSpace::unknown_of(const Truth& truth) {
  if (truth.no == Truth::complement) return nowhere;
  return diagrams_.negated(diagrams_.either(truth.yes, truth.no));
}

Truth ConditionSpace::truth(NodeId id, Label label) {
  if (label == 0 && truth_round_[id] == round_) return truths_[id];
  if (label != 0) {
    if (const auto known = labelled_truths_.find({id, label}); known != labelled_truths_.end())
      return known->second;
  }
  ++depth_;
  const Truth found =
      depth_ > limits::analysis_depth ? free_truth(id, label) : compute_truth(id, label);
  --depth_;
  if (label == 0) {
    truth_round_[id] = round_;
    truths_[id] = found;
  } else {
    labelled_truths_[{id, label}] = found;
  }
  return found;
}

Truth ConditionSpace::compute_truth(NodeId id, Label label) {
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  switch (node.op) {
    case Op::constant:
      return {node.number == 1 ? everywhere : nowhere, Truth::complement};
    case Op::logic_not: {
      const Truth inner = truth(kids[0], label);
      return {no_of(inner), inner.no == Truth::complement ? Truth::complement : inner.yes};
    }
    case Op::logic_and:
    case Op::logic_or:
      return connective(node, label);
    case Op::equal:
    case Op::text_equal:
    case Op::less:
    case Op::less_equal:
      return relation(id, label);
    case Op::includes_any:
    case Op::includes_all:
      return includes(kids[0], node, label, 0);
    case Op::texts_include: {
      const Node& list = program_.nodes[kids[0]];
      const Node& text = program_.nodes[kids[1]];
      if (list.op != Op::record || text.op != Op::constant_text) return free_truth(id, label);
      // One text, however it is written.
      const auto number = static_cast<unsigned>(text_number(text.a));
      return {variable_of(Input::What::includes, kids[0], label, number), Truth::complement};
    }
    case Op::answered:
    case Op::field_answered:
      return answered(node);
    case Op::aggregate:
    case Op::text_matches:
      return free_truth(id, label);
    default:
      return as_truth(cases(id, label));
  }
}

Truth ConditionSpace::as_truth(const Cases& cases) {
  Truth result{nowhere, nowhere};
  bool total = true;
  for (const Case& each : cases) {
    if (each.value.is_true()) {
      result.yes = diagrams_.either(result.yes, each.when);
    } else if (each.value.is_unknown()) {
      total = false;
    }
  }
  if (total) return {result.yes, Truth::complement};
  for (const Case& each : cases) {
    if (each.value.is_none() || each.value.is_false())
      result.no = diagrams_.either(result.no, each.when);
  }
  return result;
}

Truth ConditionSpace::connective(const Node& node, Label label) {
  const auto kids = program_.kids_of(node);
  const bool conjunction = node.op == Op::logic_and;
  // In order, so that variables are in the order in which they are read; joined from the last, so that
  // each step only adds above what is there.
  std::vector<Truth> parts;
  parts.reserve(kids.size());
  bool total = true;
  for (const NodeId kid : kids) {
    parts.push_back(truth(kid, label));
    total = total && parts.back().no == Truth::complement;
  }
  const auto join = [&](bool all, const auto& part) {
    Diagram joined = all ? everywhere : nowhere;
    for (std::size_t i = parts.size(); i-- > 0;)
      joined =
          all ? diagrams_.both(part(parts[i]), joined) : diagrams_.either(part(parts[i]), joined);
    return joined;
  };
  Truth result;
  result.yes = join(conjunction, [](const Truth& each) { return each.yes; });
  if (!total) result.no = join(!conjunction, [&](const Truth& each) { return no_of(each); });
  return result;
}

// Whether a comparison with `with` has one result for all that `symbol` stands for.
bool ConditionSpace::comparable(const Case& symbol, const Value& with) const {
  if (symbol.symbol == 0 || with.is_none() || symbol.value.is_none()) return true;
  if (symbol.symbol == Case::mixed) return false;
  const auto cuts = cuts_.find(inputs_[symbol.symbol - 1].node);
  const auto cut = [&](double x) {
    return std::isinf(x) ||
           (cuts != cuts_.end() && std::binary_search(cuts->second.begin(), cuts->second.end(), x));
  };
  return cut(with.lo) && cut(with.hi);
}

// The comparison's value; nothing where it is beyond analysis.
std::optional<Value> ConditionSpace::compare(Op op, const Case& a, const Case& b) const {
  const bool decided =
      a.symbol != 0 && b.symbol != 0
          ? a.symbol == b.symbol && a.symbol != Case::mixed && a.value.known() && b.value.known()
          : comparable(a, b.value) && comparable(b, a.value);
  if (!decided && !a.value.is_none() && !b.value.is_none()) return std::nullopt;
  if (op == Op::less) return engine::less(a.value, b.value);
  if (op == Op::less_equal) return engine::less_equal(a.value, b.value);
  return engine::equal(a.value, b.value);
}

Truth ConditionSpace::relation(NodeId id, Label label) {
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  const Cases& left = cases(kids[0], label);
  const Cases& right = cases(kids[1], label);
  if (left.size() * right.size() > limits::value_pairs) return free_truth(id, label);
  Truth result{nowhere, nowhere};
  Diagram unknown = nowhere;
  Diagram beyond = nowhere;
  for (const Case& a : left) {
    for (const Case& b : right) {
      const auto value = compare(node.op, a, b);
      // What is neither true nor unknown need not be collected.
      if (value && value->is_false()) continue;
      const Diagram when = diagrams_.both(a.when, b.when);
      Diagram& part = !value ? beyond : value->is_true() ? result.yes : unknown;
      part = diagrams_.either(part, when);
    }
  }
  if (beyond != nowhere) {
    const Truth free = free_truth(id, label);
    result.yes = diagrams_.either(result.yes, diagrams_.both(beyond, free.yes));
    unknown = diagrams_.either(unknown, diagrams_.both(beyond, unknown_of(free)));
  }
  if (unknown == nowhere) return {result.yes, Truth::complement};
  result.no = diagrams_.negated(diagrams_.either(result.yes, unknown));
  return result;
}

// Whether the choices of a known answer include the wanted ones.
Truth ConditionSpace::bits_of(NodeId set, Label label, const Node& wanted) {
  const bool any = wanted.op == Op::includes_any;
  std::vector<Diagram> included;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((wanted.bits >> bit & 1) != 0)
      included.push_back(variable_of(Input::What::includes, set, label, bit));
  }
  Diagram found = any ? nowhere : everywhere;
  for (std::size_t i = included.size(); i-- > 0;)
    found = any ? diagrams_.either(included[i], found) : diagrams_.both(included[i], found);
  return {found, Truth::complement};
}

Truth ConditionSpace::includes(NodeId set, const Node& wanted, Label label, std::size_t depth) {
  const Node& node = program_.nodes[set];
  const auto kids = program_.kids_of(node);
  const auto of_constant = [&](const Node& constant) {
    const std::uint64_t found = constant.bits & wanted.bits;
    return wanted.op == Op::includes_any ? found != 0 : found == wanted.bits;
  };
  const auto self = static_cast<NodeId>(&wanted - program_.nodes.data());
  if (depth > limits::choices) return free_truth(self, label);
  switch (node.op) {
    case Op::constant_set:
      return {of_constant(node) ? everywhere : nowhere, Truth::complement};
    case Op::attribute:
      return bits_of(set, read_label(program_.attributes[node.a].kind, label), wanted);
    case Op::question:
    case Op::field: {
      const Given where = given(node);
      const Truth held = bits_of(set, 0, wanted);
      Truth result{diagrams_.both(where.given, held.yes), nowhere};
      if (where.standard != nowhere && of_constant(program_.nodes[where.default_value]))
        result.yes = diagrams_.either(result.yes, where.standard);
      if (where.open == nowhere) return {result.yes, Truth::complement};
      result.no = diagrams_.negated(diagrams_.either(result.yes, where.open));
      return result;
    }
    case Op::let: {
      const engine::Let& let = program_.lets[node.a];
      const Truth inner = includes(let.value, wanted, let_label(let.kind, label), depth + 1);
      if (let.kind != Kind::component || in_component() == everywhere) return inner;
      return {diagrams_.both(in_component(), inner.yes),
              diagrams_.either(diagrams_.negated(in_component()), no_of(inner))};
    }
    case Op::choose: {
      const Truth test = truth(kids[0], label);
      const Truth then = includes(kids[1], wanted, label, depth + 1);
      const Truth otherwise = includes(kids[2], wanted, label, depth + 1);
      const Diagram either = unknown_of(test);
      const auto side = [&](Diagram a, Diagram b) {
        return diagrams_.either(
            diagrams_.either(diagrams_.both(test.yes, a), diagrams_.both(no_of(test), b)),
            diagrams_.both(either, diagrams_.both(a, b)));
      };
      return {side(then.yes, otherwise.yes), side(no_of(then), no_of(otherwise))};
    }
    default:
      return free_truth(self, label);
  }
}

}  // namespace riskd::dsl
