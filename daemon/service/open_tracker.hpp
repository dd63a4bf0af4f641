// From a tracker's configuration to the tracker.
#pragma once

#include <memory>

#include "connectors/tracker.hpp"
#include "daemon/service/shared.hpp"

namespace riskd::service {

// Makes no request: what the live tracker says of the configuration is `check_trackers`.
Result<std::unique_ptr<connectors::Tracker>> open_tracker(Shared& shared,
                                                          const TrackerConfig& config);

}  // namespace riskd::service
