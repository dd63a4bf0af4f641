// Suites that run every night for years: what is kept of them, and that it is enough.
#include <catch2/catch.hpp>

#include "dsl/compile.hpp"
#include "engine/base/limits.hpp"
#include "engine/update/apply.hpp"

namespace riskd::tests::history_test {
namespace {

using namespace engine;

constexpr std::int64_t day_ms = 86'400'000;

const char* const text = R"(library t "T"
attribute risk { harm : number = 50 }
rating risk.inherent = harm
evidence zap { risk is high -> failed  absent -> passed  otherwise -> ignored }
pattern p "P" {
  when yes
  risk r "R" {
    weakness w CWE-79 "W" { test zap "100"  countermeasure c "C" }
    weakness v CWE-80 "V" { test zap "200"  countermeasure d "D" }
  }
}
)";

struct Nights {
  Nights() {
    const dsl::Compilation compiled = dsl::compile({dsl::SourceFile("t.risk", text)});
    REQUIRE(compiled.sound());
    live = LiveProduct(compiled.program, "p");
    live.apply({}, now);
  }
  // A complete run that finds `ids`.
  void run(const std::vector<std::string>& ids) {
    now.ms += day_ms;
    RunFact fact;
    fact.suite = "nightly";
    fact.source = "zap";
    fact.run = std::to_string(++seq);
    fact.scopes = {"site"};
    for (const std::string& id : ids) {
      TestResult result;
      result.id = id;
      result.scope = "site";
      result.attributes = {{"risk", "high"}};
      result.outcome = TestOutcome::failed;
      fact.results.push_back(result);
    }
    live.apply({{{seq, now, "scanner"}, fact}}, now);
  }
  Tested tested(const char* weakness) const { return live.model().weakness(weakness)->tested; }

  LiveProduct live{nullptr, "p"};
  Instant now{1'795'392'000'000};
  std::uint64_t seq = 0;
};

}  // namespace

TEST_CASE("of results at one moment that belong to no run the later one holds") {
  Product product;
  const Instant now{1'795'392'000'000};
  const auto say = [&](std::uint64_t seq, const std::string& run, TestOutcome outcome) {
    RunFact fact;
    fact.suite = fact.source = "junit";
    fact.run = run;
    TestResult result;
    result.id = "w";
    result.outcome = outcome;
    fact.results.push_back(result);
    fold(product, {{seq, now, "x"}, fact});
  };
  const auto outcomes = [&] {
    const SuiteFacts& suite = product.suites.at("junit");
    const auto said = statements_of(suite, runs_of(suite), *suite.tests.find({"", "w", ""}));
    std::vector<std::pair<TestOutcome, bool>> all;
    for (const Statement& each : said)
      all.emplace_back(each.listing->content->outcome, each.is_beside(said.front()));
    return all;
  };
  using Outcomes = std::vector<std::pair<TestOutcome, bool>>;
  say(2, "", TestOutcome::passed);
  say(1, "", TestOutcome::failed);
  CHECK(outcomes() == Outcomes{{TestOutcome::passed, true}, {TestOutcome::failed, false}});
  // Parts of one run were said at once.
  product = {};
  say(2, "7", TestOutcome::passed);
  say(1, "7", TestOutcome::failed);
  CHECK(outcomes().at(1).second);
}

TEST_CASE("of a test that is found for years the newest listings are kept") {
  Nights nights;
  for (int i = 0; i < 400; ++i) nights.run({"100"});
  const SuiteFacts& suite = nights.live.facts().suites.at("nightly");
  CHECK(suite.tests.begin()->listed.size() == limits::test_listings);
  CHECK(suite.tests.begin()->listed.back().said->run == "400");
  CHECK(nights.tested("t.w") == Tested::failed);
  nights.run({});
  CHECK(nights.tested("t.w") == Tested::passed);
  nights.run({"100"});
  CHECK(nights.tested("t.w") == Tested::failed);
}

TEST_CASE("a test that became absent years ago is still absent") {
  Nights nights;
  nights.run({"100", "200"});
  for (int i = 0; i < 400; ++i) nights.run({"200"});
  CHECK(nights.tested("t.w") == Tested::passed);
  CHECK(nights.tested("t.v") == Tested::failed);
  const LiveProduct fresh(nights.live.policy(), nights.live.facts(), nights.now);
  CHECK(difference(nights.live, fresh).empty());
}

TEST_CASE("a suite belongs to the tool that its newest fact names, whichever came first") {
  const auto says = [](std::uint64_t seq, std::int64_t seconds, const char* source) {
    ResultFact fact{"s", source, {}};
    fact.result.id = "100";
    fact.result.outcome = TestOutcome::failed;
    return Fact{{seq, Instant{1'795'392'000'000 + seconds * 1'000}, "x"}, fact};
  };
  Product in_order, late;
  fold(in_order, says(1, 1, "zap"));
  fold(in_order, says(2, 2, "sarif"));
  fold(late, says(1, 2, "sarif"));
  fold(late, says(2, 1, "zap"));
  CHECK(in_order.suites.at("s").source == "sarif");
  CHECK(late.suites.at("s").source == "sarif");
}

TEST_CASE("uploads that are no longer kept do not make a test absent") {
  Nights nights;
  nights.run({"100"});
  for (std::size_t i = 0; i < limits::suite_uploads + 5; ++i) nights.run({"100"});
  CHECK(nights.live.facts().suites.at("nightly").runs.size() <=
        limits::test_listings + limits::suite_recent_uploads);
  CHECK(nights.tested("t.w") == Tested::failed);
}

}  // namespace riskd::tests::history_test
