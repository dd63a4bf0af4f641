// What deserves a warning in a policy whose every line is right.
#pragma once

#include "dsl/analyse/check_conditions.hpp"
#include "dsl/compile/declarations.hpp"
#include "dsl/compile/element_uses.hpp"
#include "dsl/compile/policy_text.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Questions that no rule reads, definitions that nothing uses, requirements and patterns that nothing
// tests, tests without evidence, names that hide others. Not where `never` tells that it is never so.
void warn_of_unused(const PolicyText& policy, const engine::Program& program,
                    const Declarations& declared, const ElementUses& uses, const NeverTrue& never);

}  // namespace riskd::dsl
