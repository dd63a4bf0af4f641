// SHA-256, by which equal bytes are told, and what is signed with it.
#pragma once

#include <istream>
#include <string>
#include <string_view>

namespace riskd::api {

// 64 hexadecimal digits of all that is left in `input`, after `head`.
std::string sha256(std::istream& input, std::string_view head = {});

// HMAC with SHA-256 (RFC 2104) in 64 hexadecimal digits.
std::string hmac_sha256(std::string_view secret, std::string_view message);

// Compares in a time that does not depend on where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace riskd::api
