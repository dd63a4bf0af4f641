#include "daemon/store/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/store/check.hpp"
#include "daemon/store/key.hpp"
#include "daemon/store/migrate.hpp"
#include "daemon/store/record.hpp"
#include "daemon/store/store_file.hpp"

namespace riskd::store {
namespace {

// What is read in one read transaction before the visitor sees it. Visitors may take their time, a
// read transaction may not.
constexpr std::size_t chunk_records = 512;
constexpr std::size_t chunk_bytes = 1u << 20;

Unexpected<Error> does_not_decode(Table table, std::string where) {
  return fail(ErrorCode::corrupt,
              fmt::format("a stored record of table `{}` does not decode", name_of(table)),
              std::move(where));
}

Result<FactRecord> read_fact(std::uint64_t seq, std::string_view bytes) {
  if (auto fact = decode_fact(seq, bytes)) return std::move(*fact);
  return does_not_decode(Table::facts, describe_number("facts", seq));
}

Result<ChangeRecord> read_change(std::uint64_t number, std::string_view bytes) {
  if (auto change = decode_change(bytes)) return std::move(*change);
  return does_not_decode(Table::changes, describe_number("changes", number));
}

Result<EntryRecord> read_entry(std::uint64_t position, std::string_view bytes) {
  if (auto entry = decode_entry(position, bytes)) return std::move(*entry);
  return does_not_decode(Table::log, describe_number("log", position));
}

// A table of numbered records, and its index by product.
template <typename Record>
struct Numbered {
  Table table;
  Table index;
  Result<Record> (*read)(std::uint64_t number, std::string_view bytes);
  bool has_gaps = false;
};
// Retention removes facts; who needs all of an entry counts them.
constexpr Numbered<FactRecord> facts_table{Table::facts, Table::facts_by_product, read_fact, true};
constexpr Numbered<ChangeRecord> changes_table{Table::changes, Table::changes_by_product,
                                               read_change};

constexpr Numbered<EntryRecord> log_table{Table::log, Table::log, read_entry};  // without an index

// Some records of a table in order, and where to go on.
template <typename Record>
class Chunk {
 public:
  explicit Chunk(const Numbered<Record>& table) : table_(table) {}

  // False where the chunk is full or the record is damaged.
  bool add(std::uint64_t number, std::string_view bytes) {
    auto record = table_.read(number, bytes);
    if (!record) return stop(std::move(record.error()));
    records.push_back(std::move(*record));
    next = number + 1;
    size_ += bytes.size();
    return records.size() < chunk_records && size_ < chunk_bytes;
  }
  bool stop(Error error) {
    failure = std::move(error);
    return false;
  }
  bool stop_at_damaged_key(Table table, std::string_view key) {
    return stop(Error{ErrorCode::corrupt, "a key is damaged", describe_name(name_of(table), key)});
  }

  std::vector<Record> records;
  std::uint64_t next = 0;  // after the last of `records`
  std::optional<Error> failure;

 private:
  Numbered<Record> table_;
  std::size_t size_ = 0;
};

// The records `from`…`end` of all products, as many as fit one chunk.
template <typename Record>
Status read_all(const View& view, const Numbered<Record>& table, std::uint64_t from,
                std::uint64_t end, Chunk<Record>& chunk) {
  chunk.next = from;
  return view.scan(table.table, number_key(from), [&](const Entry& entry) {
    const auto number = read_number_key(entry.key);
    if (!number) return chunk.stop_at_damaged_key(table.table, entry.key);
    if (*number > end) return false;
    if (*number != chunk.next && !table.has_gaps) {
      return chunk.stop(Error{ErrorCode::corrupt, "a record is missing",
                              describe_number(name_of(table.table), chunk.next)});
    }
    return chunk.add(*number, entry.value);
  });
}

// The same of one product, by the index.
template <typename Record>
Status read_product(const View& view, const Numbered<Record>& table, std::string_view product,
                    std::uint64_t from, std::uint64_t end, Chunk<Record>& chunk) {
  const std::string prefix = product_prefix(product);
  return view.scan(table.index, product_key(product, from), [&](const Entry& entry) {
    if (entry.key.substr(0, prefix.size()) != prefix) return false;
    const auto number = read_number_key(entry.key.substr(prefix.size()));
    if (!number) return chunk.stop_at_damaged_key(table.index, entry.key);
    if (*number > end) return false;
    const auto bytes = view.get(table.table, number_key(*number));
    if (!bytes) return chunk.stop(bytes.error());
    if (!*bytes) {
      return chunk.stop(Error{ErrorCode::corrupt, "the index names a record that is missing",
                              describe_number(name_of(table.table), *number)});
    }
    return chunk.add(*number, **bytes);
  });
}

// The number of the first change whose seq may be after `after`: by halving, see encode_change.
Result<std::uint64_t> first_change_after(const View& view, std::uint64_t last,
                                         std::uint64_t after) {
  std::uint64_t low = 1;
  std::uint64_t high = last + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto bytes = view.get(Table::changes, number_key(middle));
    if (!bytes) return failure(bytes);
    const auto greatest = *bytes ? decode_greatest_seq(**bytes) : std::nullopt;
    if (!greatest) return does_not_decode(Table::changes, describe_number("changes", middle));
    if (*greatest > after) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Hands the records `from`…`end`, of one product or of all, to `visit` until it returns false.
template <typename Record, typename Visit>
Status visit_chunks(const Environment& environment, const Numbered<Record>& table,
                    std::optional<std::string_view> product, std::uint64_t from, std::uint64_t end,
                    const Visit& visit) {
  while (from <= end) {
    Chunk<Record> chunk(table);
    {
      const auto view = environment.read();
      if (!view) return failure(view);
      Status read = product ? read_product(*view, table, *product, from, end, chunk)
                            : read_all(*view, table, from, end, chunk);
      if (!read && !chunk.failure) chunk.failure = read.error();
    }
    for (const Record& record : chunk.records) {
      if (!visit(record)) return Done{};
    }
    if (chunk.failure) return Unexpected<Error>(*chunk.failure);
    if (chunk.records.empty()) return Done{};
    from = chunk.next;
  }
  return Done{};
}

Result<std::optional<PolicyRecord>> read_policy(const View& view, std::uint64_t revision) {
  const auto bytes = view.get(Table::policies, number_key(revision));
  if (!bytes) return failure(bytes);
  if (!*bytes) return std::optional<PolicyRecord>();
  auto policy = decode_policy(revision, **bytes, PolicyFiles::with_texts);
  if (!policy) return does_not_decode(Table::policies, describe_number("policies", revision));
  return policy;
}

}  // namespace

Store::Store(std::optional<FolderLock> lock, std::unique_ptr<Environment> environment,
             std::uint64_t last_seq, std::unique_ptr<Child> check)
    : lock_(std::move(lock)), environment_(std::move(environment)), check_(std::move(check)) {
  state_.last_seq = last_seq;
}

Result<std::unique_ptr<Transaction>> Store::begin() {
  if (!lock_) return fail(ErrorCode::invalid, "the store was opened to be read only");
  return Transaction::begin(*environment_, state_);
}

Status Store::facts(std::uint64_t after, const FactVisitor& visit) const {
  return visit_facts({}, after, visit);
}

Status Store::facts_in(std::uint64_t first, std::uint64_t count, const FactVisitor& visit) const {
  if (count == 0) return Done{};
  return visit_chunks(*environment_, facts_table, {}, first, first + count - 1, visit);
}

Status Store::facts_of(std::string_view product, std::uint64_t after,
                       const FactVisitor& visit) const {
  return product.size() > key_name_bytes ? Status(Done{}) : visit_facts(product, after, visit);
}

Status Store::changes_of(std::string_view product, std::uint64_t after,
                         const ChangeVisitor& visit) const {
  return product.size() > key_name_bytes ? Status(Done{}) : visit_changes(product, after, visit);
}

Status Store::changes(std::uint64_t after, const ChangeVisitor& visit) const {
  return visit_changes({}, after, visit);
}

Status Store::newest_changes(std::uint64_t count, const ChangeVisitor& visit) const {
  std::uint64_t last = 0;
  {
    const auto view = environment_->read();
    if (!view) return failure(view);
    const auto found = last_number(*view, Table::changes);
    if (!found) return failure(found);
    last = *found;
  }
  const std::uint64_t first = last - std::min(last, count) + 1;
  return visit_chunks(*environment_, changes_table, {}, first, last, visit);
}

Status Store::entries(std::uint64_t after, const EntryVisitor& visit) const {
  std::uint64_t first = 0;
  LogHead head;
  {
    const auto view = environment_->read();
    if (!view) return failure(view);
    const auto begin = first_position(*view);
    if (!begin) return failure(begin);
    const auto end = head_of(*view);
    if (!end) return failure(end);
    first = std::max(*begin, after + 1);
    head = *end;
  }
  return visit_chunks(*environment_, log_table, {}, first, head.position, visit);
}

Result<LogHead> Store::head() const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  return head_of(*view);
}

Result<std::vector<EffectRecord>> Store::effects() const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  std::vector<EffectRecord> effects;
  std::optional<std::string> damaged;
  Status done = view->scan(Table::effects, {}, [&](const Entry& entry) {
    auto effect = decode_effect(entry.key, entry.value);
    if (effect) {
      effects.push_back(std::move(*effect));
    } else {
      damaged = describe_name("effects", entry.key);
    }
    return effect.has_value();
  });
  if (!done) return failure(done);
  if (damaged) return does_not_decode(Table::effects, *damaged);
  return effects;
}

Result<std::optional<PolicyRecord>> Store::policy(std::uint64_t revision) const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  return read_policy(*view, revision);
}

Result<std::optional<PolicyRecord>> Store::latest_policy() const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  const auto last = last_number(*view, Table::policies);
  if (!last) return failure(last);
  return read_policy(*view, *last);
}

Result<std::vector<PolicyRecord>> Store::policies() const {
  const auto view = environment_->read();
  if (!view) return failure(view);
  std::vector<PolicyRecord> policies;
  std::optional<std::string> damaged;
  Status done = view->scan(Table::policies, {}, [&](const Entry& entry) {
    const auto revision = read_number_key(entry.key);
    auto policy =
        revision ? decode_policy(*revision, entry.value, PolicyFiles::names_only) : std::nullopt;
    if (policy) {
      policies.push_back(std::move(*policy));
    } else {
      damaged =
          revision ? describe_number("policies", *revision) : describe_name("policies", entry.key);
    }
    return !damaged;
  });
  if (!done) return failure(done);
  if (damaged) return does_not_decode(Table::policies, *damaged);
  return policies;
}

Result<std::optional<ReplyRecord>> Store::reply(std::string_view key) const {
  if (key.empty() || key.size() > key_name_bytes) return std::optional<ReplyRecord>();
  const auto view = environment_->read();
  if (!view) return failure(view);
  const auto bytes = view->get(Table::replies, key);
  if (!bytes) return failure(bytes);
  if (!*bytes) return std::optional<ReplyRecord>();
  auto reply = decode_reply(**bytes);
  if (!reply) return does_not_decode(Table::replies, describe_name("replies", key));
  return reply;
}

Result<std::optional<std::string>> Store::meta(std::string_view name) const {
  if (name.empty() || name.size() > key_name_bytes) return std::optional<std::string>();
  const auto view = environment_->read();
  if (!view) return failure(view);
  const auto value = view->get(Table::meta, name);
  if (!value) return failure(value);
  if (!*value) return std::optional<std::string>();
  return std::optional<std::string>(**value);
}

std::uint64_t Store::size_bytes() const {
  std::uint64_t all = 0;
  for (const auto& [name, bytes] : table_bytes()) all += bytes;
  return all;
}

std::vector<std::pair<std::string_view, std::uint64_t>> Store::table_bytes() const {
  std::vector<std::pair<std::string_view, std::uint64_t>> tables;
  const auto view = environment_->read();
  if (!view) return tables;
  const auto bytes = view->table_bytes();
  if (!bytes) return tables;
  for (std::size_t i = 0; i < table_count; ++i)
    tables.emplace_back(name_of(static_cast<Table>(i)), (*bytes)[i]);
  return tables;
}

Status Store::visit_facts(std::optional<std::string_view> product, std::uint64_t after,
                          const FactVisitor& visit) const {
  const std::uint64_t end = last_seq();
  if (after >= end) return Done{};
  return visit_chunks(*environment_, facts_table, product, after + 1, end, visit);
}

Status Store::visit_changes(std::optional<std::string_view> product, std::uint64_t after,
                            const ChangeVisitor& visit) const {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  {
    const auto view = environment_->read();
    if (!view) return failure(view);
    const auto last = last_number(*view, Table::changes);
    if (!last) return failure(last);
    const auto start = first_change_after(*view, *last, after);
    if (!start) return failure(start);
    first = *start;
    end = *last;
  }
  return visit_chunks(
      *environment_, changes_table, product, first, end,
      [&](const ChangeRecord& change) { return change.seq <= after || visit(change); });
}

namespace {

// Whether the file can be mapped and read; a second process finds that out.
Status check_file(const std::string& folder, Extent extent) {
  if (Status whole = check_length(folder, least_pages, least_page_bytes); !whole) return whole;
  return check_store(folder, extent);
}

Result<std::unique_ptr<Store>> store_of(std::optional<FolderLock> lock,
                                        std::unique_ptr<Environment> environment,
                                        std::unique_ptr<Child> check = nullptr) {
  std::uint64_t last_seq = 0;
  {
    const auto view = environment->read();
    if (!view) return failure(view);
    const auto last = last_number(*view, Table::facts);
    if (!last) return failure(last);
    last_seq = *last;
  }
  return std::make_unique<Store>(std::move(lock), std::move(environment), last_seq,
                                 std::move(check));
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& folder, std::uint64_t map_bytes,
                                          std::uint64_t whole_bytes) {
  if (Status made = make_folder(folder); !made) return failure(made);
  auto lock = FolderLock::take(folder);
  if (!lock) return failure(lock);
  const bool is_new = is_missing(folder);
  const bool is_large = file_bytes(folder) > whole_bytes;
  Status ready = is_new ? begin_making(folder)
                        : check_file(folder, is_large ? Extent::for_start : Extent::everything);
  if (!ready) return failure(ready);
  auto environment = Environment::open(folder, map_bytes);
  if (!environment) return failure(environment);
  ready = migrate(**environment);
  if (ready && is_new) ready = end_making(folder);
  if (!ready) return failure(ready);
  std::unique_ptr<Child> check;
  if (is_large && !is_new) {
    auto begun = begin_check(folder);
    if (!begun) return failure(begun);
    check = std::move(*begun);
  }
  return store_of(std::move(*lock), std::move(*environment), std::move(check));
}

Result<std::unique_ptr<Store>> open_store_to_read(const std::string& folder) {
  if (is_missing(folder)) return fail(ErrorCode::not_found, "there is no store", folder);
  if (Status whole = check_file(folder, Extent::everything); !whole) return failure(whole);
  auto environment = Environment::open_to_read(folder);
  if (!environment) return failure(environment);
  return store_of({}, std::move(*environment));
}

}  // namespace riskd::store
