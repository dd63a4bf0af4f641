// An organisation's changes to a library, tested by scenarios in the changing library.
#include <catch2/catch.hpp>

#include "dsl/compile.hpp"
#include "dsl/scenario/scenario.hpp"

using namespace riskd;

namespace riskd::tests::changes_test {

namespace {

const std::string shipped = R"(library base "Base"
attribute risk { ease : number = 10 }
questionnaire q "Q" {
  question reach "Reach?" : one-of ordered { staff "Staff" internet "Internet" }
  question web "Web?" : yes-no
  question old "Old?" : yes-no
}
rating risk.inherent = ease
pattern p "P" {
  when web
  risk r "R" {
    ease 20
    weakness w CWE-5 "W" { countermeasure c "C" { required  mitigates 50% } countermeasure d "D" }
    weakness v CWE-6 "V" { countermeasure e "E" }
  }
  risk s "S" { weakness w }
}
pattern gone "Gone" { when web  risk lost "Lost" { weakness x CWE-7 "X" { countermeasure f "F" } } }
pattern dated "Dated" { when old  risk o "O" { weakness v } }
adjust done "Done" { for countermeasure when state is implemented  reduce risk by mitigates }
)";

dsl::Compilation compile(const std::string& changes) {
  dsl::Sources sources;
  sources.emplace_back("base.risk", shipped);
  sources.emplace_back("acme.risk", "library acme \"Acme\"\nimport base\n" + changes);
  return dsl::compile(std::move(sources));
}

// Every scenario of `changes` passes.
void holds(const std::string& changes) {
  const dsl::Compilation policy = compile(changes);
  for (const dsl::Diagnostic& each : policy.diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::error)
      FAIL(dsl::render(policy.sources, each, false));
  }
  const dsl::ScenarioRun run = dsl::run_scenarios(policy, "", {1'790'000'000'000});
  REQUIRE(!run.scenarios.empty());
  for (const dsl::ScenarioResult& scenario : run.scenarios) {
    for (const dsl::ScenarioFailure& failure : scenario.failures)
      FAIL(scenario.title + ": " + failure.message);
  }
}

}  // namespace

TEST_CASE("an overridden condition decides where a pattern applies") {
  holds(R"(override pattern base.p { when reach is internet and not web }
scenario "x" { given reach = internet, web = no  expect pattern p applies
  then web = yes  expect pattern p does not apply })");
}

TEST_CASE("an overridden attribute is read from the changing library") {
  holds(R"(let product.local = 33
override risk base.r { ease local }
scenario "x" { given web = yes  expect risk r inherent is 33  expect risk s inherent is 10 })");
}

TEST_CASE("an extended pattern has the new risk under the changing library's name") {
  holds(R"(extend pattern base.p { risk new-one "New" { ease 7  weakness fresh CWE-9 "Fresh" {
  countermeasure g "G" { required } countermeasure base.d } } }
scenario "x" { given web = yes  expect risk acme.new-one inherent is 7
  expect countermeasure acme.g is required })");
}

TEST_CASE("an extended risk and an extended weakness have the added elements") {
  holds(R"(extend risk base.s { weakness more CWE-8 "More" { countermeasure h "H" { required } } }
extend weakness base.v { test zap 10202  countermeasure i "I" { required } }
scenario "x" { given web = yes  expect countermeasure acme.h is required
  expect countermeasure acme.i is required
  then result zap 10202 failed  expect weakness base.v is failed })");
}

TEST_CASE("an extended question has more choices, the last the greatest") {
  holds(R"(extend question base.reach { moon "The moon" }
override pattern base.p { when reach > internet }
scenario "x" { given reach = internet  expect pattern p does not apply
  then reach = moon  expect pattern p applies })");
}

TEST_CASE("a disabled pattern never applies, a disabled risk is in no model") {
  holds(R"(disable pattern base.gone "none here"
disable risk base.s "not ours"
scenario "x" { given web = yes  expect pattern gone does not apply  expect pattern p applies })");
  const dsl::Compilation policy = compile("disable risk base.s \"not ours\"\n");
  REQUIRE(policy.sound());
  CHECK(policy.program->patterns.front().risks.size() == 1);
}

TEST_CASE("a disabled countermeasure and a disabled weakness are in no model") {
  const dsl::Compilation policy =
      compile("disable countermeasure base.c \"bought\"\ndisable weakness base.v \"not ours\"\n");
  REQUIRE(policy.sound());
  for (const engine::Use& use : policy.program->uses)
    CHECK(policy.program->countermeasures[use.countermeasure].id != "base.c");
  for (const engine::Risk& risk : policy.program->risks) {
    for (const auto weakness : risk.weaknesses)
      CHECK(policy.program->weaknesses[weakness].id != "base.v");
  }
}

TEST_CASE("a disabled question is never asked, and what reads it is decided") {
  holds(R"(disable question base.old "we have none"
scenario "x" { expect pattern dated does not apply })");
}

TEST_CASE("an overridden question has another condition and default") {
  holds(R"(override question base.old { ask when reach is internet  default yes }
scenario "x" { given reach = staff  expect pattern dated does not apply
  then reach = internet  expect pattern dated applies })");
}

TEST_CASE("ratings and steps are overridden") {
  holds(R"(override rating risk.inherent = ease * 2
override adjust base.done { cap risk at 5 }
scenario "x" { given web = yes  expect risk r current is 40
  then decide c implemented "done"  expect risk r current is 5 })");
}

TEST_CASE("two tests in one change both stay, the old one goes") {
  const dsl::Compilation policy = compile(
      "extend weakness base.w { test zap 1 }\n"
      "override countermeasure base.c { test zap 2  test zap 3 }\n");
  REQUIRE(policy.sound());
  for (const engine::Countermeasure& each : policy.program->countermeasures) {
    if (each.id == "base.c") CHECK(each.tests.size() == 2);
  }
}

TEST_CASE("a failing scenario names what a change disabled, where and why") {
  const dsl::Compilation policy = compile(R"(disable pattern base.gone "not with us"
disable weakness base.v "another team's"
scenario "x" { given web = yes, old = yes  expect pattern gone applies  expect risk lost current is 1
  expect weakness v is failed })");
  REQUIRE(policy.sound());
  const dsl::ScenarioRun run = dsl::run_scenarios(policy, "", {1'790'000'000'000});
  const auto& failures = run.scenarios.front().failures;
  REQUIRE(failures.size() == 3);
  CHECK(failures[0].details ==
        std::vector<std::string>{"disabled by acme (acme.risk:3): not with us"});
  CHECK(failures[1].details ==
        std::vector<std::string>{"`base.gone` would bring it",
                                 "  disabled by acme (acme.risk:3): not with us"});
  CHECK(failures[2].details ==
        std::vector<std::string>{"disabled by acme (acme.risk:4): another team's"});
}

namespace {

std::string hash_of(dsl::Sources sources) {
  const dsl::Compilation policy = dsl::compile(std::move(sources));
  for (const dsl::Diagnostic& each : policy.diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::error)
      FAIL(dsl::render(policy.sources, each, false));
  }
  return policy.program->hash;
}

struct Replacement {
  std::string before;  // what the library says
  std::string after;   // what it says in the other policy
  std::string change;  // the change that makes the one of the other
};

}  // namespace

TEST_CASE("a changed policy equals one whose library has the change itself") {
  const std::vector<Replacement> replacements{
      {"let product.wide = reach is internet", "let product.wide = reach is staff and web",
       "override let base.product.wide = reach is staff and web"},
      {"let risk.twice = ease * 2", "let risk.twice = 5", "override let risk.twice = 5"},
      {"status-map jira { status is \"Done\" -> implemented }",
       "status-map jira { otherwise -> required }",
       "override status-map jira { otherwise -> required }"},
      {"status-map jira mobile { status is \"Done\" -> implemented }",
       "status-map jira mobile { otherwise -> required }",
       "override status-map jira mobile { otherwise -> required }"},
      {"evidence zap { risk is high -> failed  stale after 3 days }",
       "evidence zap { absent -> passed  stale after 3 days }",
       "override evidence zap { absent -> passed }"},
      {"evidence zap { absent -> passed  stale after 3 days }",
       "evidence zap { absent -> passed  stale after 4 days }",
       "override evidence zap { stale after 4 days }"},
      {"ticket t for risk { title \"{title}\" open when ease > 1 }",
       "ticket t for risk { title \"{title}\" open when web }",
       "override ticket base.t { open when web }"}};
  for (const Replacement& each : replacements) {
    INFO(each.change);
    const std::string importing = "library acme \"Acme\"\nimport base\n";
    dsl::Sources changed, said;
    changed.emplace_back("base.risk", shipped + each.before + "\n");
    changed.emplace_back("acme.risk", importing + each.change + "\n");
    said.emplace_back("base.risk", shipped + each.after + "\n");
    said.emplace_back("acme.risk", importing);
    CHECK(hash_of(changed) == hash_of(said));
  }
}

TEST_CASE("an overridden derived value reads the changing library, and others read it") {
  dsl::Sources sources;
  sources.emplace_back("base.risk", shipped + R"(let product.wide = reach is internet
let product.far = wide and web
pattern away "Away" { when far }
)");
  sources.emplace_back("acme.risk", R"(library acme "Acme"
import base
questionnaire more { question vpn "VPN?" : yes-no }
override let base.product.wide = vpn
)");
  const dsl::Compilation policy = dsl::compile(std::move(sources));
  REQUIRE(policy.sound());
  const auto let = [&](std::string_view name) {
    for (const engine::Let& each : policy.program->lets) {
      if (each.name == name) return each;
    }
    return engine::Let{};
  };
  const engine::Node& value = policy.program->nodes[let("wide").value];
  CHECK(value.op == engine::Op::question);
  CHECK(policy.program->questions[value.a].id == "acme.vpn");
}

}  // namespace riskd::tests::changes_test
