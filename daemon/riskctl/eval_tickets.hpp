// riskctl eval --tickets. Used inside daemon/riskctl/ only.
#pragma once

#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::riskctl {

// Prints what riskd would write into a tracker now: tickets to be made with their texts, notes, closings.
void show_tickets(const engine::Program& program, const engine::Product& product, Instant now,
                  bool as_json_text);

}  // namespace riskd::riskctl
