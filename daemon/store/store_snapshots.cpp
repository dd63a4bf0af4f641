// What the store knows beside the history: snapshots, what retention has left, and where rare entries stand.
#include <utility>

#include "daemon/store/key.hpp"
#include "daemon/store/store.hpp"

namespace riskd::store {
namespace {

Unexpected<Error> does_not_decode(Table table, std::uint64_t number) {
  return fail(ErrorCode::corrupt, "a stored record does not decode",
              describe_number(name_of(table), number));
}

Result<EntryRecord> read_entry(const View& view, std::uint64_t position) {
  const auto bytes = view.get(Table::log, number_key(position));
  if (!bytes) return failure(bytes);
  auto entry = *bytes ? decode_entry(position, **bytes) : std::nullopt;
  if (!entry) return does_not_decode(Table::log, position);
  return std::move(*entry);
}

Result<std::optional<std::string>> read_text(const Environment& environment, Table table,
                                             std::string_view key) {
  if (key.empty() || key.size() > key_name_bytes) return std::optional<std::string>();
  const auto view = environment.read();
  if (!view) return failure(view);
  const auto value = view->get(table, key);
  if (!value) return failure(value);
  if (!*value) return std::optional<std::string>();
  return std::optional<std::string>(**value);
}

}  // namespace

Status Store::products(const std::function<bool(const std::string&)>& visit) const {
  std::vector<std::string> found;
  {
    const auto view = environment_->read();
    if (!view) return failure(view);
    Status read = each_product(*view, [&](std::string_view product) {
      found.emplace_back(product);
      return true;
    });
    if (!read) return read;
  }
  for (const std::string& product : found) {
    if (!visit(product)) return Done{};
  }
  return Done{};
}

Result<std::vector<std::uint64_t>> Store::marked(EntryKind kind) const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  std::vector<std::uint64_t> positions;
  std::string damaged;
  Status read = view->scan(Table::marks, mark_key(kind, 0), [&](const Entry& entry) {
    if (entry.key.front() != static_cast<char>(kind)) return false;
    const auto position = read_number_key(entry.key.substr(1));
    if (position) positions.push_back(*position);
    if (!position) damaged = describe_key(Table::marks, entry.key);
    return damaged.empty();
  });
  if (!read) return failure(read);
  if (!damaged.empty()) return fail(ErrorCode::corrupt, "a key is damaged", damaged);
  return positions;
}

// By halving: first_seq never falls along the log.
Result<EntryRecord> Store::entry_of_fact(std::uint64_t seq) const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  const auto first = first_position(*view);
  if (!first) return failure(first);
  const auto head = head_of(*view);
  if (!head) return failure(head);
  std::uint64_t low = *first;
  std::uint64_t high = head->position + 1;
  while (low < high) {  // the first entry whose facts end at `seq` or behind it
    const std::uint64_t middle = low + (high - low) / 2;
    const auto entry = read_entry(*view, middle);
    if (!entry) return failure(entry);
    if (entry->first_seq + entry->facts > seq) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low > head->position)
    return fail(ErrorCode::not_found, "a fact is of no entry",
                describe_number(name_of(Table::facts), seq));
  return read_entry(*view, low);
}

Result<std::optional<PruneRecord>> Store::prune(std::uint64_t position) const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  const auto bytes = view->get(Table::prunes, number_key(position));
  if (!bytes) return failure(bytes);
  if (!*bytes) return std::optional<PruneRecord>();
  auto prune = decode_prune(**bytes);
  if (!prune) return does_not_decode(Table::prunes, position);
  return prune;
}

Result<std::optional<std::string>> Store::snapshot(std::string_view product) const {
  return read_text(*environment_, Table::snapshots, product);
}

Result<std::optional<std::string>> Store::base(std::string_view product) const {
  return read_text(*environment_, Table::bases, product);
}

}  // namespace riskd::store
