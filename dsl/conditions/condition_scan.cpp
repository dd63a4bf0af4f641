// What conditions are about, before they are looked at in earnest: their questions, and the constants
// that each number, date and text is compared with.
#include <algorithm>
#include <cmath>

#include "dsl/conditions/condition_space.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::no_node;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Type;
using engine::Value;

bool ConditionSpace::is_line(Type type) const {
  return type.base == Base::number || type.base == Base::percent || type.base == Base::date ||
         type.base == Base::duration || type.base == Base::text;
}

bool ConditionSpace::is_comparison(const Node& node) const {
  return node.op == Op::equal || node.op == Op::text_equal || node.op == Op::less ||
         node.op == Op::less_equal || node.op == Op::minimum || node.op == Op::maximum ||
         node.op == Op::match;
}

void ConditionSpace::start(Where where, const std::vector<NodeId>& conditions, Assuming reading) {
  diagrams_.start();
  ++round_;
  where_ = where;
  reading_ = reading;
  reads_anything_ = false;
  depth_ = 0;
  const std::size_t nodes = program_.nodes.size();
  if (scanned_.size() < nodes) {
    scanned_.resize(nodes);
    truth_round_.resize(nodes);
    cases_round_.resize(nodes);
    truths_.resize(nodes);
    cases_.resize(nodes);
  }
  const std::size_t questions = program_.questions.size();
  if (asked_round_.size() < questions) {
    asked_round_.resize(questions);
    answered_round_.resize(questions);
    asked_truths_.resize(questions);
  }
  field_answered_.assign(program_.fields.size(), 0);
  labelled_truths_.clear();
  labelled_cases_.clear();
  store_.clear();
  inputs_.clear();
  input_by_key_.clear();
  asked_order_.clear();
  ask_switches_.clear();
  cuts_.clear();
  text_numbers_.clear();
  for (const NodeId condition : conditions) scan(condition);
}

void ConditionSpace::scan(NodeId first) {
  std::vector<NodeId> open{first};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (id == no_node || scanned_[id] == round_) continue;
    scanned_[id] = round_;
    const Node& node = program_.nodes[id];
    const auto kids = program_.kids_of(node);
    switch (node.op) {
      case Op::constant:
      case Op::constant_set:
      case Op::constant_text:
      case Op::concat:
        continue;
      case Op::aggregate:
      case Op::print:
        reads_anything_ = true;
        continue;
      case Op::answered:
        answered_round_[node.a] = round_;
        [[fallthrough]];
      case Op::question: {
        reads_anything_ = true;
        const NodeId ask_when = program_.questions[node.a].ask_when;
        if (ask_when == no_node) break;
        const auto known = std::find(asked_order_.begin(), asked_order_.end(), node.a);
        if (known == asked_order_.end()) asked_order_.push_back(node.a);
        open.push_back(ask_when);
        break;
      }
      case Op::field_answered:
        field_answered_[node.a] = 1;
        reads_anything_ = true;
        break;
      case Op::let:
        reads_anything_ = reads_anything_ || is_open_let(node);
        if (!is_open_let(node)) open.push_back(program_.lets[node.a].value);
        break;
      case Op::field:
      case Op::attribute:
      case Op::rating:
      case Op::builtin:
      case Op::record:
      case Op::today:
      case Op::age:
        reads_anything_ = true;
        break;
      default:
        break;
    }
    for (std::size_t i = kids.size(); i-- > 0;) open.push_back(kids[i]);
    if (!is_comparison(node)) continue;
    const bool on_a_line = std::any_of(kids.begin(), kids.end(), [&](NodeId kid) {
      return program_.nodes[kid].op != Op::constant && is_line(program_.nodes[kid].type);
    });
    if (!on_a_line) continue;
    Gathered found;
    // Of a `match`, the subject is compared with the keys; the values may be compared further out.
    const std::size_t end =
        node.op == Op::match ? kids.size() - (node.a == 1 ? 1 : 0) : kids.size();
    for (std::size_t i = 0; i < end; ++i) {
      if (node.op != Op::match || i == 0 || i % 2 == 1) gather(kids[i], found);
    }
    for (const NodeId input : found.inputs) {
      auto& cuts = cuts_[input];
      cuts.insert(cuts.end(), found.constants.begin(), found.constants.end());
      std::sort(cuts.begin(), cuts.end());
      cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    }
  }
}

// Equal texts have one number. What a tracker or a report says is compared without regard to case.
double ConditionSpace::text_number(std::uint32_t text) {
  std::string key = program_.texts[text];
  if (where_.of == Where::Of::record) {
    for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return text_numbers_.try_emplace(std::move(key), static_cast<double>(text_numbers_.size()))
      .first->second;
}

void ConditionSpace::gather(NodeId id, Gathered& found) {
  if (++found.visits > limits::value_pairs || found.constants.size() > limits::value_cases) return;
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  const auto default_of = [&](NodeId value) {
    if (value != no_node) gather(value, found);
  };
  if (node.op == Op::constant) return found.constants.push_back(node.number);
  if (node.op == Op::constant_text) return found.constants.push_back(text_number(node.a));
  if (node.type.base == Base::scale) {
    for (const engine::EnumStep& step : program_.enums[node.type.of].steps)
      found.constants.push_back(step.number);
    return;
  }
  switch (node.op) {
    case Op::let:
      if (is_open_let(node)) break;
      return gather(program_.lets[node.a].value, found);
    case Op::choose:
      gather(kids[1], found);
      return gather(kids[2], found);
    case Op::match:
      for (std::size_t i = 2; i < kids.size(); i += 2) gather(kids[i], found);
      if (node.a == 1) gather(kids.back(), found);
      return;
    case Op::minimum:
    case Op::maximum:
      for (const NodeId kid : kids) gather(kid, found);
      return;
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::negate:
    case Op::square_root:
    case Op::to_day:
      return gather_arithmetic(id, found);
    case Op::question:
      default_of(program_.questions[node.a].default_value);
      break;
    case Op::field:
      default_of(program_.fields[node.a].default_value);
      break;
    default:
      break;
  }
  found.inputs.push_back(id);
}

// Of constants, all results; otherwise the result is an input of its own.
void ConditionSpace::gather_arithmetic(NodeId id, Gathered& found) {
  const Node& node = program_.nodes[id];
  std::vector<std::vector<double>> operands;
  for (const NodeId kid : program_.kids_of(node)) {
    Gathered inner;
    inner.visits = found.visits;
    gather(kid, inner);
    found.visits = inner.visits;
    std::sort(inner.constants.begin(), inner.constants.end());
    inner.constants.erase(std::unique(inner.constants.begin(), inner.constants.end()),
                          inner.constants.end());
    if (!inner.inputs.empty() || inner.constants.size() > limits::value_cases ||
        found.visits > limits::value_pairs) {
      return found.inputs.push_back(id);
    }
    operands.push_back(std::move(inner.constants));
  }
  if (operands.size() == 1) operands.push_back({0});
  if (operands[0].size() * operands[1].size() > limits::value_pairs)
    return found.inputs.push_back(id);
  for (const double x : operands[0]) {
    for (const double y : operands[1]) {
      const Value a = Value::of(x);
      const Value b = Value::of(y);
      const Value result = node.op == Op::add           ? engine::add(a, b)
                           : node.op == Op::subtract    ? engine::subtract(a, b)
                           : node.op == Op::multiply    ? engine::multiply(a, b)
                           : node.op == Op::divide      ? engine::divide(a, b)
                           : node.op == Op::negate      ? engine::negate(a)
                           : node.op == Op::square_root ? engine::square_root(a)
                                                        : engine::floor_to(a, 86'400);
      if (result.known()) found.constants.push_back(result.lo);
    }
  }
}

}  // namespace riskd::dsl
