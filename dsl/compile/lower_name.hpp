// Names in expressions: choices and steps, values that a library declares, built-in values.
#pragma once

#include <optional>
#include <vector>

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lowering.hpp"
#include "dsl/compile/scope.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {

// Where `quiet`, a name that means nothing is not reported.
Typed lower_name(Lowering& lowering, const Expr& expr, const Scope& scope,
                 std::optional<engine::Type> expected, bool quiet = false);

// A step or choice of `type`; an invalid value where `type` has none of that name. Reports nothing.
Typed lower_step(Lowering& lowering, const Name& name, engine::Type type);

// What a name may stand for: a value that a library declares, or a built-in one.
struct Reading {
  Member member;
  const Library* library = nullptr;
  const BuiltinName* builtin = nullptr;
};
// Everything that the name may stand for here; more than one is ambiguous.
std::vector<Reading> readings_of(const PolicyText& policy, const engine::Program& program,
                                 const Name& name, const Scope& scope);

}  // namespace riskd::dsl
