// A tracker whose calls are counted and timed.
#pragma once

#include <memory>

#include "connectors/tracker.hpp"
#include "daemon/service/meters.hpp"

namespace riskd::service {

// Does what `tracker` does. `meters` outlives it.
std::unique_ptr<connectors::Tracker> metered(std::unique_ptr<connectors::Tracker> tracker,
                                             Meters& meters);

}  // namespace riskd::service
