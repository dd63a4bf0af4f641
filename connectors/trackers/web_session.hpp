// From the options of a tracker on the web to its session. Used inside connectors/ only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

// The session's part of the options; `headers` carry the credentials.
RestOptions rest_options(const WebTrackerOptions& options,
                         std::vector<std::pair<std::string, std::string>> headers);

}  // namespace riskd::connectors
