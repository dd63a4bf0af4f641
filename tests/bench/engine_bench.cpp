// The inner loops of the engine, beside the same work written by hand. Each benchmark is named
// WORKLOAD/SIZE/PROGRAM; counters are p50 and p99 of one event in ns, and what the workload is of.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>

#include "engine/evaluate/evaluator.hpp"
#include "tests/bench/by_hand.hpp"
#include "tests/bench/compare.hpp"
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

const Prepared& prepared(std::uint32_t questions, std::uint32_t patterns,
                         Rules rules = Rules::plain) {
  static std::map<std::tuple<std::uint32_t, std::uint32_t, Rules>, Prepared> all;
  const auto [it, fresh] = all.try_emplace({questions, patterns, rules});
  if (fresh) {
    Prepared& made = it->second;
    made.work = workload_m(questions, patterns, event_count, 1);
    made.policy = compiled(made.work.text(rules));
    for (std::size_t i = 0; i < made.work.events.size(); ++i)
      made.facts.push_back(made.work.fact(made.work.events[i], i + 2, rules));
  }
  return it->second;
}

engine::Fact later(engine::Fact fact, std::uint64_t seq) {
  fact.from.seq = seq;
  fact.from.at = Instant{first_moment_ms + static_cast<std::int64_t>(seq)};
  return fact;
}

void one_product(benchmark::State& state, std::uint32_t questions, std::uint32_t patterns,
                 Rules rules) {
  const Prepared& of = prepared(questions, patterns, rules);
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

// Applies the first `events` events and nothing else: what is counted by callgrind, less a run with 0 events, is the
// engine's. Everything that the events take is made before, whatever their number.
void run_events(std::uint32_t questions, std::uint32_t patterns, Rules rules, std::size_t events) {
  const Prepared& of = prepared(questions, patterns, rules);
  engine::LiveProduct live(of.policy, "p");
  live.apply({of.work.first_fact()}, Instant{first_moment_ms});
  std::vector<std::vector<engine::Fact>> batches;
  for (const engine::Fact& each : of.facts) batches.push_back({each});
  for (std::size_t i = 0; i < std::min(events, batches.size()); ++i) {
    const Instant at = batches[i].front().from.at;
    benchmark::DoNotOptimize(live.apply(std::move(batches[i]), at));
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
    for (const Rules rules : {Rules::plain, Rules::tickets}) {
      add(rules == Rules::plain ? "engine" : "engine, tickets and evidence",
          [rules](benchmark::State& state, std::uint32_t q, std::uint32_t p) {
            one_product(state, q, p, rules);
          });
    }
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

// `bench_engine --run QUESTIONS PATTERNS plain|tickets EVENTS` applies events without measuring, for callgrind. Anything
// else is Google Benchmark's.
int main(int argc, char** argv) {
  using namespace riskd::bench;
  if (argc == 6 && std::string_view(argv[1]) == "--run") {
    const auto count = [&](int at) {
      return static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 10));
    };
    run_events(count(2), count(3),
               std::string_view(argv[4]) == "tickets" ? Rules::tickets : Rules::plain, count(5));
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  compare(100, 100);
  compare(300, 1'000);
  compare_with_tickets(100, 100);
  register_all();
  register_fleets();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
