// How a policy uses its elements: what the lowering of elements leaves for the analyses.
#pragma once

#include <vector>

#include "dsl/syntax/syntax.hpp"

namespace riskd::dsl {

struct ElementUses {
  // By the program's uses of countermeasures.
  std::vector<ClauseId> clauses;
  std::vector<ExprId> conditions;  // of `required when`, or nothing
  // By the program's weaknesses and countermeasures: whether something uses it.
  std::vector<char> weakness_used, countermeasure_used;
};

}  // namespace riskd::dsl
