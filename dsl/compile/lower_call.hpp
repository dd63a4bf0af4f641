// Functions, aggregates, and texts with inserted values.
#pragma once

#include <optional>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/scope.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {

Typed lower_call(Lowering& lowering, const Expr& expr, const Scope& scope,
                 std::optional<engine::Type> expected);

// A text, with what stands between { and }. `nothing` gives no_node.
engine::NodeId lower_template(Lowering& lowering, TextId id, const Scope& scope);
// A value, or a list, as it is printed.
engine::NodeId lower_printed(Lowering& lowering, ExprId id, const Scope& scope);

}  // namespace riskd::dsl
