// What a tracker answers to a check, held against the policy and against what riskd remembers of it.
#pragma once

#include <string>

#include "connectors/tracker.hpp"
#include "daemon/service/service.hpp"

namespace riskd::service {

// The statuses of the report that the status map has no row for, as people read them; empty: there are none.
std::string unread_by_map(const engine::Program& program, const std::string& kind,
                          const std::string& map, const connectors::CheckReport& report);

// What is to be settled, whatever the tracker answers now.
void add_standing(const TrackerState& tracker, TrackerCheck& check);

// How others may come to know its secrets.
void add_exposure(const TrackerConfig& tracker, TrackerCheck& check);

}  // namespace riskd::service
