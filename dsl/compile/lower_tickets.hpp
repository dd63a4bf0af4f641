// Templates of tickets.
#pragma once

#include "dsl/compile/lowering.hpp"

namespace riskd::dsl {

// Enters the templates into the program, and their names into `libraries`, which are those of the text.
void lower_tickets(Lowering& lowering, Libraries& libraries);

}  // namespace riskd::dsl
