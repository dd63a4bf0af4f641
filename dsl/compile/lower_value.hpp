// Expressions that have to be of a type. `what` is what needs it, for messages: "`mitigates`". Each is
// read from the library in which it stands. `nothing` gives no_node.
#pragma once

#include <string>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/scope.hpp"

namespace riskd::dsl {

engine::NodeId lower_condition(Lowering& lowering, ExprId id, const Scope& scope,
                               const std::string& what);
// A value of `type`: also a list of choices, and a share between 0% and 100%.
engine::NodeId lower_value(Lowering& lowering, ExprId id, const Scope& scope, engine::Type type,
                           const std::string& what);
// A value that depends on nothing.
engine::NodeId lower_constant(Lowering& lowering, ExprId id, const Scope& scope, engine::Type type,
                              const std::string& what);

// Reports a list where one value is wanted, and the other way round; whether it is neither.
bool check_one_or_list(Lowering& lowering, ExprId id, engine::Type type, const std::string& what);

}  // namespace riskd::dsl
