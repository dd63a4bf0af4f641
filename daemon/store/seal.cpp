#include "daemon/store/seal.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "daemon/store/key.hpp"

namespace riskd::store {
namespace {

std::uint32_t checksum_of(Table table, std::string_view key, std::string_view value) {
  const auto add = [](uLong sum, std::string_view bytes) {
    if (bytes.empty()) return sum;  // without bytes zlib would begin anew
    return ::crc32_z(sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  };
  const char number = static_cast<char>(table);
  return static_cast<std::uint32_t>(add(add(add(0, {&number, 1}), key), value));
}

}  // namespace

std::size_t seal_bytes(Table table, std::string_view key) {
  return table == Table::meta && key == format_key ? 0 : sizeof(std::uint32_t);
}

void seal(Table table, std::string_view key, std::string_view value, char* to) {
  to = std::copy_n(value.data(), value.size(), to);
  const std::uint32_t sum = checksum_of(table, key, value);
  std::memcpy(to, &sum, seal_bytes(table, key));
}

Result<std::string_view> unseal(Table table, std::string_view key, std::string_view sealed) {
  const std::size_t bytes = seal_bytes(table, key);
  if (bytes == 0) return sealed;
  if (sealed.size() >= bytes) {
    const std::string_view value = sealed.substr(0, sealed.size() - bytes);
    std::uint32_t sum = 0;
    std::memcpy(&sum, sealed.data() + value.size(), bytes);
    if (sum == checksum_of(table, key, value)) return value;
  }
  return fail(ErrorCode::corrupt, "a record is damaged: it does not fit its checksum",
              describe_key(table, key));
}

}  // namespace riskd::store
