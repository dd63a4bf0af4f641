// The checksum behind each value of a table: CRC-32, as of zlib, of the table's number, the key and the value; 4 bytes in
// the machine's order. A value with it is sealed. The value of the format's key has none, so that every riskd can read it.
#pragma once

#include <cstddef>
#include <string_view>

#include "daemon/store/environment.hpp"
#include "engine/base/result.hpp"

namespace riskd::store {

inline constexpr std::string_view format_key("\0format", 7);

// How many bytes the checksum adds.
std::size_t seal_bytes(Table table, std::string_view key);
// Writes the value and its checksum to `to`, which has room for both.
void seal(Table table, std::string_view key, std::string_view value, char* to);
// The value without its checksum; Error::corrupt, with the record's place, where it does not fit.
Result<std::string_view> unseal(Table table, std::string_view key, std::string_view sealed);

}  // namespace riskd::store
