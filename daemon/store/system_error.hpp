// A call of the system that failed, as an Error.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace riskd::store {

// Error::unavailable, "cannot WHAT: " and what errno says, at `path`.
Unexpected<Error> system_failed(std::string_view what, const std::string& path = {});

}  // namespace riskd::store
