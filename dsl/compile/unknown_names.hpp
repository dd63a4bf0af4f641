// What is said of a name that means nothing where it stands.
#pragma once

#include <optional>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/scope.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Reports it, with what it is elsewhere or what is close to it, unless what it would stand for was
// reported. May add nodes: it tries whether the name is a step.
void report_unknown_name(Lowering& lowering, const Expr& expr, const Scope& scope,
                         std::optional<engine::Type> expected);

}  // namespace riskd::dsl
