// Where the libraries that come with riskd are.
#pragma once

#include <string>

namespace riskd::dsl {

// The first folder `rules` or `share/riskd/rules`, beside the running program or above it, that holds
// core/core.risk; else /usr/share/riskd/rules where that is a folder. Empty: there is none.
std::string shipped_rules_folder();

}  // namespace riskd::dsl
