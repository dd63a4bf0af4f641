// What must hold before anything is timed. Each prints the first difference and ends the program.
#pragma once

#include <cstdint>

namespace riskd::bench {

// The engine and the programs by hand do the same work: their ratings are compared after every event, and all changes
// with those of the program that reports the same changes.
void compare(std::uint32_t questions, std::uint32_t patterns);

// With tickets and evidence there is no program by hand: after every event the product is compared with one that is
// evaluated from nothing, and a tenth of the events must change a ticket.
void compare_with_tickets(std::uint32_t questions, std::uint32_t patterns);

}  // namespace riskd::bench
