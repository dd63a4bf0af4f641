// A component that gets another id: what was said of the earlier id is said of the present one.
#pragma once

#include <string>

#include "engine/facts/product.hpp"

namespace riskd::engine {

// Moves everything that the product holds of the component `from` to `to`, where of each thing the newest
// word holds, and remembers the name. Nothing where it was done before. Cost: one walk over the product.
void rename_component(Product& product, const std::string& from, const std::string& to);

// Adds what was said of a ticket under another id.
void merge_tickets(TicketFacts& into, TicketFacts from);

}  // namespace riskd::engine
