// A component that gets another id: facts about the earlier id become facts about the present one.
#pragma once

#include <string>

#include "engine/facts/product.hpp"

namespace riskd::engine {

// Moves everything that the product has of the component `from` to `to`, and remembers the name. Where both have
// something, the newest fact holds. Nothing where it was done before. Cost: one walk over the product.
void rename_component(Product& product, const std::string& from, const std::string& to);

// Adds what was said of a ticket under another id.
void merge_tickets(TicketFacts& into, TicketFacts from);

}  // namespace riskd::engine
