// What a start, or the hours after it, would find wrong, without changing anything.
#pragma once

#include <string>
#include <vector>

#include "daemon/service/config.hpp"

namespace riskd::service {

struct StartFinding {
  bool prevents_start = true;  // else riskd starts, and something of it does not work
  std::string where, what;
};

// Of a configuration that is read: sockets, the store's folder and the trackers' folders, as this user can use them. A riskd that runs on the
// same store is no finding.
std::vector<StartFinding> check_start(const Config& config);

}  // namespace riskd::service
