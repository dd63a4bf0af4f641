#include "engine/plan/reads.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/program/node_read.hpp"

namespace riskd::engine {
namespace {

// Walks a formula down to the cells that it reads. Lets and ratings of elements are part of it.
class Walker {
 public:
  Walker(const Program& program, Reads& reads) : program_(program), reads_(reads) {}

  void walk(NodeId id, int nested = 0) {
    if (id == no_node) return;
    if (!first_time(id, nested)) return;
    const Node& node = program_.nodes[id];
    if (shortened(node)) return;
    std::visit([&](const auto& read) { this->read(read, node, nested); }, read_of(node));
  }

 private:
  void kids(const Node& node, int nested) {
    for (const NodeId kid : program_.kids_of(node)) walk(kid, nested);
  }

  // What is read of two nodes together, which is less than of each.
  bool shortened(const Node& node) {
    if (node.op == Op::equal) {
      const auto compared = comparison(program_.kids_of(node));
      if (compared) reads_.compared[compared->first].insert(compared->second);
      return compared.has_value();
    }
    // The day after an acceptance ends is the day on which its decision does.
    if (node.op != Op::less_equal || !is_end_of_acceptance(program_.kids_of(node))) return false;
    reads_.risks = true;
    return true;
  }

  void read(const QuestionRead& of, const Node&, int) { reads_.questions.insert(of.question); }
  void read(const FieldRead& of, const Node&, int) { reads_.fields.insert(of.field); }
  void read(const LetRead& of, const Node&, int nested) {
    const Let& let = program_.lets[of.let];
    if (let.kind == Kind::product || let.kind == Kind::component) {
      reads_.lets.insert(of.let);
    } else {
      element(let.kind);
      walk(let.value, nested);
    }
  }
  void read(const RatingRead& of, const Node&, int nested) {
    const Rating& rating = program_.ratings[of.rating];
    element(rating.kind);
    walk(rating.value, nested);
  }
  void read(const AttributeRead& of, const Node&, int) {
    element(program_.attributes[of.attribute].kind);
  }
  void read(const BuiltinRead& of, const Node&, int) { builtin(of.builtin, of.kind); }
  void read(const DayRead&, const Node& node, int nested) {
    reads_.today = true;
    kids(node, nested);
  }
  void read(const ListRead& of, const Node& node, int nested) {
    list(of.list, nested);
    kids(node, nested + 1);
  }
  void read(const RecordRead&, const Node& node, int nested) { kids(node, nested); }
  void read(const Operation&, const Node& node, int nested) { kids(node, nested); }

  // Whether the node was not met yet, or not as deep in aggregates. Formulas are short: a list is
  // faster than a table until they are not.
  bool first_time(NodeId id, int nested) {
    if (few_.size() < 16) {
      for (auto& [node, depth] : few_) {
        if (node != id) continue;
        if (depth >= nested) return false;
        depth = nested;
        return true;
      }
      few_.emplace_back(id, nested);
      if (few_.size() == 16) many_.insert(few_.begin(), few_.end());
      return true;
    }
    const auto [seen, fresh] = many_.try_emplace(id, nested);
    if (fresh) return true;
    if (seen->second >= nested) return false;
    seen->second = nested;
    return true;
  }

  // `question is choice`.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> comparison(
      std::span<const NodeId> kids) const {
    const Node& left = program_.nodes[kids[0]];
    const Node& right = program_.nodes[kids[1]];
    if (left.op != Op::question || right.op != Op::constant || left.type.base != Base::choice)
      return std::nullopt;
    return std::pair(left.a, static_cast<std::uint32_t>(right.number));
  }

  bool is_end_of_acceptance(std::span<const NodeId> kids) const {
    const Node& right = program_.nodes[kids[1]];
    return program_.nodes[kids[0]].op == Op::today && right.op == Op::builtin &&
           static_cast<Builtin>(right.a) == Builtin::accepted_until;
  }

  void element(Kind kind) {
    if (kind == Kind::risk) reads_.risks = true;
    if (kind == Kind::weakness) reads_.weaknesses = true;
    if (kind == Kind::countermeasure) reads_.measures = true;
    if (kind == Kind::product || kind == Kind::component) reads_.far = true;
  }

  void builtin(Builtin which, Kind kind) {
    switch (which) {
      case Builtin::approved:
        reads_.approval = true;
        return element(kind);
      case Builtin::rating:
        reads_.far = true;
        return;
      case Builtin::type:
      case Builtin::id:
      case Builtin::title:
        return;  // what changes them rebuilds the product
      case Builtin::band:
      case Builtin::component:
      case Builtin::inherent:
      case Builtin::current:
      case Builtin::projected:
      case Builtin::accepted_until:
      case Builtin::accepted_inherent:
      case Builtin::reason:
      case Builtin::cwe:
      case Builtin::tested:
      case Builtin::failing_tests:
      case Builtin::failures:
      case Builtin::run:
      case Builtin::run_name:
      case Builtin::run_at:
      case Builtin::run_url:
      case Builtin::state:
      case Builtin::mitigates:
      case Builtin::guide:
      case Builtin::standards:
        return element(kind);
    }
  }

  void list(List which, int nested) {
    switch (which) {
      case List::product_risks:
      case List::component_risks:
        reads_.far = true;
        return;
      case List::product_undecided:
        reads_.undecided = true;
        return;
      case List::risk_weaknesses:
        reads_.weaknesses = true;
        return;
      case List::risk_countermeasures:
      case List::weakness_countermeasures:
        reads_.measures = true;
        return;
      case List::weakness_risks:
      case List::countermeasure_risks:
        reads_.risks = true;
        reads_.far = reads_.far || nested > 0;
        return;
      case List::countermeasure_weaknesses:
        reads_.weaknesses = true;
        reads_.far = reads_.far || nested > 0;
        return;
      case List::product_components:
        reads_.across = true;
        return;
      case List::none:
        return;
    }
  }

  const Program& program_;
  Reads& reads_;
  // The nodes met, with how deep in aggregates: the first sixteen in `few_`, then all in `many_`.
  std::vector<std::pair<NodeId, int>> few_;
  std::unordered_map<NodeId, int> many_;
};

}  // namespace

namespace {

// Of constants and of numbers made of them; not of texts, sets, days.
bool is_of_numbers(Op op) {
  switch (op) {
    case Op::constant:
    case Op::logic_not:
    case Op::logic_and:
    case Op::logic_or:
    case Op::equal:
    case Op::less:
    case Op::less_equal:
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::negate:
    case Op::minimum:
    case Op::maximum:
    case Op::mean:
    case Op::square_root:
    case Op::choose:
    case Op::match:
      return true;
    case Op::constant_set:
    case Op::constant_text:
    case Op::question:
    case Op::answered:
    case Op::field:
    case Op::field_answered:
    case Op::let:
    case Op::attribute:
    case Op::rating:
    case Op::builtin:
    case Op::record:
    case Op::text_equal:
    case Op::includes_any:
    case Op::includes_all:
    case Op::texts_include:
    case Op::text_matches:
    case Op::to_day:
    case Op::today:
    case Op::age:
    case Op::aggregate:
    case Op::concat:
    case Op::print:
      return false;
  }
  return false;
}

}  // namespace

bool reads_own_attributes_alone(const Program& program, NodeId formula) {
  const Node& node = program.nodes[formula];
  if (node.op == Op::attribute) return program.attributes[node.a].kind == Kind::risk;
  if (node.op == Op::let) {
    const Let& let = program.lets[node.a];
    return let.kind == Kind::risk && reads_own_attributes_alone(program, let.value);
  }
  const auto kids = program.kids_of(node);
  return is_of_numbers(node.op) && std::all_of(kids.begin(), kids.end(), [&](NodeId kid) {
           return reads_own_attributes_alone(program, kid);
         });
}

void add_reads(const Program& program, const std::vector<NodeId>& formulas, Reads& reads) {
  Walker walker(program, reads);
  for (const NodeId each : formulas) walker.walk(each);
}

}  // namespace riskd::engine
