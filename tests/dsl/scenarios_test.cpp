// The shipped rules and the example, held to their own scenarios.
#include <catch2/catch.hpp>

#include "dsl/compile.hpp"
#include "dsl/scenario/coverage.hpp"
#include "dsl/scenario/scenario.hpp"

namespace riskd::tests::scenarios_test {
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

TEST_CASE("a scenario that expects the wrong value fails and shows the actual one") {
  dsl::Sources sources;
  sources.emplace_back("t.risk", R"(library t "T"
    questionnaire q { question a "A?" : yes-no }
    pattern p "P" { when a  risk r "R" { weakness w CWE-5 "W" { countermeasure c "C" { required } test junit "x" } } }
    rating risk.inherent = 40
    scenario "wrong" { given a = yes  expect pattern p does not apply  expect risk r current is 41
                       expect countermeasure c is recommended
                       then decide c implemented "x"  expect product rating is 7 })");
  const auto policy = dsl::compile(std::move(sources));
  REQUIRE(policy.sound());
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios.size() == 1);
  REQUIRE(run.scenarios[0].failures.size() == 4);
  CHECK(run.scenarios[0].failures[0].details == std::vector<std::string>{"when a  true"});
  CHECK(run.scenarios[0].failures[1].details ==
        std::vector<std::string>{"inherent  40", "current   40"});
  CHECK(run.scenarios[0].failures[0].message ==
        "expected that `t.p` does not apply, and it applies");
  CHECK(run.scenarios[0].failures[1].message ==
        "expected `current` of `t.r` to be 41, and it is 40");
}

TEST_CASE("a result of a scenario has the other names that its report would have") {
  dsl::Sources sources;
  sources.emplace_back("t.risk", R"risk(library t "T"
    rating risk.inherent = 40
    evidence nuclei { severity >= low -> failed }
    evidence trx { outcome is failed -> failed }
    pattern p "P" { when yes  risk r "R" {
      weakness template "T" { test nuclei "headers"  countermeasure c "C" }
      weakness matcher "M" { test nuclei "headers:csp"  countermeasure c }
      weakness method "N" { test trx "Shop.Login.locks"  countermeasure c } } }
    scenario "names" {
      case result nuclei "headers:csp" with severity = low -> weakness template is failed, weakness matcher is failed
      case result nuclei "headers:hsts" with severity = low -> weakness template is failed, weakness matcher is untested
      case result nuclei "headers" with severity = low -> weakness template is failed, weakness matcher is untested
      case result trx "Shop.Login.locks(user: 1)" with outcome = failed -> weakness method is failed
      case result trx "Shop.Login.locks (1)" with outcome = failed -> weakness method is failed
      case result trx "Shop.Login.locksAll" with outcome = failed -> weakness method is untested
    })risk");
  const auto policy = dsl::compile(std::move(sources));
  for (const dsl::Diagnostic& each : policy.diagnostics)
    UNSCOPED_INFO(dsl::render(policy.sources, each, false));
  REQUIRE(policy.sound());
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  CHECK(run.scenarios.size() == 6);
  for (const dsl::ScenarioResult& scenario : run.scenarios) {
    for (const dsl::ScenarioFailure& failure : scenario.failures)
      FAIL_CHECK(scenario.title << ": " << failure.message);
  }
}

namespace {

// One pattern with two conditions, a match, and rows of a status map; some of it is reached.
const std::string_view counted = R"(library t "T"
questionnaire q {
  question a "A?" : yes-no
  question b "B?" : one-of { x "X" y "Y" }
}
scale level { low = 25, high = 75 }
attribute risk { ease : level = low }
rating risk.inherent = ease
status-map directory {
  status is "Done" -> implemented
  otherwise        -> required
}
pattern p "P" {
  when a and b is x
  risk r "R" { ease match b { x: high, y: low }
    weakness w CWE-5 "W" { test junit "*"  countermeasure c "C" { required when a } } }
}
pattern never "N" { when b is y }
)";

dsl::Compilation with(std::string_view scenarios) {
  dsl::Sources sources;
  sources.emplace_back("t.risk", std::string(counted) + std::string(scenarios));
  dsl::Compilation policy = dsl::compile(std::move(sources));
  for (const dsl::Diagnostic& each : policy.diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::error)
      FAIL_CHECK(dsl::render(policy.sources, each, false));
  }
  REQUIRE(policy.sound());
  return policy;
}

}  // namespace

TEST_CASE("coverage names what no scenario reached, and counts it") {
  const auto policy = with(R"(scenario "s" { given a = yes, b = x  expect pattern p applies })");
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  CHECK(run.scenarios[0].failures.empty());
  CHECK(
      dsl::coverage_text(policy, dsl::coverage(policy, run.reached)) ==
      R"(t.risk:10:3: no scenario reaches this row of status-map directory: status is "Done" -> implemented
t.risk:10:3: never looked at: status is "Done"
t.risk:11:3: no scenario reaches this row of status-map directory: otherwise -> required
t.risk:14:8: never false: a and b is x
t.risk:14:8: never false: a
t.risk:14:14: never false: b is x
t.risk:15:40: no scenario takes this case: y: low
t.risk:16:81: never false: a
t.risk:18:1: no scenario reaches the pattern t.never: pattern never
t.risk:18:26: never true: b is y
1 of 2 patterns, 0 of 2 rows, 0 of 0 steps, 0 of 0 tickets, 6 of 14 branches
)");
}

TEST_CASE("a failed comparison of two values shows both") {
  const auto policy =
      with("scenario \"s\" { given a = yes, b = x  expect risk r current is not inherent }\n");
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios[0].failures.size() == 1);
  CHECK(run.scenarios[0].failures[0].message ==
        "expected `current` of `t.r` not to be inherent, which is 75, and it is 75");
}

TEST_CASE("a scenario can expect the texts that riskd wrote into a ticket") {
  const auto policy = with(R"(
field product.note : text default "n"
field product.users : number default 6
ticket work for countermeasure {
  open when state is required and approved
  title "{title}: {note}"
  body """
    Users: {users}.

    Second line.
    """
  labels "security", "c-{note}"
  priority if users > 5 then "high" else "low"
  update when users changes with "Users are {users} now."
  close when state is implemented with "Done at {users}."
}
scenario "right" {
  given a = yes, b = x
  expect ticket work for c is absent
  then approve
  expect ticket work for c has title "C: n", body "Users: 6.\n\nSecond line.", labels "security"
  expect ticket work for c has body matches "*Second*", labels matches "c-*", priority "high"
  expect ticket work for c has comment ""
  then users = 4
  expect ticket work for c has priority "high", comment "Users are 4 now."
  then decide c implemented "x"
  expect ticket work for c is closed
  expect ticket work for c has comment "Done at 4."
}
scenario "wrong" {
  given a = yes, b = x
  expect ticket work for c has title "C"
  then approve
  expect ticket work for c has title "C"
  expect ticket work for c has body matches "Users"
  expect ticket work for c has labels "secure"
  expect ticket work for c has comment matches "?*"
}
scenario "given" {
  given a = yes, b = x
  given ticket work for c has status "Done" on directory
  expect ticket work for c has title "C"
}
scenario "case" {
  given a = yes, b = x
  then approve
  case users = 3 -> ticket work for c has title "C: n", labels "security", pattern p applies
}
)");
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios.size() == 4);
  for (const std::size_t right : {0U, 3U}) {
    for (const dsl::ScenarioFailure& failure : run.scenarios[right].failures)
      FAIL_CHECK(failure.message);
  }
  const auto& wrong = run.scenarios[1].failures;
  REQUIRE(wrong.size() == 5);
  CHECK(wrong[0].message == "the ticket `work` for `t.c` is not written by riskd");
  CHECK(wrong[0].details == std::vector<std::string>{"it is absent"});
  CHECK(wrong[1].message ==
        "expected the title of the ticket `work` for `t.c` to be \"C\", and it is \"C: n\"");
  CHECK(wrong[2].message ==
        "expected the body of the ticket `work` for `t.c` to match \"Users\", and it is");
  CHECK(wrong[2].details == std::vector<std::string>{"Users: 6.", "", "Second line."});
  CHECK(wrong[3].message ==
        "expected a label of the ticket `work` for `t.c` to be \"secure\", and none of them does");
  CHECK(wrong[3].details == std::vector<std::string>{"\"security\"", "\"c-n\""});
  CHECK(wrong[4].message ==
        "expected the comment of the ticket `work` for `t.c` to match \"?*\", and it has none");
  const auto& given = run.scenarios[2].failures;
  REQUIRE(given.size() == 1);
  CHECK(given[0].details ==
        std::vector<std::string>{"the scenario gives it, and riskd did not open it"});
}

TEST_CASE("coverage names a row of a named status map with the map's name") {
  const auto policy =
      with("status-map jira mobile { status is \"In the store\" -> implemented }\n");
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  const std::string text = dsl::coverage_text(policy, dsl::coverage(policy, run.reached));
  CHECK(text.find("no scenario reaches this row of status-map jira mobile: status is") !=
        std::string::npos);
}

TEST_CASE("coverage counts a clause of a change once, though its library is given too") {
  dsl::Sources sources;
  sources.emplace_back("base.risk", std::string(counted) + "let product.both = a\n");
  sources.emplace_back("acme.risk", R"(library acme "Acme"
import t
override pattern t.p { when both or a }
override let t.product.both = b is y
scenario "s" { given a = yes, b = x  expect pattern p applies }
)");
  const dsl::Compilation policy = dsl::compile(std::move(sources));
  REQUIRE(policy.sound());
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  const std::string text = dsl::coverage_text(policy, dsl::coverage(policy, run.reached));
  INFO(text);
  for (const char* line :
       {"acme.risk:3:29: never false: both or a\n", "acme.risk:4:31: never true: b is y\n"}) {
    const std::size_t first = text.find(line);
    REQUIRE(first != std::string::npos);
    CHECK(text.find(line, first + 1) == std::string::npos);
  }
}

TEST_CASE("the tracefile has patterns as functions and conditions as branches") {
  const auto policy = with(R"(scenario "s" { given a = yes, b = x  expect pattern p applies })");
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  const std::string trace = dsl::lcov(policy, dsl::coverage(policy, run.reached));
  INFO(trace);
  const auto has = [&](const char* line) { return trace.find(line) != std::string::npos; };
  CHECK(
      trace.starts_with("TN:\nSF:t.risk\nFN:13,t.p\nFN:18,t.never\nFNDA:1,t.p\nFNDA:0,t.never\n"));
  CHECK(has("FNF:2\nFNH:1\n"));
  CHECK(has("BRDA:10,0,0,-\nBRDA:10,0,1,-\n"));
  CHECK(has("BRF:14\nBRH:6\n"));
  CHECK(has("LF:7\nLH:5\nend_of_record\n"));
}

TEST_CASE("each case starts from the lines above it") {
  const auto policy = with(R"(scenario "table" {
    given a = yes
    case b = x -> pattern p applies, countermeasure c is required
    case b = y -> pattern p applies
    case b = y -> pattern never applies
  })");
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios.size() == 3);
  CHECK(run.scenarios[0].failures.empty());
  CHECK(run.scenarios[1].title == "table (b = y)");
  REQUIRE(run.scenarios[1].failures.size() == 1);
  CHECK(run.scenarios[1].failures[0].details ==
        std::vector<std::string>{"when a and b is x  false", "  a                true",
                                 "  b is x           false", "    b              y"});
  CHECK(run.scenarios[2].failures.empty());
  CHECK(dsl::run_scenarios(policy, "b = x", Instant{0}).scenarios.size() == 1);
}

TEST_CASE("a failure about the product explains what was expected, and not its rating") {
  const auto policy = with(R"(rating product.rating = max(risks, current)
    let product.both = a and b is x
    scenario "s" { given a = yes  expect product both  expect product rating is 3
                   expect product approved })");
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios[0].failures.size() == 3);
  CHECK(run.scenarios[0].failures[0].details ==
        std::vector<std::string>{"both                   unknown", "  both = a and b is x  unknown",
                                 "    a                  true", "    b is x             unknown",
                                 "      b                not answered: t.b"});
  CHECK(run.scenarios[0].failures[1].details ==
        std::vector<std::string>{
            "rating is 3                       false", "  rating                          0",
            "    rating = max(risks, current)  unknown", "      there are none"});
  CHECK(run.scenarios[0].failures[2].details == std::vector<std::string>{"approved  false"});
}

TEST_CASE(
    "an approval that lacks a field names the field, and conditions are shown without comments") {
  dsl::Sources sources;
  sources.emplace_back("t.risk", R"(library t "T"
    field product.boss "Who decides?" : text required
    rating risk.inherent = 50
    questionnaire q { question reach "Reach?" : one-of { staff internet } }
    pattern p "P" { when reach in {
        staff,  # "nobody"
        internet
      }
      risk r "R" { weakness w CWE-5 "W" { countermeasure c "C" { required mitigates 5% } } } }
    ticket requirement for countermeasure { open when state is required and approved  title "{title}" }
    scenario "s" { given reach = staff  then approve  expect ticket requirement for c is open }
    scenario "u" { expect pattern p applies })");
  const auto policy = dsl::compile(std::move(sources));
  REQUIRE(policy.sound());
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios[0].failures.size() == 1);
  const auto& missing = run.scenarios[0].failures[0].details;
  CHECK(std::count_if(missing.begin(), missing.end(), [](const std::string& line) {
          return line.find("the required field product.boss has no value") != std::string::npos;
        }) == 1);
  REQUIRE(run.scenarios[1].failures.size() == 1);
  const std::string condition = run.scenarios[1].failures[0].details.front();
  CHECK(condition.find("reach in { staff, internet }") != std::string::npos);
}

TEST_CASE("an element of a component is named with its component") {
  dsl::Sources sources;
  sources.emplace_back("t.risk", R"(library t "T"
    component-type box "Box"
    rating risk.inherent = 50
    questionnaire q { question online "Online?" : yes-no }
    weakness w CWE-5 "W" { countermeasure c "C" { mitigates 5% } }
    pattern p "P" { for component of type box  when yes  risk r "R" { weakness w } }
    pattern o "O" { when online  risk s "S" { weakness w } }
    scenario "s" { given online = no  given component b of type box  expect pattern p on b applies
      expect weakness w is untested  expect countermeasure c is recommended })");
  const auto policy = dsl::compile(std::move(sources));
  REQUIRE(policy.sound());
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios[0].failures.size() == 2);
  for (const dsl::ScenarioFailure& failure : run.scenarios[0].failures)
    CHECK(failure.details == std::vector<std::string>{"it is in component `b`: say `on b`"});
}

TEST_CASE("the names of an item come before what every product has, also from an import") {
  dsl::Sources sources;
  sources.emplace_back("demo.risk", R"(library demo "Demo"
    component-type box "Box"
    questionnaire q for component of type box { question bad "Bad?" : yes-no }
    rating risk.inherent = 100
    rating component.rating = max(risks, current)
    rating product.rating = max(risks, current)
    let component.harm = rating / 2
    pattern bad-box "Bad" { for component of type box  when bad
      risk r "R" { weakness w CWE-20 "W" { } } })");
  sources.emplace_back("site.risk", R"(library site "Site"
    import demo
    let product.harm = 7
    let product.bad-ones = count(components, rating > 50)
    let product.bad-risks = count(components, any(risks, rating > 50))
    let product.harms = sum(components, harm)
    let component.worse = rating > 60
    scenario "two boxes" {
      given component a of type box { bad = yes }
      given component b of type box { bad = no }
      expect product bad-ones is 1
      expect product bad-risks is 1
      expect product harms >= 50 and harms < 60 and harm is 7
      expect component a rating is 100 and worse and harm is 50
      expect component a product.rating is 100
      expect product count(components, worse) is 1
    })");
  const auto policy = dsl::compile(std::move(sources));
  REQUIRE(policy.sound());
  const auto run = dsl::run_scenarios(policy, "", Instant{0});
  REQUIRE(run.scenarios.size() == 1);
  for (const dsl::ScenarioFailure& failure : run.scenarios[0].failures) FAIL_CHECK(failure.message);
}

TEST_CASE("scenarios do not change a policy's hash") {
  CHECK(with("").program->hash ==
        with(R"(scenario "s" { given a = yes  expect product title is "x" })").program->hash);
}

}  // namespace riskd::tests::scenarios_test
