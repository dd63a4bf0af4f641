#include "daemon/service/retention.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "daemon/service/recall.hpp"
#include "daemon/service/stored_fact.hpp"
#include "daemon/snapshot/snapshot.hpp"
#include "dsl/text/sha256.hpp"

namespace riskd::service {
namespace {

// Bodies of facts begin so.
bool is_result(std::string_view body) {
  return body.starts_with(R"({"run":)") || body.starts_with(R"({"result":)");
}

struct Upload {
  std::uint64_t seq = 0;
  Instant received;
};

// Those of the product after `after`, in order.
Result<std::vector<Upload>> uploads_of(const store::Store& store, const std::string& product,
                                       std::uint64_t after) {
  std::vector<Upload> uploads;
  Status read = store.facts_of(product, after, [&](const store::FactRecord& record) {
    if (is_result(record.body)) uploads.push_back({record.seq, record.received});
    return true;
  });
  if (!read) return failure(read);
  return uploads;
}

// How many of them are superseded.
std::size_t count_old(const std::vector<Upload>& uploads, const Retention& kept, Instant now) {
  std::size_t old = 0;
  if (kept.seconds) {
    const Instant first{now.ms - static_cast<std::int64_t>(*kept.seconds * 1'000)};
    old = static_cast<std::size_t>(
        std::find_if(uploads.begin(), uploads.end(),
                     [&](const Upload& upload) { return upload.received >= first; }) -
        uploads.begin());
  }
  if (kept.uploads && uploads.size() > *kept.uploads)
    old = std::max(old, uploads.size() - *kept.uploads);
  return old;
}

// The entries of these facts that have nothing but results, rising.
Result<std::vector<std::uint64_t>> entries_of(const store::Store& store,
                                              const std::vector<Upload>& uploads) {
  std::vector<std::uint64_t> positions;
  std::uint64_t seen = 0;  // facts up to this one are of an entry that was looked at
  for (const Upload& upload : uploads) {
    if (upload.seq <= seen) continue;
    const auto entry = store.entry_of_fact(upload.seq);
    if (!entry) return failure(entry);
    seen = entry->first_seq + entry->facts - 1;
    if (entry->head.kind != store::EntryKind::facts || seen > uploads.back().seq) continue;
    bool are_results = true;
    Status read = store.facts_in(
        entry->first_seq, entry->facts,
        [&](const store::FactRecord& fact) { return are_results = is_result(fact.body); });
    if (!read) return failure(read);
    if (are_results) positions.push_back(entry->position);
  }
  return positions;
}

}  // namespace

Result<std::optional<Prune>> superseded(const store::Store& store, const std::string& product,
                                        const Retention& kept, Instant now) {
  auto base = base_of(store, product);
  if (!base) return failure(base);
  // What an earlier removal has left of older uploads is part of entries that are never removed.
  auto uploads = uploads_of(store, product, *base ? (*base)->facts.last_seq : 0);
  if (!uploads) return failure(uploads);
  std::size_t old = count_old(*uploads, kept, now);
  if (old > 0 && (*uploads)[old - 1].seq == store.last_seq()) --old;
  if (old == 0) return std::optional<Prune>();
  uploads->resize(old);
  auto positions = entries_of(store, *uploads);
  if (!positions) return failure(positions);
  if (positions->empty()) return std::optional<Prune>();

  Prune prune;
  prune.record.product = product;
  prune.record.seq = uploads->back().seq;
  prune.record.positions = std::move(*positions);
  engine::Product facts;
  facts.id = product;
  std::optional<Instant> since = uploads->front().received;
  if (*base) {
    facts = std::move((*base)->facts);
    since = std::min(*since, (*base)->removed_since.value_or(*since));
  }
  std::optional<Error> damage;
  Status read = store.facts_of(product, facts.last_seq, [&](const store::FactRecord& record) {
    if (record.seq > prune.record.seq) return false;
    auto fact = stored_fact(record);
    if (!fact) damage = fact.error();
    if (fact) engine::fold(facts, std::move(*fact));
    return !damage;
  });
  if (damage) return Unexpected<Error>(std::move(*damage));
  if (!read) return failure(read);
  prune.base = snapshot::write_snapshot(facts, uploads->back().received, {}, since);
  dsl::Sha256 sum;
  sum.add(prune.base);
  prune.record.base = sum.digest();
  return std::optional(std::move(prune));
}

}  // namespace riskd::service
