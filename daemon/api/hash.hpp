// SHA-256, by which equal bytes are told.
#pragma once

#include <istream>
#include <string>
#include <string_view>

namespace riskd::api {

// 64 hexadecimal digits of all that is left in `input`, after `head`.
std::string sha256(std::istream& input, std::string_view head = {});

}  // namespace riskd::api
