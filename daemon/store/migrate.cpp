#include "daemon/store/migrate.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "daemon/store/entry.hpp"
#include "daemon/store/key.hpp"
#include "daemon/store/record.hpp"

namespace riskd::store {
namespace {

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

}  // namespace

Status migrate(Environment& environment) {
  if (!environment.is_old()) return Done{};
  auto batch = environment.write();
  if (!batch) return failure(batch);
  if (Status raised = batch->raise_format(); !raised) return raised;
  const auto has_policy = last_number(*batch, Table::policies);
  if (!has_policy) return failure(has_policy);
  if (*has_policy > 0) {
    EntryRecord entry;
    entry.position = 1;
    entry.first_seq = 1;
    entry.head.kind = EntryKind::origin;
    entry.head.poster = "riskd";
    if (Status read = read_origin(*batch, entry); !read) return read;
    entry.head.evaluated = entry.head.at;
    entry.link = link_of({}, entry);
    Status put = batch->append(Table::log, number_key(entry.position), encode_entry(entry));
    if (!put) return put;
  }
  return batch->commit();
}

}  // namespace riskd::store
