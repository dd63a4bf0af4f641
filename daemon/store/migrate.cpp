#include "daemon/store/migrate.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/entry.hpp"
#include "daemon/store/key.hpp"
#include "daemon/store/record.hpp"

namespace riskd::store {
namespace {

constexpr std::size_t sealed_at_once = 1'000;

// Adds up what the entry is about.
Status read_origin(const View& view, EntryRecord& entry) {
  BodyDigest body;
  std::string damaged;
  const auto damage = [&](Table table, std::string_view key) {
    damaged = describe_key(table, key);
    return false;
  };
  Status read = view.scan(Table::policies, {}, [&](const Entry& each) {
    const auto revision = read_number_key(each.key);
    const auto policy =
        revision ? decode_policy(*revision, each.value, PolicyFiles::names_only) : std::nullopt;
    if (!policy) return damage(Table::policies, each.key);
    body.add(each.value);
    entry.head.policy = *revision;
    entry.head.at = std::max(entry.head.at, policy->at);
    return true;
  });
  if (!read) return read;
  read = view.scan(Table::facts, {}, [&](const Entry& each) {
    const auto seq = read_number_key(each.key);
    const auto fact = seq ? decode_fact(*seq, each.value) : std::nullopt;
    if (!fact) return damage(Table::facts, each.key);
    body.add(each.value);
    ++entry.facts;
    entry.position = std::max(entry.position, *seq);
    entry.head.at = std::max(entry.head.at, fact->received);
    return true;
  });
  if (!read) return read;
  read = view.scan(Table::changes, {}, [&](const Entry& each) {
    const auto change = decode_change(each.value);
    if (!change) return damage(Table::changes, each.key);
    entry.position = std::max(entry.position, change->seq);
    entry.head.at = std::max(entry.head.at, change->at);
    return true;
  });
  if (!read) return read;
  if (!damaged.empty())
    return fail(ErrorCode::corrupt, "a record of an earlier riskd does not decode", damaged);
  entry.body = body.finish();
  return Done{};
}

// Values of the first format have no checksum: what is put gets one. Some at a time, since what a scan points to moves
// when a value is put.
Status seal_table(Batch& batch, Table table) {
  std::string next;
  bool is_over = false;
  while (!is_over) {
    std::vector<std::pair<std::string, std::string>> some;
    is_over = true;
    Status read = batch.scan(table, next, [&](const Entry& entry) {
      is_over = some.size() < sealed_at_once;
      if (!is_over) {
        next = entry.key;
        return false;
      }
      some.emplace_back(entry.key, entry.value);
      return true;
    });
    if (!read) return read;
    for (const auto& [key, value] : some) {
      if (Status put = batch.put(table, key, value); !put) return put;
    }
  }
  return Done{};
}

Status seal_all(Batch& batch) {
  for (std::size_t i = 0; i < table_count; ++i) {
    if (Status sealed = seal_table(batch, static_cast<Table>(i)); !sealed) return sealed;
  }
  return Done{};
}

// Begins the log with what was there.
Status begin_log(Batch& batch) {
  const auto policies = last_number(batch, Table::policies);
  if (!policies) return failure(policies);
  if (*policies == 0) return Done{};
  EntryRecord entry;
  entry.position = 1;
  entry.first_seq = 1;
  entry.head.kind = EntryKind::origin;
  entry.head.poster = "riskd";
  if (Status read = read_origin(batch, entry); !read) return read;
  entry.head.evaluated = entry.head.at;
  entry.link = link_of({}, entry);
  return batch.append(Table::log, number_key(entry.position), encode_entry(entry));
}

Status mark_entries(Batch& batch) {
  std::vector<std::string> marks;
  std::string damaged;
  Status read = batch.scan(Table::log, {}, [&](const Entry& each) {
    const auto position = read_number_key(each.key);
    const auto entry = position ? decode_entry(*position, each.value) : std::nullopt;
    if (!entry) damaged = describe_key(Table::log, each.key);
    if (entry && is_marked(entry->head.kind))
      marks.push_back(mark_key(entry->head.kind, *position));
    return damaged.empty();
  });
  if (!read) return read;
  if (!damaged.empty())
    return fail(ErrorCode::corrupt, "an entry of the log does not decode", damaged);
  for (const std::string& mark : marks) {
    if (Status put = batch.put(Table::marks, mark, {}); !put) return put;
  }
  return Done{};
}

}  // namespace

Status migrate(Environment& environment) {
  const int old = environment.old_format();
  if (old == 0) return Done{};
  auto batch = environment.write();
  if (!batch) return failure(batch);
  Status done = old == 1 ? seal_all(*batch) : Done{};
  if (done) done = batch->raise_format();
  if (done && old == 1) done = begin_log(*batch);
  if (done && old <= 2) done = mark_entries(*batch);
  return done ? batch->commit() : done;
}

}  // namespace riskd::store
