// riskctl eval --tickets. Used inside daemon/cli/ only.
#pragma once

#include "engine/product.hpp"
#include "engine/program.hpp"

namespace riskd::cli {

// Prints what riskd would write into a tracker now: tickets to be made with their texts, notes, closings.
void show_tickets(const engine::Program& program, const engine::Product& product, Instant now,
                  bool as_json_text);

}  // namespace riskd::cli
