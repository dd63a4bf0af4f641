// Many products under one policy: evaluated from nothing, and carried to another policy as a reload does
// it, on one core. Counters: how many products, how many of them the reload reached, bytes of one that
// is not kept evaluated.
#include <benchmark/benchmark.h>

#include <map>
#include <memory>

#include "engine/update/policy_diff.hpp"
#include "tests/bench/fleet_bench.hpp"
#include "tests/bench/workload.hpp"

namespace riskd::bench {
namespace {

constexpr std::uint32_t answered_share = 10;  // a product answers one question in so many
constexpr Instant moment{first_moment_ms};

engine::Fact some_answers(const WorkloadM& work, Random& random) {
  engine::AnswersFact answers;
  for (std::uint32_t i = 0; i < work.questions; ++i) {
    if (random.below(answered_share) == 0)
      answers.answers.emplace_back("m.q" + std::to_string(i),
                                   std::string(1, "vwxyz"[random.below(choices)]));
  }
  return {{1, moment, "bench"}, std::move(answers)};
}

// The policy, and the same with one pattern in so many rated otherwise.
struct Fleet {
  WorkloadM work;
  engine::Policy policy, one_changed, percent_changed;
};

const Fleet& fleet(std::uint32_t questions, std::uint32_t patterns) {
  static std::map<std::uint32_t, Fleet> all;
  const auto [it, fresh] = all.try_emplace(patterns);
  if (fresh) {
    Fleet& made = it->second;
    made.work = workload_m(questions, patterns, 0, 1);
    made.policy = compiled(made.work.text());
    const auto changed = [&](std::uint32_t every) {
      WorkloadM other = made.work;
      for (std::uint32_t i = every / 2; i < patterns; i += every) other.patterns[i].ease += 1;
      return compiled(other.text());
    };
    made.one_changed = changed(patterns);
    made.percent_changed = changed(100);
  }
  return it->second;
}

// Evaluated, and no longer kept so.
std::vector<engine::LiveProduct> products_of(const Fleet& of, std::uint32_t count) {
  Random random{5};
  std::vector<engine::LiveProduct> products;
  products.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    engine::Product facts;
    facts.id = "p" + std::to_string(i);
    engine::fold(facts, some_answers(of.work, random));
    products.emplace_back(of.policy, std::move(facts), moment);
    products.back().cool();
  }
  return products;
}

// The same for every benchmark of one size.
const std::vector<engine::LiveProduct>& shared_products(const Fleet& of, std::uint32_t count) {
  static const Fleet* held_fleet = nullptr;
  static std::vector<engine::LiveProduct> held;
  if (held_fleet != &of || held.size() != count) {
    held.clear();
    held = products_of(of, count);
    held_fleet = &of;
  }
  return held;
}

constexpr std::size_t sampled = 100;  // products whose models are looked at

void from_nothing(benchmark::State& state, std::uint32_t count, std::uint32_t questions,
                  std::uint32_t patterns) {
  const Fleet& of = fleet(questions, patterns);
  const std::vector<engine::LiveProduct>& products = shared_products(of, count);
  std::size_t risks = 0;
  for (auto _ : state) {
    for (const engine::LiveProduct& each : products) {
      const engine::LiveProduct fresh = each.under(of.policy, moment);
      benchmark::DoNotOptimize(fresh.rating());
    }
  }
  for (std::size_t i = 0; i < sampled; ++i) {
    risks += products[i].model().risks.size();
    products[i].cool();
  }
  state.counters["products"] = count;
  state.counters["risks"] = static_cast<double>(risks) / sampled;
}

void reload(benchmark::State& state, std::uint32_t count, std::uint32_t questions,
            std::uint32_t patterns, engine::Policy Fleet::*to) {
  const Fleet& of = fleet(questions, patterns);
  const std::vector<engine::LiveProduct>& products = shared_products(of, count);
  std::size_t reached = 0, changed = 0;
  for (auto _ : state) {
    reached = changed = 0;
    const engine::PolicyDiff diff(of.policy, of.*to);
    for (const engine::LiveProduct& each : products) {
      if (!diff.reaches(each)) {
        benchmark::DoNotOptimize(each.carried_to(diff.after()));
        continue;
      }
      ++reached;
      const engine::LiveProduct after = each.under(diff.after(), moment);
      changed += engine::difference(each, after).empty() ? 0 : 1;
      each.cool();
    }
  }
  state.counters["products"] = count;
  state.counters["reached"] = static_cast<double>(reached);
  state.counters["changed"] = static_cast<double>(changed);
}

// A million products that answered a few questions each, of which none is kept evaluated.
void a_million(benchmark::State& state) {
  const Fleet& of = fleet(100, 100);
  constexpr std::uint32_t count = 1'000'000;
  for (auto _ : state) {
    const double before = heap_bytes();
    const std::vector<engine::LiveProduct> products = products_of(of, count);
    state.counters["cold_bytes"] = (heap_bytes() - before) / count;
    state.counters["products"] = count;
    benchmark::DoNotOptimize(products.size());
  }
}

}  // namespace

void register_fleets() {
  const std::pair<std::uint32_t, std::uint32_t> policies[] = {{300, 1'000}, {1'000, 10'000}};
  for (const auto& [q, p] : policies) {
    for (const std::uint32_t count : {1'000u, 10'000u}) {
      const std::string name =
          "N/" + std::to_string(count) + " products, " + std::to_string(p) + " patterns/";
      const auto add = [&](const std::string& what, auto run) {
        benchmark::RegisterBenchmark((name + what).c_str(), run)
            ->Unit(benchmark::kMillisecond)
            ->Iterations(1);
      };
      add("from nothing",
          [=, q = q, p = p](benchmark::State& state) { from_nothing(state, count, q, p); });
      add("reload, nothing changed", [=, q = q, p = p](benchmark::State& state) {
        reload(state, count, q, p, &Fleet::policy);
      });
      add("reload, one rule changed", [=, q = q, p = p](benchmark::State& state) {
        reload(state, count, q, p, &Fleet::one_changed);
      });
      add("reload, 1 % changed", [=, q = q, p = p](benchmark::State& state) {
        reload(state, count, q, p, &Fleet::percent_changed);
      });
    }
  }
  benchmark::RegisterBenchmark("N/1,000,000 small products, 100 patterns/from nothing", a_million)
      ->Unit(benchmark::kMillisecond)
      ->Iterations(1);
}

}  // namespace riskd::bench
