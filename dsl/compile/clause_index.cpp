#include "dsl/compile/clause_index.hpp"

#include <algorithm>

namespace riskd::dsl {

ClauseIndex::ClauseIndex(const Compilation& policy) : policy_(policy) {
  for (const Clause& each : policy.syntax.clauses) {
    const LineColumn at = policy.sources[each.head.file].locate(each.head.begin);
    places_.try_emplace({each.head.file, at.line, at.column}, &each);
  }
}

const Clause* ClauseIndex::at(const engine::Place& place) const {
  const auto found = places_.find({place.file, place.line, place.column});
  return found == places_.end() ? nullptr : found->second;
}

engine::NodeId ClauseIndex::node_of(ExprId id) const {
  const auto found =
      std::lower_bound(policy_.lowered.begin(), policy_.lowered.end(), id,
                       [](const Lowered& each, ExprId wanted) { return each.expr < wanted; });
  const bool known = id != nothing && found != policy_.lowered.end() && found->expr == id;
  return known ? found->node : engine::no_node;
}

}  // namespace riskd::dsl
