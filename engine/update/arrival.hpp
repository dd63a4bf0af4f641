// Facts that were evaluated before they were stored: their numbers and times are not known then.
#pragma once

#include <cstdint>
#include <variant>

#include "engine/facts/product.hpp"

namespace riskd::engine {

// What the stamps of such facts were expected to be, and what they are. The order of a product's facts stays:
// all of them are moved by the same, and nothing else was said of the product meanwhile.
struct Arrival {
  std::uint64_t after = 0;  // facts with a greater seq are those that arrive
  std::uint64_t later = 0;  // by so much their seq is greater than expected
  Instant expected, at;     // when they arrive; `at` is not before `expected`
};

// Gives the facts that arrive their numbers and times. Not of results that came alone. Nobody else has a copy of the product
// with these facts.
void arrive(Product& product, const Arrival& arrival);

// Whether a fact may be evaluated before it is stored. A run needs a time of its own then: it ends what is due by time, and
// that cannot move.
bool may_arrive_later(const FactBody& body);

}  // namespace riskd::engine
