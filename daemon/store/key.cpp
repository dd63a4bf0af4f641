#include "daemon/store/key.hpp"

#include <fmt/format.h>

#include <limits>

namespace riskd::store {

Status check_name(std::string_view what, std::string_view name) {
  if (name.empty()) return fail(ErrorCode::invalid, fmt::format("the {} is empty", what));
  if (name.size() > key_name_bytes) {
    return fail(ErrorCode::too_large,
                fmt::format("the {} has {} bytes, more than {}", what, name.size(), key_name_bytes),
                std::string(name.substr(0, 64)));
  }
  return Done{};
}

std::string number_key(std::uint64_t number) {
  std::string key(8, '\0');
  for (std::size_t i = 8; i-- > 0; number >>= 8) key[i] = static_cast<char>(number & 0xff);
  return key;
}

std::optional<std::uint64_t> read_number_key(std::string_view key) {
  if (key.size() != 8) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : key) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

Result<std::uint64_t> last_number(const View& view, Table table) {
  const auto last = view.last_key(table);
  if (!last) return failure(last);
  if (!*last) return std::uint64_t{0};
  const auto number = read_number_key(**last);
  if (!number || *number == 0) {
    return fail(ErrorCode::corrupt, "a key is not a number", describe_name(name_of(table), **last));
  }
  return *number;
}

std::string product_prefix(std::string_view product) {
  std::string key;
  key += static_cast<char>(product.size() >> 8 & 0xff);
  key += static_cast<char>(product.size() & 0xff);
  key += product;
  return key;
}

std::string product_key(std::string_view product, std::uint64_t number) {
  return product_prefix(product) + number_key(number);
}

bool is_marked(EntryKind kind) { return kind != EntryKind::facts && kind != EntryKind::time; }

std::string mark_key(EntryKind kind, std::uint64_t position) {
  return static_cast<char>(kind) + number_key(position);
}

Status each_product(const View& view, const std::function<bool(std::string_view product)>& visit) {
  constexpr std::size_t length_bytes = 2;
  std::string next;
  while (true) {
    std::string product;
    std::string damaged;
    Status read = view.scan(Table::facts_by_product, next, [&](const Entry& entry) {
      const std::string_view key = entry.key;
      if (key.size() <= length_bytes + number_key(0).size()) {
        damaged = describe_key(Table::facts_by_product, key);
      } else {
        product = key.substr(length_bytes, key.size() - length_bytes - number_key(0).size());
      }
      return false;
    });
    if (!read) return read;
    if (!damaged.empty()) return fail(ErrorCode::corrupt, "a key is damaged", damaged);
    if (product.empty() || !visit(product)) return Done{};
    next = product_key(product, std::numeric_limits<std::uint64_t>::max());
  }
}

std::string time_key(Instant moment, std::string_view name) {
  // The flipped sign bit puts moments before 1970 first.
  std::string key = number_key(static_cast<std::uint64_t>(moment.ms) ^ std::uint64_t{1} << 63);
  key += name;
  return key;
}

std::string describe_number(std::string_view table, std::uint64_t number) {
  return fmt::format("{}/{}", table, number);
}

std::string describe_name(std::string_view table, std::string_view name) {
  std::string text = fmt::format("{}/", table);
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string describe_key(Table table, std::string_view key) {
  const bool is_numbered = table == Table::facts || table == Table::changes ||
                           table == Table::policies || table == Table::log ||
                           table == Table::prunes;
  const auto number = is_numbered ? read_number_key(key) : std::nullopt;
  return number ? describe_number(name_of(table), *number) : describe_name(name_of(table), key);
}

}  // namespace riskd::store
