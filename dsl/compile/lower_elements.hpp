// What patterns, risks, weaknesses and countermeasures say.
#pragma once

#include "dsl/compile/element_uses.hpp"
#include "dsl/compile/lowering.hpp"

namespace riskd::dsl {

// Enters into the program conditions, settings, tests and uses. Reported: clauses that stand twice or do
// not belong there, uses of what is not there or reads a component that is not there.
ElementUses lower_elements(Lowering& lowering);

}  // namespace riskd::dsl
