// Circles: what needs its own value, told at the line that closes the circle.
#pragma once

#include <vector>

#include "dsl/compile/declarations.hpp"
#include "dsl/compile/element_uses.hpp"
#include "dsl/compile/policy_text.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Reports the first circle of a policy that is sound otherwise. `steps` are the clauses of the program's
// steps.
void check_circles(const PolicyText& policy, const engine::Program& program,
                   const Declarations& declared, const ElementUses& uses,
                   const std::vector<ClauseId>& steps);

}  // namespace riskd::dsl
