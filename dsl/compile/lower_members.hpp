// The expressions of questions, fields, attributes, derived values and ratings.
#pragma once

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {

// Enters into the program what they depend on, their defaults and their values.
void lower_members(Lowering& lowering);

// A derived value, by its index in the program: lowered now if nothing read it before. Reports a value
// that needs itself.
Typed lower_let(Lowering& lowering, std::uint32_t index);

// Of each derived value that a change gave another expression the type that it had before. Asked of a
// lowering of its own, of a program that is not used further.
LetTypes types_before_changes(Lowering& lowering);

// The derived values that have a type, for the editor.
std::vector<DerivedType> derived_types(const PolicyText& policy, const engine::Program& program,
                                       const Declarations& declared);

}  // namespace riskd::dsl
