// Facts that a clock which was ahead has stamped with times to come.
#pragma once

#include "engine/facts/product.hpp"

namespace riskd::engine {

// Brings every time of the product that is later than `latest` to `latest`; the order of facts stays, since
// of equal times the later `seq` holds.
void bring_back_times(Product& product, Instant latest);

}  // namespace riskd::engine
