// Compares a configuration with the live Jira.
#pragma once

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

// As Tracker::check.
CheckReport check_jira(RestSession& session, const WebTrackerOptions& options);

}  // namespace riskd::connectors
