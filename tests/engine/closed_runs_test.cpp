// Uploads that leave memory: no statement about a test changes by it, whatever comes later.
#include <catch2/catch.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/limits.hpp"
#include "engine/facts/close_runs.hpp"
#include "engine/facts/product.hpp"
#include "tests/engine/generator.hpp"

namespace riskd::tests::closed_runs_test {
namespace {

using namespace engine;

constexpr std::int64_t noon = 1'795'392'000'000;

RunFact run_of(const std::string& run, const std::vector<std::string>& ids) {
  RunFact fact;
  fact.suite = "s";
  fact.source = "zap";
  fact.run = run;
  for (const std::string& id : ids) {
    TestResult result;
    result.id = id;
    result.outcome = TestOutcome::failed;
    fact.results.push_back(result);
  }
  return fact;
}

const SuiteFacts& suite_of(const Product& product) { return product.suites.at("s"); }

// All statements, apart from the numbers of uploads.
std::string told(const Product& product) {
  std::string text;
  for (const auto& [key, entries] : entries_by_test(suite_of(product))) {
    text += key.component + "|" + key.id + "|" + key.scope + ":";
    for (const TestEntry& each : entries) {
      text += " " + std::string(to_string(each.result.outcome)) + (each.absent ? " absent " : " ") +
              each.run + "@" + std::to_string(each.from.at.ms - noon) + "#" +
              std::to_string(each.from.seq);
    }
    text += "\n";
  }
  return text;
}

// Folds, and closes no run: uploads are numbered so that none of them is due for it.
void fold_open(Product& product, const Fact& fact) {
  const auto known = product.suites.find("s");
  if (known != product.suites.end()) {
    std::uint32_t& next = known->second.next_upload;
    constexpr std::uint32_t each = limits::suite_recent_uploads;
    next = (next / each + 1) * each + 1;
  }
  fold(product, fact);
}

// A random fact of a suite whose tests come and go.
struct Builds {
  Dice dice;
  std::uint64_t seq = 0;
  std::vector<std::string> runs;

  Fact next(const Product& product) {
    ++seq;
    const std::int64_t seconds = static_cast<std::int64_t>(seq) - (dice.one_in(20) ? 15 : 0);
    const Provenance from{seq, Instant{noon + seconds * 1'000}, "ci"};
    if (dice.one_in(300)) return {from, ClockFact{Instant{noon + (seconds - 40) * 1'000}}};
    if (dice.one_in(400)) return {from, SuiteFact{"s"}};
    RunFact fact = run_of(dice.one_in(5) ? "" : "run-" + std::to_string(seq), {});
    if (dice.one_in(6)) {
      // A part of a run of before: one that goes on, or one that is closed.
      const auto& closed = suite_of(product).closed.all();
      if (!closed.empty() && dice.one_in(2)) {
        const ClosedRun& late = closed[dice.below(closed.size())];
        fact.run = late.id;
        fact.component = late.component;
      } else if (!runs.empty()) {
        fact.run = runs.back();
      }
    }
    runs.push_back(fact.run);
    if (dice.one_in(4)) fact.component = "api";
    if (dice.one_in(3)) fact.complete = dice.one_in(2);
    fact.failed = dice.one_in(10);
    fact.more = dice.one_in(6);
    for (const char* scope : {"x", "y"}) {
      if (dice.one_in(2)) fact.scopes.emplace_back(scope);
    }
    const std::size_t count = dice.one_in(3) ? 0 : dice.below(5);
    for (std::size_t i = 0; i < count; ++i) {
      TestResult result;
      result.id = "t" + std::to_string(dice.below(8));
      if (dice.one_in(2)) result.scope = dice.one_in(2) ? "x" : "y";
      result.outcome = static_cast<TestOutcome>(dice.below(5));
      fact.results.push_back(result);
    }
    return {from, fact};
  }
};

}  // namespace

TEST_CASE("what is closed changes no statement about a test") {
  std::size_t closed = 0, left = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Builds builds{Dice{seed}, 0, {}};
    Product open, product;
    fold(open, {{++builds.seq, Instant{noon}, "ci"}, run_of("first", {"t1"})});
    product = open;
    for (int i = 0; i < 400; ++i) {
      const Fact fact = builds.next(product);
      fold_open(open, fact);
      fold(product, fact);
      INFO("seed " << seed << ", fact " << builds.seq);
      REQUIRE(told(product) == told(open));
    }
    closed += suite_of(product).closed.size();
    left += suite_of(open).runs.size() - suite_of(product).runs.size();
  }
  CHECK(closed > 60);
  CHECK(left > 60 * 50);
}

TEST_CASE("a suite that runs for years keeps the uploads that its tests refer to") {
  Product product;
  std::uint64_t seq = 0;
  for (int i = 0; i < 5'000; ++i) {
    ++seq;
    fold(product, {{seq, Instant{noon + i * 1'000}, "ci"}, run_of("r" + std::to_string(i), {"t"})});
  }
  CHECK(suite_of(product).runs.size() < limits::test_listings + limits::suite_recent_uploads);
  CHECK(suite_of(product).closed.size() <= limits::suite_uploads);
}

TEST_CASE("a late part of a run that is closed was said when its first part was") {
  Product product;
  std::uint64_t seq = 0;
  const auto say = [&](RunFact fact) {
    ++seq;
    fold(product,
         {{seq, Instant{noon + static_cast<std::int64_t>(seq) * 1'000}, "ci"}, std::move(fact)});
  };
  say(run_of("old", {"t"}));
  for (int i = 0; i < 100; ++i) say(run_of("r" + std::to_string(i), {"t"}));
  REQUIRE(suite_of(product).closed.all().front().id == "old");
  const Product closed = product;
  say(run_of("old", {"t", "u"}));
  CHECK(told(product).find("old@1000#1") != std::string::npos);
  CHECK(runs_of(suite_of(product)).newest_first.front().id == "r99");
  // A copy from before has it closed.
  CHECK(suite_of(closed).closed.all().front().id == "old");
  for (const ClosedRun& run : suite_of(product).closed.all()) CHECK(run.id != "old");
}

TEST_CASE("what is closed follows the new id of its component, and a corrected clock") {
  Product product;
  std::uint64_t seq = 0;
  const auto at = [&](std::int64_t seconds) {
    return Provenance{++seq, Instant{noon + seconds * 1'000}, "ci"};
  };
  for (int i = 0; i < 100; ++i) {
    RunFact fact = run_of("r" + std::to_string(i), {"t"});
    fact.component = "api";
    fold(product, {at(1'000 + i), fact});
  }
  REQUIRE(suite_of(product).closed.size() > 0);
  ComponentFact renamed;
  renamed.id = "service";
  renamed.was = "api";
  fold(product, {at(2'000), renamed});
  fold(product, {at(2'001), ClockFact{Instant{noon}}});
  for (const ClosedRun& run : suite_of(product).closed.all()) {
    CHECK(run.component == "service");
    CHECK(run.at.ms == noon);
  }
}

}  // namespace riskd::tests::closed_runs_test
