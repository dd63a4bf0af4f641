// HTTP Basic authentication (RFC 7617).
#pragma once

#include <string>

namespace riskd::connectors {

// The value of `Authorization`. `user` holds no colon; it may be empty.
std::string basic_authorization(const std::string& user, const std::string& password);

}  // namespace riskd::connectors
