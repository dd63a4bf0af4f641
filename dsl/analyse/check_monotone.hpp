// Steps that move the rating in the wrong direction: implementing a countermeasure must never raise a
// risk, and a failing test must never lower one.
#pragma once

#include "dsl/analyse/conditions.hpp"

namespace riskd::dsl {

// Reports them, and steps that read what the steps make. The policy is sound and goes in no circle.
void check_monotone(Conditions& conditions);

}  // namespace riskd::dsl
