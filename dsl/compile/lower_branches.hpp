// `if` and `match`.
#pragma once

#include <optional>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/scope.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {

Typed lower_choose(Lowering& lowering, const Expr& expr, const Scope& scope,
                   std::optional<engine::Type> expected);
// Reported too: cases that come twice, and those that are missing.
Typed lower_match(Lowering& lowering, const Expr& expr, const Scope& scope,
                  std::optional<engine::Type> expected);

}  // namespace riskd::dsl
