// The ends of days that the store keeps of each product.
#include <limits>
#include <utility>

#include "daemon/store/day_record.hpp"
#include "daemon/store/key.hpp"
#include "daemon/store/store.hpp"

namespace riskd::store {
namespace {

constexpr Date last_of_all{std::numeric_limits<std::int32_t>::max()};

Result<DayRecord> read_day(std::string_view product, const Entry& entry) {
  const auto day = day_of_key(product, entry.key);
  auto record = day ? decode_day(*day, entry.value) : std::nullopt;
  if (record) return std::move(*record);
  return fail(ErrorCode::corrupt, "a stored day does not decode",
              describe_key(Table::days, entry.key));
}

// The product of a key; empty where it is damaged.
std::string product_of(std::string_view key) {
  constexpr std::size_t length_bytes = 2;
  const std::size_t rest = length_bytes + number_key(0).size();
  return key.size() <= rest ? std::string()
                            : std::string(key.substr(length_bytes, key.size() - rest));
}

}  // namespace

Result<std::vector<DayRecord>> Store::days(std::string_view product, Date first, Date last,
                                           std::size_t limit) const {
  std::vector<DayRecord> days;
  if (product.empty() || product.size() > key_name_bytes) return days;
  const auto view = environment_->read();
  if (!view) return failure(view);
  const std::string prefix = product_prefix(product);
  std::optional<Error> damage;
  Status read = view->scan(Table::days, day_key(product, first), [&](const Entry& entry) {
    if (days.size() >= limit || !entry.key.starts_with(prefix)) return false;
    auto record = read_day(product, entry);
    if (!record) {
      damage = record.error();
      return false;
    }
    if (record->day > last) return false;
    days.push_back(std::move(*record));
    return true;
  });
  if (damage) return Unexpected<Error>(std::move(*damage));
  if (!read) return failure(read);
  return days;
}

Result<std::optional<DayRecord>> Store::newest_day(std::string_view product) const {
  if (product.empty() || product.size() > key_name_bytes) return std::optional<DayRecord>();
  const auto view = environment_->read();
  if (!view) return failure(view);
  const auto key = view->key_before(Table::days, day_key(product, last_of_all));
  if (!key) return failure(key);
  if (!*key || !(*key)->starts_with(product_prefix(product))) return std::optional<DayRecord>();
  const auto bytes = view->get(Table::days, **key);
  if (!bytes) return failure(bytes);
  if (!*bytes) return std::optional<DayRecord>();
  auto record = read_day(product, Entry{**key, **bytes});
  if (!record) return failure(record);
  return std::optional<DayRecord>(std::move(*record));
}

Status Transaction::add_day(std::string_view product, const DayRecord& record) {
  if (Status ready = check(check_name("product", product)); !ready) return ready;
  const std::string key = day_key(product, record.day);
  const auto known = batch_->get(Table::days, key);
  if (!known) return keep(failure(known));
  return *known ? Status(Done{}) : keep(batch_->put(Table::days, key, encode_day(record)));
}

Status Transaction::remove_days(Date first) {
  if (Status ready = check(Done{}); !ready) return ready;
  std::vector<std::string> keys;  // LMDB's keys move while entries are removed
  for (std::string next; true;) {
    std::string product;
    Status read = batch_->scan(Table::days, next, [&](const Entry& entry) {
      product = product_of(entry.key);
      return false;
    });
    if (!read) return keep(read);
    if (product.empty()) break;
    read = batch_->scan(Table::days, day_key(product, first), [&](const Entry& entry) {
      if (!entry.key.starts_with(product_prefix(product))) return false;
      keys.emplace_back(entry.key);
      return true;
    });
    if (!read) return keep(read);
    next = product_key(product, std::numeric_limits<std::uint64_t>::max());
  }
  for (const std::string& key : keys) {
    if (Status removed = keep(batch_->remove(Table::days, key)); !removed) return removed;
  }
  return Done{};
}

}  // namespace riskd::store
