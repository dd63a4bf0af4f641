// The tokens that were given and revoked.
#include <string>

#include "daemon/store/key.hpp"
#include "daemon/store/store.hpp"

namespace riskd::store {

Status Transaction::append_access(const AccessRecord& access) {
  if (Status ready = check(check_name("token", access.token)); !ready) return ready;
  const std::string record = encode_access(access);
  Status put = keep(batch_->append(Table::access, number_key(next_position()), record));
  if (!put) return put;
  open_.body.add(record);
  open_.is_empty = false;
  return Done{};
}

Result<std::optional<AccessRecord>> Store::access(std::uint64_t position) const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  const auto bytes = view->get(Table::access, number_key(position));
  if (!bytes) return failure(bytes);
  if (!*bytes) return std::optional<AccessRecord>();
  auto record = decode_access(**bytes);
  if (!record) {
    return fail(ErrorCode::corrupt, "the stored change of access does not decode",
                describe_number(name_of(Table::access), position));
  }
  return record;
}

Result<std::vector<std::uint64_t>> Store::access_positions() const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  std::vector<std::uint64_t> positions;
  Status read = view->scan(Table::access, {}, [&](const Entry& entry) {
    positions.push_back(read_number_key(entry.key).value_or(0));
    return true;
  });
  if (!read) return failure(read);
  return positions;
}

Status Store::each_access(const AccessVisitor& visit) const {
  const auto positions = marked(EntryKind::access);
  if (!positions) return failure(positions);
  for (const std::uint64_t position : *positions) {
    const auto record = access(position);
    if (!record) return failure(record);
    Status visited = fail(ErrorCode::corrupt, "a change of access is missing",
                          describe_number(name_of(Table::access), position));
    Status read = entries(position - 1, [&](const EntryRecord& entry) {
      const bool is_of_access = entry.position == position && entry.head.kind == EntryKind::access;
      if (is_of_access && *record) {
        visit(entry, **record);
        visited = Done{};
      }
      return false;
    });
    if (!read) return read;
    if (!visited) return visited;
  }
  return Done{};
}

}  // namespace riskd::store
