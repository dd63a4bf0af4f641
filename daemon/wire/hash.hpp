// SHA-256, to recognise equal bytes; and a comparison of secrets.
#pragma once

#include <istream>
#include <string>
#include <string_view>

namespace riskd::wire {

// 64 hexadecimal digits of all that is left in `input`, after `head`.
std::string sha256(std::istream& input, std::string_view head = {});

// Compares in a time that does not depend on where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace riskd::wire
