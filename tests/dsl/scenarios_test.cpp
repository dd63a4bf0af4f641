// The shipped rules and the example, held to their own scenarios.
#include <catch2/catch.hpp>

#include "dsl/scenario.hpp"

using namespace riskd;

namespace {

const std::string root = RISKD_SOURCE_DIR;

void check_policy(const std::vector<std::string>& paths) {
  const auto policy = dsl::load_policy(paths, root + "/rules");
  REQUIRE(policy.has_value());
  for (const dsl::Diagnostic& each : policy->diagnostics)
    FAIL_CHECK(dsl::render(policy->sources, each, false));
  REQUIRE(policy->sound());
  const auto run = dsl::run_scenarios(*policy, "", *parse_instant("2026-11-23T12:00:00Z"));
  CHECK(!run.scenarios.empty());
  for (const dsl::ScenarioResult& scenario : run.scenarios) {
    for (const dsl::ScenarioFailure& failure : scenario.failures)
      FAIL_CHECK(scenario.title << ": " << failure.message);
  }
  for (const std::string& pattern : run.uncovered_patterns)
    FAIL_CHECK("no scenario reaches " << pattern);
}

}  // namespace

TEST_CASE(
    "the shipped rules have no diagnostics, and their scenarios pass and reach every pattern") {
  check_policy({root + "/rules"});
}

TEST_CASE("the example's policy has no diagnostics, and its scenarios pass") {
  check_policy({root + "/examples/shop/policy", root + "/rules"});
}

TEST_CASE("a scenario that expects the wrong thing fails and says what is") {
  dsl::Sources sources;
  sources.emplace_back("t.risk", R"(library t "T"
    questionnaire q { question a "A?" : yes-no }
    pattern p "P" { when a  risk r "R" { weakness w CWE-1 "W" { countermeasure c "C" { required } test junit "x" } } }
    rating risk.inherent = 40
    scenario "wrong" { given a = yes  expect pattern p does not apply  expect risk r current is 41
                       expect countermeasure c is recommended  given nothing = yes })");
  const auto policy = dsl::compile(std::move(sources));
  REQUIRE(policy.sound());
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios.size() == 1);
  REQUIRE(run.scenarios[0].failures.size() == 4);
  CHECK(run.scenarios[0].failures[0].message ==
        "expected that `t.p` does not apply, and it applies");
  CHECK(run.scenarios[0].failures[1].message ==
        "expected `current` of `t.r` to be 41, and it is 40");
}
