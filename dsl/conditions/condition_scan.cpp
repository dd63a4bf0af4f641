#include "dsl/conditions/condition_scan.hpp"

#include <algorithm>
#include <variant>

#include "engine/base/limits.hpp"
#include "engine/program/node_read.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::no_node;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Type;
using engine::Value;

namespace {

// Values of the type lie on a line, or are told apart as if they did.
bool is_line(Type type) {
  return type.base == Base::number || type.base == Base::percent || type.base == Base::date ||
         type.base == Base::duration || type.base == Base::text;
}

bool is_comparison(const Node& node) {
  return node.op == Op::equal || node.op == Op::text_equal || node.op == Op::less ||
         node.op == Op::less_equal || node.op == Op::minimum || node.op == Op::maximum ||
         node.op == Op::match;
}

bool is_arithmetic(const Node& node) {
  return node.op == Op::add || node.op == Op::subtract || node.op == Op::multiply ||
         node.op == Op::divide || node.op == Op::negate || node.op == Op::square_root ||
         node.op == Op::to_day;
}

void sort_unique(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

void ConditionScan::start(const std::vector<NodeId>& conditions, bool folds_case) {
  folds_case_ = folds_case;
  reads_anything_ = false;
  scanned_.start(program_.nodes.size());
  answered_questions_.start(program_.questions.size());
  answered_fields_.assign(program_.fields.size(), 0);
  asked_questions_.clear();
  cuts_.clear();
  text_numbers_.clear();
  for (const NodeId condition : conditions) scan(condition);
}

const std::vector<double>& ConditionScan::cuts_of(NodeId input) const {
  static const std::vector<double> none;
  const auto found = cuts_.find(input);
  return found == cuts_.end() ? none : found->second;
}

bool ConditionScan::is_open(const Node& let) const {
  return let.a < open_lets_.size() && open_lets_[let.a] != 0;
}

double ConditionScan::text_number(std::uint32_t text) {
  std::string key = program_.texts[text];
  if (folds_case_) {
    for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return text_numbers_.try_emplace(std::move(key), static_cast<double>(text_numbers_.size()))
      .first->second;
}

// What a node reads of the policy, and which expressions come into the scan by it.
struct ConditionScan::ReadScan {
  ConditionScan& scan;
  const Node& node;
  std::vector<NodeId>& open;

  void operator()(engine::Operation) const {}
  void operator()(engine::QuestionRead read) const {
    scan.reads_anything_ = true;
    if (read.answered_only) scan.answered_questions_.keep(read.question, 1);
    const NodeId ask_when = scan.program_.questions[read.question].ask_when;
    if (ask_when == no_node) return;
    auto& asked = scan.asked_questions_;
    if (std::find(asked.begin(), asked.end(), read.question) == asked.end())
      asked.push_back(read.question);
    open.push_back(ask_when);
  }
  void operator()(engine::FieldRead read) const {
    scan.reads_anything_ = true;
    if (read.answered_only) scan.answered_fields_[read.field] = 1;
  }
  void operator()(engine::LetRead read) const {
    if (scan.is_open(node)) {
      scan.reads_anything_ = true;
    } else {
      open.push_back(scan.program_.lets[read.let].value);
    }
  }
  void operator()(engine::AttributeRead) const { scan.reads_anything_ = true; }
  void operator()(engine::RatingRead) const { scan.reads_anything_ = true; }
  void operator()(engine::BuiltinRead) const { scan.reads_anything_ = true; }
  void operator()(engine::RecordRead) const { scan.reads_anything_ = true; }
  void operator()(engine::ListRead) const { scan.reads_anything_ = true; }
  void operator()(engine::DayRead) const { scan.reads_anything_ = true; }
};

void ConditionScan::scan(NodeId first) {
  std::vector<NodeId> open{first};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (id == no_node || scanned_.find(id) != nullptr) continue;
    scanned_.keep(id, 1);
    const Node& node = program_.nodes[id];
    // These are inputs of their own: what they are made of is not looked into.
    if (node.op == Op::aggregate || node.op == Op::print) reads_anything_ = true;
    if (node.op == Op::aggregate || node.op == Op::print || node.op == Op::concat) continue;
    std::visit(ReadScan{*this, node, open}, engine::read_of(node));
    const auto kids = program_.kids_of(node);
    for (std::size_t i = kids.size(); i-- > 0;) open.push_back(kids[i]);
    if (is_comparison(node)) scan_comparison(node);
  }
}

// Each input of the comparison is compared with each of its constants.
void ConditionScan::scan_comparison(const Node& node) {
  const auto kids = program_.kids_of(node);
  const bool on_a_line = std::any_of(kids.begin(), kids.end(), [&](NodeId kid) {
    return program_.nodes[kid].op != Op::constant && is_line(program_.nodes[kid].type);
  });
  if (!on_a_line) return;
  Gathered found;
  // Of a `match`, the subject is compared with the keys; the values may be compared further out.
  const std::size_t end = node.op == Op::match ? kids.size() - (node.a == 1 ? 1 : 0) : kids.size();
  for (std::size_t i = 0; i < end; ++i) {
    if (node.op != Op::match || i == 0 || i % 2 == 1) gather(kids[i], found);
  }
  for (const NodeId input : found.inputs) {
    auto& cuts = cuts_[input];
    cuts.insert(cuts.end(), found.constants.begin(), found.constants.end());
    sort_unique(cuts);
  }
}

void ConditionScan::gather(NodeId id, Gathered& found) {
  if (++found.visits > limits::value_pairs || found.constants.size() > limits::value_cases) return;
  if (!gather_parts(id, found)) found.inputs.push_back(id);
}

// Whether the value is one of its parts' values; false: it is an input of its own.
bool ConditionScan::gather_parts(NodeId id, Gathered& found) {
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  if (node.op == Op::constant) {
    found.constants.push_back(node.number);
  } else if (node.op == Op::constant_text) {
    found.constants.push_back(text_number(node.a));
  } else if (node.type.base == Base::scale) {
    for (const engine::EnumStep& step : program_.enums[node.type.of].steps)
      found.constants.push_back(step.number);
  } else if (node.op == Op::let && !is_open(node)) {
    gather(program_.lets[node.a].value, found);
  } else if (node.op == Op::choose) {
    gather(kids[1], found);
    gather(kids[2], found);
  } else if (node.op == Op::match) {
    for (std::size_t i = 2; i < kids.size(); i += 2) gather(kids[i], found);
    if (node.a == 1) gather(kids.back(), found);
  } else if (node.op == Op::minimum || node.op == Op::maximum) {
    for (const NodeId kid : kids) gather(kid, found);
  } else if (is_arithmetic(node)) {
    gather_arithmetic(id, found);
  } else {
    // An answer is an input, and where nobody answered, the default.
    if (node.op == Op::question) gather_default(program_.questions[node.a].default_value, found);
    if (node.op == Op::field) gather_default(program_.fields[node.a].default_value, found);
    return false;
  }
  return true;
}

void ConditionScan::gather_default(NodeId value, Gathered& found) {
  if (value != no_node) gather(value, found);
}

// Of constants, all results; otherwise the result is an input of its own.
void ConditionScan::gather_arithmetic(NodeId id, Gathered& found) {
  const Node& node = program_.nodes[id];
  std::vector<std::vector<double>> operands;
  for (const NodeId kid : program_.kids_of(node)) {
    Gathered inner;
    inner.visits = found.visits;
    gather(kid, inner);
    found.visits = inner.visits;
    sort_unique(inner.constants);
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
