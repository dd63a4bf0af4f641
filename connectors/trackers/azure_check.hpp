// Whether a configuration fits the live Azure DevOps.
#pragma once

#include "connectors/trackers/azure_session.hpp"
#include "connectors/trackers/azure_types.hpp"

namespace riskd::connectors {

// As Tracker::check: changes nothing.
CheckReport check_azure(AzureSession& session, AzureTypes& types, const WebTrackerOptions& options);

}  // namespace riskd::connectors
