#include "dsl/scenario/coverage.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "dsl/compile/clause_index.hpp"

namespace riskd::dsl {
namespace {

using engine::NodeId;
using engine::Op;

class Collector {
 public:
  Collector(const Compilation& policy, const Reached& reached)
      : policy_(policy),
        syntax_(policy.syntax),
        program_(*policy.program),
        reached_(reached),
        index_(policy) {}

  std::vector<CoverageItem> run() {
    for (std::size_t file = 0; file < policy_.given_files; ++file) {
      for (const ClauseId id : syntax_.files[file]) clause(id);
    }
    tables();
    std::stable_sort(items_.begin(), items_.end(),
                     [](const CoverageItem& a, const CoverageItem& b) {
                       return std::tie(a.span.file, a.span.begin, a.kind) <
                              std::tie(b.span.file, b.span.begin, b.kind);
                     });
    return std::move(items_);
  }

 private:
  void clause(ClauseId id) {
    const Clause& each = syntax_.clauses[id];
    if (each.kind == ClauseKind::scenario) return;
    if (each.expr != nothing) expression(each.expr);
    for (const ClauseId child : each.children) clause(child);
  }

  // The nodes of an expression.
  std::vector<NodeId> nodes(ExprId id) const {
    std::vector<NodeId> found;
    auto it =
        std::lower_bound(policy_.lowered.begin(), policy_.lowered.end(), id,
                         [](const Lowered& each, ExprId wanted) { return each.expr < wanted; });
    for (; it != policy_.lowered.end() && it->expr == id; ++it) found.push_back(it->node);
    return found;
  }

  // Once: what a change says is part of the change and of what it changes.
  void expression(ExprId id) {
    if (!counted_.insert(id).second) return;
    const Expr& each = syntax_.exprs[id];
    if (each.kind != ExprKind::group) {
      CoverageItem item;
      item.kind = Covered::condition;
      item.span = each.span;
      item.group = id;
      bool condition = false;
      for (const NodeId node : nodes(id)) {
        const engine::Node& made = program_.nodes[node];
        if (made.type.base != engine::Base::truth || made.op == Op::constant) continue;
        condition = true;
        if (node >= reached_.trace.truths.size()) continue;
        const engine::Trace::Truth& truth = reached_.trace.truths[node];
        item.hits += truth.all();
        item.yes += truth.yes;
        item.no += truth.no;
      }
      if (condition) items_.push_back(item);
    }
    if (each.kind == ExprKind::match) cases(id, each);
    for (const ExprId kid : each.kids) expression(kid);
  }

  void cases(ExprId id, const Expr& match) {
    for (std::size_t kid = 1; kid < match.kids.size(); kid += 2) {
      const bool last = kid + 1 == match.kids.size();
      CoverageItem item;
      item.kind = Covered::match_case;
      item.span = syntax_.exprs[match.kids[kid]].span;
      if (!last) item.span.end = syntax_.exprs[match.kids[kid + 1]].span.end;
      item.group = id;
      item.index = static_cast<std::uint32_t>((kid - 1) / 2);
      for (const NodeId node : nodes(id))
        item.hits += count(reached_.trace.cases, node, item.index);
      items_.push_back(item);
    }
  }

  static std::uint64_t count(const std::map<engine::Trace::Branch, std::uint64_t>& counts,
                             std::size_t first, std::size_t second) {
    const auto found =
        counts.find({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(second)});
    return found == counts.end() ? 0 : found->second;
  }

  void tables() {
    const auto add = [&](Covered kind, const engine::Place& place, const std::string& name,
                         std::uint64_t hits) {
      const Clause* found = place.file < policy_.given_files ? index_.at(place) : nullptr;
      if (found == nullptr) return;
      const Clause& at = *found;
      CoverageItem item;
      item.kind = kind;
      item.span = kind == Covered::row ? at.span : at.head;
      item.name = name;
      item.hits = hits;
      items_.push_back(std::move(item));
    };
    for (std::size_t i = 0; i < program_.patterns.size(); ++i)
      add(Covered::pattern, program_.patterns[i].place, program_.patterns[i].id,
          reached_.patterns[i]);
    for (std::size_t i = 0; i < program_.adjusts.size(); ++i) {
      const auto acted = reached_.trace.steps.find(static_cast<std::uint32_t>(i));
      add(Covered::step, program_.adjusts[i].place, program_.adjusts[i].name,
          acted == reached_.trace.steps.end() ? 0 : acted->second);
    }
    for (std::size_t i = 0; i < program_.tickets.size(); ++i)
      add(Covered::ticket, program_.tickets[i].place, program_.tickets[i].name,
          reached_.tickets[i]);
    for (std::size_t i = 0; i < program_.status_maps.size(); ++i) {
      const engine::StatusMap& map = program_.status_maps[i];
      for (std::size_t row = 0; row < map.rows.size(); ++row)
        add(Covered::row, map.rows[row].place, "status-map " + map.title(),
            count(reached_.trace.status, i, row));
    }
    for (std::size_t i = 0; i < program_.evidence.size(); ++i) {
      const engine::Evidence& block = program_.evidence[i];
      for (std::size_t row = 0; row < block.rows.size(); ++row)
        add(Covered::row, block.rows[row].place, "evidence " + block.source,
            count(reached_.trace.evidence, i, row));
    }
  }

  const Compilation& policy_;
  const Syntax& syntax_;
  const engine::Program& program_;
  const Reached& reached_;
  ClauseIndex index_;
  std::unordered_set<ExprId> counted_;
  std::vector<CoverageItem> items_;
};

std::string complaint(const CoverageItem& item) {
  switch (item.kind) {
    case Covered::pattern:
      return "no scenario reaches the pattern " + item.name;
    case Covered::row:
      return "no scenario reaches this row of " + item.name;
    case Covered::step:
      return "in no scenario this step acts";
    case Covered::ticket:
      return "no scenario opens this ticket";
    case Covered::match_case:
      return "no scenario takes this case";
    case Covered::condition:
      break;
  }
  if (item.hits == 0) return "never looked at";
  if (item.yes == 0 && item.no == 0) return "never decided";
  return item.yes == 0 ? "never true" : "never false";
}

}  // namespace

std::vector<CoverageItem> coverage(const Compilation& policy, const Reached& reached) {
  return Collector(policy, reached).run();
}

std::vector<CoverageTotal> coverage_totals(const std::vector<CoverageItem>& items) {
  std::vector<CoverageTotal> totals{{"patterns"}, {"rows"}, {"steps"}, {"tickets"}, {"branches"}};
  for (const CoverageItem& item : items) {
    CoverageTotal& total = totals[std::min<std::size_t>(static_cast<std::size_t>(item.kind), 4)];
    total.reached += item.reached();
    total.all += item.parts();
  }
  return totals;
}

std::vector<CoverageMiss> coverage_misses(const Compilation& policy,
                                          const std::vector<CoverageItem>& items) {
  std::vector<CoverageMiss> misses;
  for (const CoverageItem& item : items) {
    if (item.reached() == item.parts()) continue;
    misses.push_back(
        {item.span, complaint(item), on_one_line(text_of(policy.sources, item.span), 100)});
  }
  return misses;
}

std::string coverage_text(const Compilation& policy, const std::vector<CoverageItem>& items) {
  std::string text;
  for (const CoverageMiss& miss : coverage_misses(policy, items)) {
    const SourceFile& file = policy.sources[miss.span.file];
    const LineColumn at = file.locate(miss.span.begin);
    text += file.name() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
            miss.what + ": " + miss.source + "\n";
  }
  std::string line;
  for (const CoverageTotal& total : coverage_totals(items)) {
    line += (line.empty() ? "" : ", ") + std::to_string(total.reached) + " of " +
            std::to_string(total.all) + " " + total.name;
  }
  return text + line + "\n";
}

}  // namespace riskd::dsl
