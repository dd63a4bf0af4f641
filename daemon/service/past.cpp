#include "daemon/service/past.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/service/recall.hpp"
#include "daemon/service/stored_fact.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::service {

using HistoryEntry = Service::HistoryEntry;

Result<std::vector<HistoryEntry>> history_of(const store::Store& store, const std::string& product,
                                             std::uint64_t after, std::size_t limit) {
  std::vector<HistoryEntry> facts;
  // What has the seq of the last one belongs to the same page: the next one begins after it.
  const auto is_full = [&](const std::vector<HistoryEntry>& list, std::uint64_t seq) {
    return list.size() >= limit && !list.empty() && list.back().seq != seq;
  };
  Status read = store.facts_of(product, after, [&](const store::FactRecord& record) {
    if (is_full(facts, record.seq)) return false;
    facts.push_back({record.seq,
                     record.at,
                     record.received == record.at ? std::nullopt : std::optional(record.received),
                     record.policy,
                     "fact",
                     record.poster,
                     {},
                     record.body});
    return true;
  });
  if (!read) return failure(read);
  std::vector<HistoryEntry> changes;
  read = store.changes_of(product, after, [&](const store::ChangeRecord& record) {
    if (is_full(changes, record.seq)) return false;
    changes.push_back({record.seq,
                       record.at,
                       std::nullopt,
                       record.policy,
                       "change",
                       {},
                       record.cause,
                       record.body});
    return true;
  });
  if (!read) return failure(read);
  auto base = base_of(store, product);
  if (!base) return failure(base);
  if (*base && (*base)->facts.last_seq > after) {
    HistoryEntry removed{(*base)->facts.last_seq, (*base)->evaluated, {}, 0, "removed", {}, {}, {}};
    removed.body = fmt::format(R"({{"since": "{}", "until": "{}"}})",
                               to_string((*base)->removed_since.value_or((*base)->evaluated)),
                               to_string((*base)->evaluated));
    const auto place = std::upper_bound(
        changes.begin(), changes.end(), removed.seq,
        [](std::uint64_t seq, const HistoryEntry& each) { return seq < each.seq; });
    changes.insert(place, std::move(removed));
  }
  std::vector<HistoryEntry> merged;
  std::merge(facts.begin(), facts.end(), changes.begin(), changes.end(), std::back_inserter(merged),
             [](const HistoryEntry& a, const HistoryEntry& b) { return a.seq < b.seq; });
  std::size_t end = std::min(limit, merged.size());
  while (end > 0 && end < merged.size() && merged[end].seq == merged[end - 1].seq) ++end;
  merged.resize(end);
  return merged;
}

namespace {

// A stored correction of the clock begins so.
constexpr std::string_view clock_fact = R"({"clock":)";

Result<Corrections> corrections_of(const store::Store& store, const std::string& product) {
  Corrections corrections;
  std::optional<Error> damage;
  Status read = store.facts_of(product, 0, [&](const store::FactRecord& record) {
    if (!record.body.starts_with(clock_fact)) return true;
    auto fact = stored_fact(record);
    if (!fact) {
      damage = fact.error();
      return false;
    }
    if (const auto* clock = std::get_if<engine::ClockFact>(&fact->body))
      corrections.add(record.seq, clock->latest);
    return true;
  });
  if (damage) return Unexpected<Error>(std::move(*damage));
  if (!read) return failure(read);
  return corrections;
}

}  // namespace

Result<Past> past_of(const store::Store& store, const std::string& product, Instant at) {
  auto corrections = corrections_of(store, product);
  if (!corrections) return failure(corrections);
  auto base = base_of(store, product);
  if (!base) return failure(base);
  Past past;
  past.corrections = std::move(*corrections);
  past.facts.id = product;
  if (*base) {
    const std::uint64_t seq = (*base)->facts.last_seq;
    const Instant since =
        past.corrections.corrected(seq, (*base)->removed_since.value_or(Instant{}));
    const Instant until = past.corrections.corrected(seq, (*base)->evaluated);
    if (at >= since && at < until) {
      return fail(
          ErrorCode::gone,
          fmt::format("results that arrived between {} and {} were removed, as [store] says: "
                      "what held at {} is not known any more",
                      to_string(since), to_string(until), to_string(at)),
          product);
    }
    if (at >= until) past.facts = std::move((*base)->facts);
  }
  const std::uint64_t known = past.facts.last_seq;
  std::optional<Error> damage;
  Status read = store.facts_of(product, 0, [&](const store::FactRecord& record) {
    const Instant received = past.corrections.corrected(record.seq, record.received);
    if (!past.begin) {
      past.begin = received;
      past.begin_policy = record.policy;
    }
    if (received > at || record.seq <= known) return true;
    auto fact = stored_fact(record);
    if (!fact) {
      damage = fact.error();
      return false;
    }
    engine::fold(past.facts, std::move(*fact));
    return true;
  });
  if (damage) return Unexpected<Error>(std::move(*damage));
  if (!read) return failure(read);
  return past;
}

Instant end_of(Date day) { return {start_of(Date{day.days + 1}).ms - 1}; }

namespace {

// Goes from day to day while the facts of a product are read.
class DayWalk {
 public:
  DayWalk(std::string product, Date first, Date last, const DayVisitor& visit)
      : next_(first), last_(last), visit_(visit) {
    facts_.id = std::move(product);
  }

  // What retention has left: its facts stand for all up to them, from `until` on.
  void set_base(engine::Product base, Instant since, Instant until) {
    base_ = std::move(base);
    since_ = since;
    until_ = until;
  }
  bool is_over() const { return is_over_ || next_ > last_; }
  void end_days_before(Instant moment) {
    for (; !is_over() && end_of(next_) < moment; ++next_.days) end_day(end_of(next_));
  }
  bool knows(std::uint64_t seq) const { return seq <= facts_.last_seq; }
  void take(engine::Fact fact) {
    if (base_ && fact.from.seq > base_->last_seq) adopt_base();
    has_begun_ = has_changed_ = true;
    engine::fold(facts_, std::move(fact));
  }

 private:
  void adopt_base() {
    has_begun_ = has_changed_ = true;
    facts_ = std::move(*base_);
    base_.reset();
  }
  void end_day(Instant end) {
    if (base_ && end >= until_) adopt_base();
    const bool is_gone = end >= since_ && end < until_;
    if (!has_begun_ || is_gone) return;
    is_over_ = !visit_(next_, facts_, std::exchange(has_changed_, false));
  }

  engine::Product facts_;
  Date next_;
  const Date last_;
  const DayVisitor& visit_;
  std::optional<engine::Product> base_;
  Instant since_, until_;
  bool has_begun_ = false, has_changed_ = false, is_over_ = false;
};

}  // namespace

Status each_day(const store::Store& store, const std::string& product, Date first, Date last,
                const DayVisitor& visit) {
  auto corrections = corrections_of(store, product);
  if (!corrections) return failure(corrections);
  auto base = base_of(store, product);
  if (!base) return failure(base);
  DayWalk walk(product, first, last, visit);
  if (*base) {
    const std::uint64_t seq = (*base)->facts.last_seq;
    const Instant since = (*base)->removed_since.value_or(Instant{});
    const Instant until = corrections->corrected(seq, (*base)->evaluated);
    walk.set_base(std::move((*base)->facts), corrections->corrected(seq, since), until);
  }
  std::optional<Error> damage;
  Status read = store.facts_of(product, 0, [&](const store::FactRecord& record) {
    walk.end_days_before(corrections->corrected(record.seq, record.received));
    if (walk.is_over()) return false;
    if (walk.knows(record.seq)) return true;
    auto fact = stored_fact(record);
    if (!fact) {
      damage = fact.error();
      return false;
    }
    walk.take(std::move(*fact));
    return true;
  });
  if (damage) return Unexpected<Error>(std::move(*damage));
  if (!read) return read;
  walk.end_days_before({std::numeric_limits<std::int64_t>::max()});
  return Done{};
}

}  // namespace riskd::service
