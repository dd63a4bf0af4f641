// Conditions that can never be true, and those that always are: where they stand in a policy.
#pragma once

#include <set>
#include <vector>

#include "dsl/analyse/conditions.hpp"
#include "dsl/compile/element_uses.hpp"

namespace riskd::dsl {

// Of what was reported that it is never true.
struct NeverTrue {
  std::vector<char> patterns;     // by the program's patterns: never applies
  std::set<ExprId> requirements;  // `required when`
};

// Reports them, of questions, patterns, requirements, steps and tickets. The policy is sound.
NeverTrue check_conditions(Conditions& conditions, const ElementUses& uses);

}  // namespace riskd::dsl
