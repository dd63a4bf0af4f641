// What riskd says of itself.
#pragma once

#include "daemon/service/shared.hpp"

namespace riskd::service {

// Adds what the store, the products and what waits for trackers are like. `state` has its trackers already.
void describe(const Shared& shared, ServiceState& state);

}  // namespace riskd::service
