// Comparisons that are decided before anybody answers: what they say is not what was meant.
#pragma once

#include <vector>

#include "dsl/compile/declarations.hpp"
#include "dsl/compile/policy_text.hpp"
#include "dsl/compile/scope.hpp"
#include "dsl/compile/value_types.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Reports a comparison, `expr`, whose sides are one value; whether it is one.
bool compares_with_itself(const PolicyText& policy, const engine::Program& program,
                          const Expr& expr, const Typed& a, const Typed& b, const Scope& scope);

// Reports `type is database and readers > 2`, where `readers` is asked of another type: it has no value
// there, and no component is ever counted. `parts` are the operands of `expr`, an `and`.
void check_types_asked(const PolicyText& policy, const engine::Program& program,
                       const Declarations& declared, const Expr& expr,
                       const std::vector<engine::NodeId>& parts);

}  // namespace riskd::dsl
