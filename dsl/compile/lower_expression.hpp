// An expression becomes a node.
#pragma once

#include <optional>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/scope.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {

// `expected` is the type that its place wants: where names of steps and choices come from. The result may
// be of another type.
Typed lower_expression(Lowering& lowering, ExprId id, const Scope& scope,
                       std::optional<engine::Type> expected = std::nullopt);

}  // namespace riskd::dsl
