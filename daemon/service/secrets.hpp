// What secrets are made of: the one file here that asks OpenSSL.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace riskd::service {

// HMAC with SHA-256 (RFC 2104) in 64 hexadecimal digits.
std::string hmac_sha256(std::string_view key, std::string_view message);

// From the system's generator. Error::unavailable where it gives none.
Result<std::string> random_bytes(std::size_t count);

// Takes as long wherever they differ; of two sizes it is false at once.
bool is_same_secret(std::string_view one, std::string_view other);

}  // namespace riskd::service
