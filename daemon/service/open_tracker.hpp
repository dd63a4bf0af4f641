// From a tracker's configuration to the tracker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/tracker.hpp"
#include "daemon/service/shared.hpp"

namespace riskd::service {

// Where its tickets are made: the tracker's own project, and those that routes name.
std::vector<std::string> projects_of(const Config& all, const TrackerConfig& config);

// Makes no request: what the live tracker says of the configuration is `check_trackers`. `config` is of `all`.
Result<std::unique_ptr<connectors::Tracker>> open_tracker(Shared& shared, const Config& all,
                                                          const TrackerConfig& config);

}  // namespace riskd::service
