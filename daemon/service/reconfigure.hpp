// Another configuration while riskd runs.
#pragma once

#include <string>

#include "daemon/service/policy_changes.hpp"
#include "daemon/service/trackers.hpp"

namespace riskd::service {

struct Reconfigured {
  Shared& shared;
  Writer& writer;
  PolicyChanges& policies;
  Trackers& trackers;
};

// See Service::reconfigure. One at a time.
Result<ReloadResult> reconfigure(const Reconfigured& parts, const Config& next,
                                 const std::string& poster);

}  // namespace riskd::service
