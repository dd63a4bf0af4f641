// What the analyses of conditions share: the space in which conditions are asked, and what they have told.
#pragma once

#include <vector>

#include "dsl/compile/declarations.hpp"
#include "dsl/compile/policy_text.hpp"
#include "dsl/conditions/condition_space.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Refers to everything, which must outlive it. The program has the nodes of all that is asked; the
// analyses add none.
struct Conditions {
  Conditions(const PolicyText& text, const engine::Program& made, const Declarations& names);

  // Whether there were not too many conditions yet that were too large. Then no more are asked.
  bool may_ask() const;
  // Whether what was just asked is too large; counts it.
  bool gave_up();

  const PolicyText& policy;
  const engine::Program& program;
  const Declarations& declared;
  ConditionSpace space;
  std::size_t too_large = 0;      // how many were
  std::vector<char> never_asked;  // by question: it is reported that it is never asked
};

}  // namespace riskd::dsl
