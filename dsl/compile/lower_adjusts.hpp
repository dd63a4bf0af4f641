// The steps that lead from the inherent to the current rating, and their order.
#pragma once

#include <vector>

#include "dsl/compile/lowering.hpp"

namespace riskd::dsl {

// Enters the steps into the program, in their order, and their names into `libraries`, which are those of
// the text. Gives the clause of each, by the program's index; empty where nothing says the order: that is
// reported.
std::vector<ClauseId> lower_adjusts(Lowering& lowering, Libraries& libraries);

}  // namespace riskd::dsl
