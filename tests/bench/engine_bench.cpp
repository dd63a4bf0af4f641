// The inner loops of the engine, beside the same work written by hand. Each benchmark is named
// WORKLOAD/SIZE/PROGRAM; counters are p50 and p99 of one event in ns, and what the workload is of.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>

#include "engine/evaluate/evaluator.hpp"
#include "tests/bench/by_hand.hpp"
#include "tests/bench/fleet_bench.hpp"

namespace riskd::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t event_count = 20'000;

double ns_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// Runs `step(i)` for every iteration, then once more over all events, each timed alone. `prepare` makes
// what the steps of one round take; it is not timed.
void measure(benchmark::State& state, std::size_t events, const std::function<void()>& prepare,
             const std::function<void(std::size_t)>& step) {
  std::size_t i = events;
  for (auto _ : state) {
    if (i == events) {
      state.PauseTiming();
      prepare();
      i = 0;
      state.ResumeTiming();
    }
    step(i++);
  }
  std::vector<double> times(events);
  prepare();
  for (std::size_t k = 0; k < events; ++k) {
    const auto start = Clock::now();
    step(k);
    times[k] = ns_since(start);
  }
  std::sort(times.begin(), times.end());
  state.counters["p50_ns"] = times[events / 2];
  state.counters["p99_ns"] = times[events * 99 / 100];
  state.SetItemsProcessed(state.iterations());
}

struct Prepared {
  WorkloadM work;
  engine::Policy policy;
  std::vector<engine::Fact> facts;
};

const Prepared& prepared(std::uint32_t questions, std::uint32_t patterns) {
  static std::map<std::pair<std::uint32_t, std::uint32_t>, Prepared> all;
  const auto [it, fresh] = all.try_emplace({questions, patterns});
  if (fresh) {
    Prepared& made = it->second;
    made.work = workload_m(questions, patterns, event_count, 1);
    made.policy = compiled(made.work.text());
    for (std::size_t i = 0; i < made.work.events.size(); ++i)
      made.facts.push_back(made.work.fact(made.work.events[i], i + 2));
  }
  return it->second;
}

engine::Fact later(engine::Fact fact, std::uint64_t seq) {
  fact.from.seq = seq;
  fact.from.at = Instant{first_moment_ms + static_cast<std::int64_t>(seq)};
  return fact;
}

void one_product(benchmark::State& state, std::uint32_t questions, std::uint32_t patterns) {
  const Prepared& of = prepared(questions, patterns);
  engine::LiveProduct live(of.policy, "p");
  live.apply({of.work.first_fact()}, Instant{first_moment_ms});
  std::uint64_t seq = of.facts.size() + 2;
  std::size_t changes = 0;
  std::vector<std::vector<engine::Fact>> batches(of.facts.size());
  const auto prepare = [&] {
    for (std::size_t i = 0; i < batches.size(); ++i) batches[i] = {later(of.facts[i], ++seq)};
  };
  measure(state, batches.size(), prepare, [&](std::size_t i) {
    const Instant at = batches[i].front().from.at;
    const engine::Deltas deltas = live.apply(std::move(batches[i]), at);
    changes += deltas.risks.size();
  });
  benchmark::DoNotOptimize(changes);
}

// The same facts, and the same changes, by hand.
void named_by_hand(benchmark::State& state, std::uint32_t questions, std::uint32_t patterns) {
  const Prepared& of = prepared(questions, patterns);
  NamedByHand live(of.work);
  std::uint64_t seq = of.facts.size() + 2;
  std::size_t changes = 0;
  std::vector<engine::Fact> facts(of.facts.size());
  const auto prepare = [&] {
    for (std::size_t i = 0; i < facts.size(); ++i) facts[i] = later(of.facts[i], ++seq);
  };
  engine::Deltas deltas;
  measure(state, facts.size(), prepare, [&](std::size_t i) {
    live.apply(std::move(facts[i]), deltas);
    changes += deltas.risks.size();
  });
  benchmark::DoNotOptimize(changes);
}

template <typename ByHandKind>
void one_product_by_hand(benchmark::State& state, std::uint32_t questions, std::uint32_t patterns) {
  const Prepared& of = prepared(questions, patterns);
  ByHandKind live(of.work);
  Changes changes;
  std::size_t changed = 0;
  measure(
      state, of.work.events.size(), [] {},
      [&](std::size_t i) {
        live.apply(of.work.events[i], changes);
        changed += changes.size();
      });
  benchmark::DoNotOptimize(changed);
  if constexpr (std::is_same_v<ByHandKind, IncrementalByHand>) {
    IncrementalByHand once(of.work);
    std::size_t flipping = 0;
    for (const EventM& event : of.work.events) {
      const std::size_t before = once.flips();
      once.apply(event, changes);
      flipping += once.flips() != before ? 1 : 0;
    }
    state.counters["flips"] =
        static_cast<double>(flipping) / static_cast<double>(of.work.events.size());
  }
}

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

// The programs must do the same work: their ratings are compared after every event, and with the one
// that tells what the engine tells, all of that.
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

void from_nothing(benchmark::State& state, std::uint32_t questions, std::uint32_t patterns) {
  const Prepared& of = prepared(questions, patterns);
  engine::Product facts;
  facts.id = "p";
  engine::fold(facts, of.work.first_fact());
  for (auto _ : state) {
    state.PauseTiming();
    engine::Product copy = facts;
    state.ResumeTiming();
    auto live =
        std::make_unique<engine::LiveProduct>(of.policy, std::move(copy), Instant{first_moment_ms});
    benchmark::DoNotOptimize(live->rating());
    state.PauseTiming();
    live.reset();
    state.ResumeTiming();
  }
}

// What a live product takes: all of it, and without its model's elements.
void memory(benchmark::State& state, std::uint32_t questions, std::uint32_t patterns,
            bool answered) {
  const Prepared& of = prepared(questions, patterns);
  constexpr std::size_t count = 64;
  for (auto _ : state) {
    const double before = heap_bytes();
    std::vector<engine::LiveProduct> products;
    products.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      engine::Product facts;
      facts.id = "p";
      if (answered) engine::fold(facts, of.work.first_fact());
      products.emplace_back(of.policy, std::move(facts), Instant{first_moment_ms});
    }
    state.counters["bytes"] = (heap_bytes() - before) / count;
    for (engine::LiveProduct& each : products) each.cool();
    state.counters["cold_bytes"] = (heap_bytes() - before) / count;
  }
}

// A batch that answers `share` percent of the questions anew, as one change; or, after it, the same product
// evaluated from nothing and compared, which is the other way to come to the same changes.
void elastic(benchmark::State& state, std::uint32_t share, bool whole) {
  const Prepared& of = prepared(300, 1'000);
  engine::LiveProduct live(of.policy, "p");
  live.apply({of.work.first_fact()}, Instant{first_moment_ms});
  Random random{9};
  std::uint64_t seq = 2;
  for (auto _ : state) {
    state.PauseTiming();
    engine::AnswersFact answers;
    for (std::uint32_t i = 0; i < of.work.questions; ++i) {
      if (random.below(100) >= share) continue;
      answers.answers.emplace_back("m.q" + std::to_string(i),
                                   std::string(1, "vwxyz"[random.below(choices)]));
    }
    std::vector<engine::Fact> facts{
        {{++seq, Instant{first_moment_ms}, "bench"}, std::move(answers)}};
    if (!whole) state.ResumeTiming();
    benchmark::DoNotOptimize(live.apply(std::move(facts), Instant{first_moment_ms}));
    if (!whole) continue;
    state.ResumeTiming();
    const engine::LiveProduct fresh = live.under(of.policy, Instant{first_moment_ms});
    benchmark::DoNotOptimize(engine::difference(live, fresh));
  }
}

void components(benchmark::State& state, std::uint32_t count, bool of_component) {
  static const engine::Policy policy = compiled(text_c());
  Random random{3};
  std::vector<engine::Fact> first;
  std::uint64_t seq = 0;
  const Instant moment{first_moment_ms};
  const auto choice = [&] { return std::string(1, "vwx"[random.below(3)]); };
  const auto answers = [&](bool own) -> std::vector<std::pair<std::string, engine::RawValue>> {
    if (own) return {{"c.d", choice()}, {"c.e", choice()}, {"c.f", random.below(2) == 1}};
    return {{"c.a", choice()}, {"c.b", choice()}, {"c.c", random.below(2) == 1}};
  };
  first.push_back({{++seq, moment, "bench"}, engine::AnswersFact{"", answers(false)}});
  for (std::uint32_t i = 0; i < count; ++i) {
    engine::ComponentFact component;
    component.id = "c" + std::to_string(i);
    component.type = "c.part";
    component.answers = answers(true);
    first.push_back({{++seq, moment, "bench"}, std::move(component)});
  }
  engine::LiveProduct live(policy, "p");
  live.apply(first, moment);
  std::vector<engine::Fact> events;
  for (std::uint32_t i = 0; i < event_count; ++i) {
    auto all = answers(of_component);
    const std::size_t one = random.below(3);
    events.push_back(
        {{++seq, moment, "bench"},
         engine::AnswersFact{of_component ? "c" + std::to_string(random.below(count)) : "",
                             {all[one]}}});
  }
  std::vector<std::vector<engine::Fact>> batches(events.size());
  const auto prepare = [&] {
    for (std::size_t i = 0; i < batches.size(); ++i) {
      batches[i] = {events[i]};
      batches[i].front().from.seq = ++seq;
    }
  };
  measure(state, batches.size(), prepare,
          [&](std::size_t i) { live.apply(std::move(batches[i]), moment); });
}

// 50,000 results of one upload, from the parsed report to the deltas: of as many tests, or all about one
// weakness.
void upload(benchmark::State& state, bool about_one) {
  const Prepared& of = prepared(1'000, 10'000);
  engine::RunFact run;
  run.suite = "nightly";
  run.source = "junit";
  run.run = "1";
  for (std::uint32_t i = 0; i < 50'000; ++i) {
    engine::TestResult result;
    result.id = i < 20'000 ? "t" + std::to_string(i / 2) + "-" + std::to_string(i % 2)
                           : "other.Test" + std::to_string(i) + ".works";
    if (about_one) {
      result.id = "t0-0";
      result.scope = std::to_string(i);
    }
    result.outcome = i % 7 == 0 ? engine::TestOutcome::failed : engine::TestOutcome::passed;
    run.results.push_back(std::move(result));
  }
  engine::LiveProduct begun(of.policy, "p");
  begun.apply({of.work.first_fact()}, Instant{first_moment_ms});
  if (about_one)
    begun.apply({{{2, Instant{first_moment_ms}, "bench"}, run}}, Instant{first_moment_ms});
  for (auto _ : state) {
    state.PauseTiming();
    auto live = std::make_unique<engine::LiveProduct>(begun);
    std::vector<engine::Fact> facts{{{3, Instant{first_moment_ms + 1}, "bench"}, run}};
    state.ResumeTiming();
    benchmark::DoNotOptimize(live->apply(std::move(facts), Instant{first_moment_ms + 1}));
    state.PauseTiming();
    live.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * 50'000);
}

void register_all() {
  // The first has as many readers a question as the last.
  const std::pair<std::uint32_t, std::uint32_t> sizes[] = {
      {10, 100}, {100, 100}, {300, 1'000}, {1'000, 10'000}};
  for (const auto& size : sizes) {
    const std::uint32_t questions = size.first, patterns = size.second;
    const std::string name = "M/" + std::to_string(questions) + "x" + std::to_string(patterns);
    const auto add = [&](const std::string& program, auto function) {
      benchmark::RegisterBenchmark((name + "/" + program).c_str(), [=](benchmark::State& state) {
        function(state, questions, patterns);
      });
    };
    add("engine", one_product);
    add("by hand, incremental", one_product_by_hand<IncrementalByHand>);
    add("by hand, same facts and changes", named_by_hand);
    add("by hand, full", one_product_by_hand<FullByHand>);
    benchmark::RegisterBenchmark((name + "/from nothing").c_str(), [=](benchmark::State& state) {
      from_nothing(state, questions, patterns);
    })->Unit(benchmark::kMicrosecond);
    for (const bool answered : {false, true}) {
      benchmark::RegisterBenchmark(
          (name + (answered ? "/memory, all answered" : "/memory, nothing answered")).c_str(),
          [=](benchmark::State& state) { memory(state, questions, patterns, answered); })
          ->Iterations(1);
    }
  }
  for (const std::uint32_t count : {50u, 500u}) {
    for (const bool own : {false, true}) {
      benchmark::RegisterBenchmark(("C/" + std::to_string(count) + " components/" +
                                    (own ? "of a component" : "of the product"))
                                       .c_str(),
                                   [=](benchmark::State& state) { components(state, count, own); });
    }
  }
  for (const std::uint32_t share : {1u, 10u, 50u, 70u, 80u, 100u}) {
    const std::string name = "E/" + std::to_string(share) + " % of 300 answers at once/";
    benchmark::RegisterBenchmark((name + "engine").c_str(), [=](benchmark::State& state) {
      elastic(state, share, false);
    })->Unit(benchmark::kMicrosecond);
  }
  benchmark::RegisterBenchmark("E/100 % of 300 answers at once/a whole pass and its comparison",
                               [](benchmark::State& state) { elastic(state, 100, true); })
      ->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("U/50,000 results/engine", [](benchmark::State& state) {
    upload(state, false);
  })->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("U/50,000 results about one weakness, again/engine",
                               [](benchmark::State& state) { upload(state, true); })
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace riskd::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  riskd::bench::compare(100, 100);
  riskd::bench::compare(300, 1'000);
  riskd::bench::register_all();
  riskd::bench::register_fleets();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
