#include "daemon/store/log_head.hpp"

#include "daemon/store/key.hpp"

namespace riskd::store {

Result<LogHead> head_of(const View& view) {
  const auto position = last_number(view, Table::log);
  if (!position) return failure(position);
  if (*position == 0) return LogHead{};
  const auto bytes = view.get(Table::log, number_key(*position));
  if (!bytes) return failure(bytes);
  const auto entry = *bytes ? decode_entry(*position, **bytes) : std::nullopt;
  if (!entry) {
    return fail(ErrorCode::corrupt, "the newest entry of the log does not decode",
                describe_number(name_of(Table::log), *position));
  }
  return LogHead{*position, entry->link};
}

Result<std::uint64_t> first_position(const View& view) {
  std::uint64_t first = 0;
  std::string damaged;
  Status read = view.scan(Table::log, {}, [&](const Entry& entry) {
    const auto position = read_number_key(entry.key);
    if (!position || *position == 0) damaged = describe_key(Table::log, entry.key);
    first = position.value_or(0);
    return false;
  });
  if (!read) return failure(read);
  if (!damaged.empty()) return fail(ErrorCode::corrupt, "a key is not a number", damaged);
  return first;
}

}  // namespace riskd::store
