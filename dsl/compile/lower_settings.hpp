// What elements set: their attributes and the tests that speak of them.
#pragma once

#include <vector>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/scope.hpp"

namespace riskd::dsl {

// What an element, or a decision, sets: `impact = high`.
struct WrittenSetting {
  Name attribute;
  ExprId value = nothing;
  Span head;  // for messages
};

// Adds to `out`, the settings of the same element so far, what `set` sets of an element of this kind.
// Reports attributes that are not there, or are set twice.
void lower_setting(Lowering& lowering, const WrittenSetting& set, engine::Kind kind,
                   const Scope& scope, std::vector<engine::Setting>& out);

// Adds to `out` the test that a clause, which begins at `head`, names. Reports sources that are none, and
// names that never match.
void lower_test(const PolicyText& policy, const TestSyntax& test, Span head,
                std::vector<engine::TestBinding>& out);

}  // namespace riskd::dsl
