// Which keys of riskd.toml a tracker of a kind takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace riskd::service {

// In the order in which people are shown them.
std::vector<std::string> tracker_keys(std::string_view kind);

}  // namespace riskd::service
