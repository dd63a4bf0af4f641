#include "engine/plan/reads.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

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
    const auto kids = program_.kids_of(node);
    switch (node.op) {
      case Op::question:
      case Op::answered:
        reads_.questions.insert(node.a);
        return;
      case Op::equal:
        if (const auto compared = comparison(kids)) {
          reads_.compared[compared->first].insert(compared->second);
          return;
        }
        break;
      case Op::less_equal:
        // The day after an acceptance ends is the day on which its decision does.
        if (is_end_of_acceptance(kids)) {
          reads_.risks = true;
          return;
        }
        break;
      case Op::field:
      case Op::field_answered:
        reads_.fields.insert(node.a);
        return;
      case Op::let: {
        const Let& let = program_.lets[node.a];
        if (let.kind == Kind::product || let.kind == Kind::component) {
          reads_.lets.insert(node.a);
        } else {
          element(let.kind);
          walk(let.value, nested);
        }
        return;
      }
      case Op::rating: {
        const Rating& rating = program_.ratings[node.a];
        element(rating.kind);
        walk(rating.value, nested);
        return;
      }
      case Op::attribute:
        element(program_.attributes[node.a].kind);
        return;
      case Op::builtin:
        builtin(node);
        return;
      case Op::today:
      case Op::age:
        reads_.today = true;
        break;
      case Op::aggregate:
        list(static_cast<List>(node.b), nested);
        for (const NodeId kid : kids) walk(kid, nested + 1);
        return;
      case Op::print:
        list(static_cast<List>(node.a), nested);
        for (const NodeId kid : kids) walk(kid, nested + 1);
        return;
      default:
        break;
    }
    for (const NodeId kid : kids) walk(kid, nested);
  }

 private:
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

  void builtin(const Node& node) {
    const auto kind = static_cast<Kind>(node.b);
    switch (static_cast<Builtin>(node.a)) {
      case Builtin::approved:
        reads_.approval = true;
        element(kind);
        return;
      case Builtin::rating:
        reads_.far = true;
        return;
      case Builtin::type:
      case Builtin::id:
      case Builtin::title:
        return;  // what changes them rebuilds the product
      default:
        element(kind);
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

bool reads_own_attributes_alone(const Program& program, NodeId formula) {
  const Node& node = program.nodes[formula];
  switch (node.op) {
    case Op::constant:
      return true;
    case Op::attribute:
      return program.attributes[node.a].kind == Kind::risk;
    case Op::let:
      return program.lets[node.a].kind == Kind::risk &&
             reads_own_attributes_alone(program, program.lets[node.a].value);
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
    case Op::match: {
      const auto kids = program.kids_of(node);
      return std::all_of(kids.begin(), kids.end(),
                         [&](NodeId kid) { return reads_own_attributes_alone(program, kid); });
    }
    default:
      return false;
  }
}

void add_reads(const Program& program, const std::vector<NodeId>& formulas, Reads& reads) {
  Walker walker(program, reads);
  for (const NodeId each : formulas) walker.walk(each);
}

}  // namespace riskd::engine
