#include "tests/bench/compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "tests/bench/by_hand.hpp"
#include "tests/bench/workload.hpp"

namespace riskd::bench {
namespace {

bool is_near(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || std::abs(*a - *b) < 1e-9);
}

// Whether both tell the same of elements.
bool is_same(const engine::Deltas& a, const engine::Deltas& b) {
  const auto same_risk = [](const engine::RiskChange& x, const engine::RiskChange& y) {
    return x.id == y.id && x.whole == y.whole && x.ended == y.ended &&
           is_near(x.current, y.current) && is_near(x.projected, y.projected);
  };
  const auto same_state = [](const engine::StateChange& x, const engine::StateChange& y) {
    return x.id == y.id && x.state == y.state && x.tested == y.tested;
  };
  return std::equal(a.risks.begin(), a.risks.end(), b.risks.begin(), b.risks.end(), same_risk) &&
         std::equal(a.states.begin(), a.states.end(), b.states.begin(), b.states.end(),
                    same_state) &&
         a.rating_changed == b.rating_changed;
}

}  // namespace

void compare(std::uint32_t questions, std::uint32_t patterns) {
  const WorkloadM work = workload_m(questions, patterns, 3'000, 7);
  const engine::Policy policy = compiled(work.text());
  engine::LiveProduct live(policy, "p");
  live.apply({work.first_fact()}, Instant{first_moment_ms});
  FullByHand full(work);
  IncrementalByHand incremental(work);
  NamedByHand named(work);
  Changes changes;
  engine::Deltas told;
  for (std::size_t i = 0; i < work.events.size(); ++i) {
    const engine::Fact fact = work.fact(work.events[i], i + 2);
    const engine::Deltas deltas = live.apply({fact}, fact.from.at);
    named.apply(fact, told);
    if (!is_same(deltas, told)) {
      std::fprintf(stderr, "event %zu: the engine and the program by hand tell other changes\n", i);
      std::exit(1);
    }
    full.apply(work.events[i], changes);
    incremental.apply(work.events[i], changes);
    const double wanted = full.rating();
    if (std::abs(live.rating() - wanted) > 1e-9 || incremental.rating() != wanted) {
      std::fprintf(stderr, "event %zu: %.17g by hand, %.17g incremental, %.17g engine\n", i, wanted,
                   incremental.rating(), live.rating());
      std::exit(1);
    }
  }
}

void compare_with_tickets(std::uint32_t questions, std::uint32_t patterns) {
  const WorkloadM work = workload_m(questions, patterns, 1'000, 7);
  const engine::Policy policy = compiled(work.text(Rules::tickets));
  engine::LiveProduct live(policy, "p");
  live.apply({work.first_fact()}, Instant{first_moment_ms});
  std::size_t ticket_changes = 0;
  for (std::size_t i = 0; i < work.events.size(); ++i) {
    const engine::Fact fact = work.fact(work.events[i], i + 2, Rules::tickets);
    ticket_changes += live.apply({fact}, fact.from.at).tickets.size();
    const engine::LiveProduct fresh(policy, live.facts(), live.now());
    if (engine::difference(live, fresh).empty()) continue;
    std::fprintf(stderr,
                 "event %zu: with tickets the engine differs from an evaluation from nothing\n", i);
    std::exit(1);
  }
  if (ticket_changes < work.events.size() / 10) {
    std::fprintf(stderr, "%zu events change %zu tickets only\n", work.events.size(),
                 ticket_changes);
    std::exit(1);
  }
}

}  // namespace riskd::bench
