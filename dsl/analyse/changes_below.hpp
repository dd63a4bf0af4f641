// Which change is at fault for what a condition became.
#pragma once

#include "dsl/compile/declarations.hpp"
#include "dsl/compile/policy_text.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// What stands at `span` reads `node`. The expression of a derived value or an `ask when` below it that
// a library changed which imports the one of `span`; empty: none.
Span change_below(const PolicyText& policy, const engine::Program& program,
                  const Declarations& declared, engine::NodeId node, Span span);

}  // namespace riskd::dsl
