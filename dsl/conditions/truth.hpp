// Where a condition is true and where a value is which: decision diagrams with what they stand for.
#pragma once

#include <cstdint>
#include <vector>

#include "dsl/conditions/decision_diagrams.hpp"
#include "engine/program/value.hpp"

namespace riskd::dsl {

// Where a condition is true and where it is false. Elsewhere it is unknown.
struct Truth {
  static constexpr Diagram complement = -1;
  Diagram yes = nowhere;
  Diagram no = complement;  // complement: wherever it is not true
};

Diagram no_of(DecisionDiagrams& diagrams, const Truth& truth);
Diagram unknown_of(DecisionDiagrams& diagrams, const Truth& truth);

// A value, and where it is that one.
struct Case {
  Diagram when = everywhere;
  engine::Value value;
  // 0: the value is what it says. Otherwise it stands for all values in a gap between constants: of the
  // input with this number, less 1; `mixed`: of several.
  std::uint32_t symbol = 0;
  static constexpr std::uint32_t mixed = 0xffff'ffff;
};
using Cases = std::vector<Case>;  // no two with the same value and symbol

// Adds to `cases`: the value is also `value` in `when`.
void add(DecisionDiagrams& diagrams, Cases& cases, Diagram when, const engine::Value& value,
         std::uint32_t symbol);
// Adds `others`, each only within `when`.
void add_all(DecisionDiagrams& diagrams, Cases& cases, Diagram when, const Cases& others);
// The narrowest value that covers both; its `when` is nowhere.
Case hull_of(const Case& a, const Case& b);
// The cases of a truth value as a condition: a value that is none counts as false.
Truth as_truth(DecisionDiagrams& diagrams, const Cases& cases);
Cases cases_of(DecisionDiagrams& diagrams, const Truth& truth);

}  // namespace riskd::dsl
