// What patterns, risks, weaknesses and countermeasures say.
#pragma once

#include <vector>

#include "dsl/compile/lowering.hpp"

namespace riskd::dsl {

// How elements are used, for the checks.
struct ElementUses {
  // By the program's uses of countermeasures.
  std::vector<ClauseId> clauses;
  std::vector<ExprId> conditions;  // of `required when`, or nothing
  // By the program's weaknesses and countermeasures: whether something uses it.
  std::vector<char> weakness_used, countermeasure_used;
};

// Enters into the program conditions, settings, tests and uses. Reported: clauses that stand twice or do
// not belong there, uses of what is not there or reads a component that is not there.
ElementUses lower_elements(Lowering& lowering);

}  // namespace riskd::dsl
