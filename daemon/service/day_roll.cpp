#include "daemon/service/day_roll.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "daemon/service/past.hpp"

namespace riskd::service {
namespace {

using Evaluated = std::shared_ptr<const ProductView>;

void count_tests(const engine::TestCounts& tests, store::DayCounts& counts) {
  counts.tests_failed = tests.failed;
  counts.tests_passed = tests.passed;
  counts.tests_stale = tests.stale;
  counts.tests_untested = tests.untested;
  counts.tests_false_positive = tests.false_positive;
  counts.tests_unmatched = tests.unmatched;
}

Instant arrival_of(const engine::Provenance& from) {
  return from.received.ms == 0 ? from.at : from.received;
}

// When the product's newest fact arrived; nullopt where retention has removed it.
Result<std::optional<Instant>> newest_arrival(const store::Store& store,
                                              const engine::Product& facts) {
  std::optional<Instant> newest;
  Status read =
      store.facts_of(facts.id, facts.last_seq - std::min<std::uint64_t>(facts.last_seq, 1),
                     [&](const store::FactRecord& record) {
                       if (record.seq == facts.last_seq) newest = record.received;
                       return false;
                     });
  if (!read) return failure(read);
  return newest;
}

// Makes the records of a product, a day after the other.
class Roll {
 public:
  Roll(PolicyArchive& archive, Instant started, const SkipDay& skipped)
      : archive_(archive), started_(started), skipped_(skipped) {}

  // What is known of the day before the first: `until` is when time alone changes it.
  void begin_with(store::DayRecord before, std::optional<Instant> until) {
    before_ = std::move(before);
    until_ = until;
  }

  // nullopt: there is no record of that day.
  using Evaluate = std::function<Evaluated(const PolicyInForce& policy, Instant now)>;
  Result<std::optional<store::DayRecord>> end(Date day, bool is_removed, bool has_changed,
                                              const Evaluate& evaluate) {
    if (is_removed) {
      before_.reset();
      return std::optional<store::DayRecord>();
    }
    const Instant now = end_of(day);
    const auto revision = archive_.revision_at(now);
    if (!revision) return failure(revision);
    const bool is_same =
        before_ && !has_changed && before_->policy == *revision && (!until_ || *until_ > now);
    if (!is_same) {
      const auto policy = archive_.policy(*revision);
      if (!policy) {
        before_.reset();
        skipped_(policy.error());
        return std::optional<store::DayRecord>();
      }
      const Evaluated view = evaluate(policy->compiled, now);
      before_ = summed(view->model());
      before_->policy = *revision;
      before_->riskd = RISKD_VERSION;
      until_ = view->live.next_change();
    }
    before_->day = day;
    before_->is_late = now < started_;
    return before_;
  }

 private:
  PolicyArchive& archive_;
  const Instant started_;
  const SkipDay& skipped_;
  std::optional<store::DayRecord> before_;
  std::optional<Instant> until_;
};

// Whether `before` is of the day before `day`, and nothing happened since: neither a fact, nor a policy, nor time.
bool is_still_so(const store::DayRecord& before, const ProductView& view, Instant newest,
                 Date day) {
  const Instant then = end_of(before.day);
  return before.day.days + 1 == day.days && before.riskd == RISKD_VERSION && newest <= then &&
         view.live.now() <= then && view.revision == before.policy;
}

}  // namespace

store::DayRecord summed(const engine::Model& model) {
  store::DayRecord record;
  record.rating = model.rating;
  record.band = model.band;
  record.is_approved = model.approved;
  store::DayCounts& counts = record.counts;
  std::map<std::string, std::uint64_t> bands;
  for (const engine::RiskRow& risk : model.risks) {
    ++bands[risk.band];
    counts.accepted += risk.accepted_until ? 1 : 0;
  }
  counts.risks.assign(bands.begin(), bands.end());
  for (const engine::WeaknessRow& weakness : model.weaknesses)
    ++counts.weaknesses.at(static_cast<std::size_t>(weakness.tested));
  for (const engine::CountermeasureRow& countermeasure : model.countermeasures)
    ++counts.countermeasures.at(static_cast<std::size_t>(countermeasure.state));
  for (const engine::TicketRow& ticket : model.tickets) {
    if (ticket.known) ++(ticket.is_open ? counts.tickets_open : counts.tickets_closed);
  }
  count_tests(model.tests, counts);
  counts.open_questions = model.open_questions.size();
  return record;
}

Status roll_up(const Shared& shared, PolicyArchive& archive, const ProductView& view, Days days,
               Instant started, const TakeDay& take, const SkipDay& skipped) {
  const store::Store& store = *shared.store;
  const engine::Product& facts = view.facts();
  if (facts.removed.value && arrival_of(facts.removed.from) < start_of(days.first)) return Done{};
  const auto newest = newest_arrival(store, facts);
  if (!newest) return failure(newest);
  Roll roll(archive, started, skipped);
  if (*newest && **newest <= end_of(days.first)) {
    auto before = store.newest_day(facts.id);
    if (!before) return failure(before);
    if (*before && is_still_so(**before, view, **newest, days.first))
      roll.begin_with(std::move(**before), view.live.next_change());
    for (Date day = days.first; day <= days.last; ++day.days) {
      auto record = roll.end(day, facts.removed.value, false, [&](const auto& policy, Instant now) {
        return view.under(policy.program, now);
      });
      if (!record) return failure(record);
      if (*record && !take(std::move(**record))) return Done{};
    }
    return Done{};
  }
  Status rolled = Done{};
  Status read =
      each_day(store, facts.id, days.first, days.last,
               [&](Date day, const engine::Product& then, bool has_changed) {
                 auto record = roll.end(
                     day, then.removed.value, has_changed, [&](const auto& policy, Instant now) {
                       return std::make_shared<const ProductView>(
                           engine::LiveProduct(policy.program, then, now), policy.revision);
                     });
                 if (!record) rolled = failure(record);
                 return record && (!*record || take(std::move(**record)));
               });
  return rolled ? read : rolled;
}

}  // namespace riskd::service
