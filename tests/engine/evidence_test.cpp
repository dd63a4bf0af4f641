// What a result means and whom it reaches, as "Evidence" of docs/language.md says it.
#include <catch2/catch.hpp>

#include "tests/engine/evidence_fixture.hpp"

namespace riskd::tests::evidence_test {
namespace {
using namespace engine;

SmallProduct& add_component(SmallProduct& product, const std::string& id) {
  return product.say(ComponentFact{id, "t.api", false, {}, {}});
}

TestResult judged(const std::string& id, TestOutcome outcome, const std::string& component = "") {
  TestResult test;
  test.id = id;
  test.outcome = outcome;
  test.component = component;
  return test;
}

}  // namespace

TEST_CASE("rows ask for what the source reports, without regard to case") {
  const auto fortify = [](Attributes said) {
    return tested(
        "suppressed -> ignored  severity >= high -> failed  confidence >= 4 -> failed  "
        "category is \"sql injection\" and severity is low -> passed  otherwise -> ignored",
        "fortify", reported("SQL Injection", std::move(said)));
  };
  CHECK(fortify({{"severity", "critical"}}) == "failed");
  CHECK(fortify({{"severity", "critical"}, {"suppressed", "true"}}) == "untested");
  CHECK(fortify({{"severity", "critical"}, {"suppressed", "yes"}}) == "untested");
  CHECK(fortify({{"severity", "critical"}, {"suppressed", "false"}}) == "failed");
  CHECK(fortify({{"severity", "medium"}, {"confidence", "4.5"}}) == "failed");
  CHECK(fortify({{"severity", "low"}, {"category", "SQL Injection"}, {"confidence", "1"}}) ==
        "passed");
  CHECK(fortify({}) == "untested");  // what is not reported compares as nothing does
  const auto sarif = [](Attributes said) {
    return tested(
        "kind is fail and level >= warning -> failed  severity is high -> failed  "
        "rule is \"JS/SQL\" and kind is pass -> passed  otherwise -> ignored",
        "sarif", reported("js/sql", std::move(said)));
  };
  CHECK(sarif({{"kind", "fail"}, {"level", "error"}}) == "failed");
  CHECK(sarif({{"kind", "fail"}, {"level", "note"}}) == "untested");
  CHECK(sarif({{"kind", "fail"}, {"level", "dreadful"}}) == "untested");  // no level that there is
  CHECK(sarif({{"severity", "high"}}) == "failed");
  CHECK(sarif({{"kind", "pass"}, {"rule", "js/sql"}}) == "passed");
  const auto wapiti = [](Attributes said) {
    return tested(
        "level is not informational and category is \"backup FILE\" -> failed  level is "
        "informational -> passed",
        "wapiti", reported("Backup file", std::move(said)));
  };
  CHECK(wapiti({{"level", "high"}, {"category", "Backup file"}}) == "failed");
  CHECK(wapiti({{"level", "informational"}, {"category", "Backup file"}}) == "passed");
  CHECK(wapiti({{"level", "high"}, {"category", "Other"}}) == "untested");  // no row fits
  const auto nuclei = [](Attributes said) {
    TestResult test = reported("headers:x-frame-options", std::move(said));
    test.aliases = {"headers"};
    return tested("cvss > 9 -> ignored  severity >= medium -> failed", "nuclei", std::move(test));
  };
  CHECK(nuclei({{"severity", "medium"}, {"matcher", "x-frame-options"}}) == "failed");
  CHECK(nuclei({{"severity", "unknown"}}) == "failed");  // it may be the worst
  CHECK(nuclei({{"severity", "informational"}}) == "untested");
  CHECK(nuclei({{"severity", "critical"}, {"cvss", "9.8"}}) == "untested");
  CHECK(nuclei({}) == "untested");  // it could not be tried
}

TEST_CASE("rows ask for outcomes, tags, names and CWEs") {
  const auto junit = [](TestOutcome outcome, Attributes said) {
    return tested(
        "suite is \"nightly\" -> ignored  outcome in { failed, error } -> failed  "
        "class is \"a.Login\" and name is \"locks\" -> passed  otherwise -> ignored",
        "junit", reported("a.Login.locks", std::move(said), outcome));
  };
  CHECK(junit(TestOutcome::error, {}) == "failed");
  CHECK(junit(TestOutcome::failed, {{"suite", "Nightly"}}) == "untested");
  CHECK(junit(TestOutcome::passed, {{"class", "a.Login"}, {"name", "locks"}}) == "passed");
  CHECK(junit(TestOutcome::skipped, {{"class", "a.Login"}, {"name", "opens"}}) == "untested");
  const auto cucumber = [](std::vector<std::string> tags, const std::string& feature) {
    TestResult test = reported("login.feature:3", {{"feature", feature}});
    test.tags = std::move(tags);
    return tested("tags includes \"@SLOW\" -> ignored  feature is \"Login\" -> failed", "cucumber",
                  test);
  };
  CHECK(cucumber({"@login"}, "login") == "failed");
  CHECK(cucumber({"@login", "@slow"}, "login") == "untested");
  CHECK(cucumber({"@slower"}, "login") == "untested");  // no test names it
  const auto zap = [](std::vector<int> cwe, Attributes said) {
    TestResult test = reported("10202", std::move(said));
    test.cwe = std::move(cwe);
    return tested(
        "cwe includes \"CWE-79\" -> failed  confidence < medium -> ignored  "
        "alert is \"No token\" and risk in { low, high } -> failed  otherwise -> passed",
        "zap", test);
  };
  CHECK(zap({20, 79}, {}) == "failed");
  CHECK(zap({7}, {{"confidence", "low"}}) == "untested");
  CHECK(zap({}, {{"confidence", "confirmed"}, {"alert", "no token"}, {"risk", "low"}}) == "failed");
  CHECK(zap({}, {{"alert", "no token"}, {"risk", "medium"}}) == "passed");
}

TEST_CASE("without an evidence block only verdicts count, and `absent` is a pass") {
  SmallProduct b(policy_with(""));
  CHECK(b.run("1", {reported("10202", {{"risk", "high"}})}).tested() == Tested::untested);
  CHECK(b.run("2", {judged("10202", TestOutcome::failed)}).tested() == Tested::failed);
  CHECK(b.run("3", {judged("10202", TestOutcome::skipped)}).tested() == Tested::failed);
  CHECK(b.run("4", {}).tested() == Tested::passed);
  CHECK(b.pass_days(4000).tested() == Tested::passed);  // nothing makes it stale
}

TEST_CASE("`absent` without a row is ignored") {
  SmallProduct b(policy_with("evidence zap { risk is high -> failed }"));
  CHECK(b.run("1", {reported("10202", {{"risk", "high"}})}).tested() == Tested::failed);
  CHECK(b.run("2", {}).tested() == Tested::failed);
}

TEST_CASE("a test is named by its id, by another name of it, by a glob, a tag or the scenario") {
  SmallProduct b(policy_with(""));
  TestResult alert = judged("10202-3", TestOutcome::failed);
  CHECK(b.say(ResultFact{"s", "zap", alert}).tested() == Tested::untested);
  alert.aliases = {"10202"};
  CHECK(b.say(ResultFact{"s", "zap", alert}).tested() == Tested::failed);
  SmallProduct globs(policy_with(""));
  TestResult test = judged("x.y", TestOutcome::failed);
  test.aliases = {"a.b.Login.locks"};
  CHECK(globs.say(ResultFact{"s", "junit", judged("a.Logins.z", TestOutcome::failed)}).tested() ==
        Tested::untested);
  CHECK(globs.say(ResultFact{"s", "junit", test}).tested() == Tested::failed);
}

TEST_CASE("a star in the name of a JUnit test stands for any characters") {
  const auto reached = [](const std::string& name, const std::string& id) {
    SmallProduct b(
        "library t \"T\"\nattribute risk { harm : number = 50 }\nrating risk.inherent = harm\n"
        "pattern p \"P\" { when yes risk r \"R\" { weakness w CWE-79 \"W\" { test junit \"" +
        name + "\" } } }");
    return b.result("junit", id, TestOutcome::failed).tested() == Tested::failed;
  };
  const std::pair<const char*, bool> expected[] = {
      {"a.Login.locks", true},   {"Login", false},  {"x.Login.", true}, {"a.Logins.b", false},
      {"a.Log.b.Login.c", true}, {".Login.", true}, {"..Login", false}};
  for (const auto& [id, matches] : expected) {
    INFO(id);
    CHECK(reached("*.Login.*", id) == matches);
  }
  CHECK(reached("a*b*c", "aXbXbXc"));
  CHECK_FALSE(reached("a*b*c", "aXbXbX"));
  CHECK_FALSE(reached("a*b*c", "XaXbXc"));
  CHECK(reached("a**", "a"));
  CHECK(reached("a.b", "a.b"));
  CHECK_FALSE(reached("a.b", "a.bc"));
}

TEST_CASE("a result of no component reaches every one, and one of a component is another test") {
  SmallProduct b(policy_with(""));
  add_component(b, "front");
  add_component(b, "back");
  const auto of = [&](const char* component) {
    return b.live.model().weakness(std::string(component) + "/t.x")->tested;
  };
  b.say(ResultFact{"s", "zap", judged("10202", TestOutcome::failed)});
  CHECK(b.tested() == Tested::failed);
  CHECK(of("front") == Tested::failed);
  CHECK(of("back") == Tested::failed);
  b.say(ResultFact{"s", "zap", judged("10202", TestOutcome::passed, "front")});
  CHECK(of("front") == Tested::failed);
  b.say(ResultFact{"s", "zap", judged("10202", TestOutcome::passed)});
  CHECK(of("front") == Tested::passed);
  b.say(ResultFact{"s", "zap", judged("10202", TestOutcome::failed, "back")});
  CHECK(of("front") == Tested::passed);
  CHECK(of("back") == Tested::failed);
  CHECK(b.tested() == Tested::passed);
  b.say(ComponentFact{"back", "", true, {}, {}});
  b.say(ComponentFact{"back", "t.api", false, {}, {}});
  CHECK(of("back") == Tested::failed);
}

TEST_CASE("a finding reaches the weaknesses of its CWE and those that are more general") {
  SmallProduct b(policy_with(""));
  add_component(b, "front");
  TestResult finding = judged("other", TestOutcome::failed, "front");
  finding.cwe = {78};  // a special case of CWE-77
  b.say(ResultFact{"s", "zap", finding});
  CHECK(b.live.model().weakness("front/t.x")->tested == Tested::failed);
  CHECK(b.live.model().weakness("front/t.x")->failing_tests == std::vector<std::string>{"other"});
  CHECK(b.tested() == Tested::untested);
  finding.cwe = {20};  // a more general one
  finding.id = "third";
  b.say(ResultFact{"s", "zap", finding});
  REQUIRE(b.live.model().unmatched.size() == 1);
  CHECK(b.live.model().unmatched[0].id == "front/third");
  CHECK(b.live.model().unmatched[0].hint == "test zap third");
  finding.component = "nowhere";
  finding.cwe = {77};
  finding.id = "fourth";
  b.say(ResultFact{"s", "sarif", finding});
  REQUIRE(b.live.model().unmatched.size() == 2);
  CHECK(b.live.model().unmatched[1].id == "nowhere/fourth");
  CHECK(b.live.model().unmatched[1].why == "the product has no component `nowhere`");
}

TEST_CASE("a false positive is ignored for its element and until its end") {
  SmallProduct b(policy_with(""));
  add_component(b, "front");
  add_component(b, "back");
  const auto of = [&](const char* component) {
    return b.live.model().weakness(std::string(component) + "/t.x")->tested;
  };
  TestResult alert = judged("10202-3", TestOutcome::failed);
  alert.aliases = {"10202"};
  b.say(ResultFact{"s", "zap", alert});
  b.say(DecisionFact{"front/zap:10202", DecisionState::false_positive, "", {}, "no", b.today()});
  CHECK(of("front") == Tested::untested);
  CHECK(of("back") == Tested::failed);
  CHECK(b.tested() == Tested::failed);
  b.pass_days(1);
  CHECK(of("front") == Tested::failed);
  b.say(DecisionFact{"zap:10202-3", DecisionState::false_positive, "", {}, "no", {}});
  CHECK(of("front") == Tested::untested);
  CHECK(b.tested() == Tested::untested);
  CHECK(b.live.model().unmatched.empty());
  SmallProduct own(policy_with(""));
  add_component(own, "front");
  own.say(ResultFact{"s", "zap", judged("10202", TestOutcome::failed, "front")});
  own.say(DecisionFact{"front/zap:10202", DecisionState::false_positive, "", {}, "no", {}});
  CHECK(own.live.model().weakness("front/t.x")->tested == Tested::untested);
}

TEST_CASE("uploads with one id are one run, which is complete where every part is") {
  SmallProduct b(policy_with("evidence zap { risk is high -> failed  absent -> passed }"));
  const auto upload = [&](const std::string& id, std::vector<TestResult> results,
                          std::optional<bool> complete, std::vector<std::string> sites) {
    RunFact run;
    run.suite = run.source = "zap";
    run.run = id;
    run.complete = complete;
    run.scopes = std::move(sites);
    run.results = std::move(results);
    b.say(run);
  };
  TestResult alert = reported("10202", {{"risk", "high"}});
  alert.scope = "https://a";
  upload("1", {alert}, {}, {"https://a"});
  CHECK(b.tested() == Tested::failed);
  upload("2", {}, false, {"https://a"});
  CHECK(b.tested() == Tested::failed);  // it says that it is not complete
  upload("3", {}, {}, {"https://b"});
  CHECK(b.tested() == Tested::failed);  // another site
  upload("4", {}, {}, {"https://a"});
  CHECK(b.tested() == Tested::passed);
  upload("4", {alert}, {}, {"https://a"});
  CHECK(b.tested() == Tested::failed);  // its second part lists it
  upload("", {}, {}, {"https://a"});
  CHECK(b.tested() == Tested::passed);
}

TEST_CASE("a check that a report lists without result is covered, whether or not it ever had one") {
  const std::string evidence = "evidence sarif { level is error -> failed  absent -> passed }";
  const auto upload = [](const std::string& id, std::vector<TestResult> results) {
    RunFact run;
    run.suite = run.source = "sarif";
    run.run = id;
    run.results = std::move(results);
    return run;
  };
  const TestResult found = reported("js/sql", {{"level", "error"}});
  const TestResult none = reported("js/sql", {}, TestOutcome::absent);
  SmallProduct b(policy_with(evidence));
  CHECK(b.say(upload("1", {})).tested() == Tested::untested);
  CHECK(b.say(upload("2", {none})).tested() == Tested::passed);
  CHECK(b.say(upload("2", {found})).tested() == Tested::failed);  // the other part of the run
  CHECK(b.say(upload("2", {none})).tested() == Tested::failed);
  CHECK(b.say(upload("3", {none})).tested() == Tested::passed);
  RunFact partial = upload("4", {none});
  partial.complete = false;
  RunFact failed = upload("5", {none});
  failed.failed = true;
  for (const RunFact& run : {partial, failed}) {
    SmallProduct untold(policy_with(evidence));
    CHECK(untold.say(run).tested() == Tested::untested);
    CHECK(untold.say(upload("6", {found})).say(run).tested() == Tested::failed);
  }
}

TEST_CASE("a check without result reaches weaknesses by its CWE, and is never unmatched") {
  SmallProduct b(policy_with("evidence sarif { absent -> passed }"));
  RunFact run;
  run.suite = run.source = "sarif";
  run.run = "1";
  run.results = {reported("js/xss", {}, TestOutcome::absent),
                 reported("js/unknown", {}, TestOutcome::absent)};
  run.results.front().cwe = {79};
  CHECK(b.say(run).tested() == Tested::passed);
  CHECK(b.live.model().unmatched.empty());
  CHECK(SmallProduct(policy_with("")).say(run).tested() == Tested::untested);
  // Four of them are kept of each check, and what it once found is not forgotten for them.
  run.run = "2";
  run.results = {reported("js/xss", {{"level", "error"}})};
  b.say(run);
  for (int i = 3; i < 50; ++i) {
    run.run = std::to_string(i);
    run.results = {reported("js/xss", {}, TestOutcome::absent)};
    b.say(run);
  }
  const SuiteFacts& suite = b.live.facts().suites.at("sarif");
  CHECK(suite.tests.find({"", "js/xss", ""})->listed.size() == 5);
  CHECK(suite.runs.rbegin()->second.results == 0);
}

TEST_CASE("a finding goes from the weaknesses of its CWE to what names it, when that begins") {
  const auto policy = [](const std::string& named) {
    return R"(library t "T"
questionnaire q "Q" { question late "L?" : yes-no }
pattern p "P" { when yes risk r "R" { weakness w CWE-79 "W" { countermeasure c "C" } } }
pattern l "L" { when late risk s "S" { )" +
           named + " } }\n";
  };
  TestResult finding = judged("10202", TestOutcome::failed);
  finding.cwe = {79};
  SmallProduct measure(
      policy(R"(weakness x CWE-20 "X" { countermeasure d "D" { test zap 10202 } })"));
  const auto tested = [&] { return measure.live.model().countermeasure("t.d")->tested; };
  CHECK(measure.say(ResultFact{"s", "zap", finding}).tested() == Tested::failed);
  CHECK(measure.answer("late", true).tested() == Tested::untested);
  CHECK(tested() == Tested::failed);
  CHECK(measure.answer("late", false).tested() == Tested::failed);

  SmallProduct weakness(
      policy(R"(weakness x CWE-20 "X" { test zap 10202  countermeasure d "D" })"));
  CHECK(weakness.say(ResultFact{"s", "zap", finding}).tested() == Tested::failed);
  CHECK(weakness.answer("late", true).tested() == Tested::untested);
  CHECK(weakness.tested("x") == Tested::failed);
  CHECK(weakness.answer("late", false).tested() == Tested::failed);
}

TEST_CASE("a test stays with the elements that name it, whether they apply or not") {
  SmallProduct b(R"(library t "T"
component-type api "API"
questionnaire q "Q" { question late "L?" : yes-no }
questionnaire a "A" for component of type api { question open "O?" : yes-no }
pattern p "P" { when late risk r "R" { weakness w CWE-79 "W" {
  test zap 10202  countermeasure c "C" { test zap 10203 } } } }
pattern o "O" { for component of type api  when open risk s "S" { weakness x CWE-77 "X" {
  test zap 10202  countermeasure d "D" } } }
)");
  const auto say = [&](const std::string& id, TestOutcome outcome, const std::string& component) {
    b.say(ResultFact{"s", "zap", judged(id, outcome, component)});
  };
  const auto unmatched = [&] {
    std::vector<std::string> ids;
    for (const Unmatched& each : b.live.model().unmatched) ids.push_back(each.id);
    return ids;
  };
  const auto open = [&](const std::string& component, bool yes) {
    b.say(AnswersFact{component, {{"t.open", yes}}});
  };
  const auto tested = [&](const std::string& id) { return b.live.model().weakness(id)->tested; };
  using Ids = std::vector<std::string>;
  for (const char* component : {"front", "back"}) add_component(b, component);
  say("10202", TestOutcome::failed, "");
  say("10203", TestOutcome::passed, "");
  say("10202", TestOutcome::passed, "back");
  CHECK(unmatched() == Ids{"10202", "10203", "back/10202"});

  // Elements that were never there, then come again.
  for (int i = 0; i < 2; ++i) {
    CHECK(b.answer("late", true).tested() == (i == 0 ? Tested::failed : Tested::passed));
    CHECK(b.live.model().countermeasure("t.c")->tested == Tested::passed);
    CHECK(unmatched() == Ids{"back/10202"});
    b.answer("late", false);
    say("10202", TestOutcome::passed, "");  // while nothing that is about it applies
  }
  say("10202", TestOutcome::failed, "");
  open("front", true);
  open("back", true);
  CHECK(tested("front/t.x") == Tested::failed);
  CHECK(tested("back/t.x") == Tested::failed);  // of its own result and the product's the worst
  CHECK(unmatched() == Ids{"10203"});

  // A false positive of one component, before and after its element begins.
  add_component(b, "side");
  b.say(DecisionFact{"side/zap:10202", DecisionState::false_positive, "", {}, "no", {}});
  open("side", true);
  CHECK(tested("side/t.x") == Tested::untested);
  b.say(DecisionFact{"front/zap:10202", DecisionState::false_positive, "", {}, "no", {}});
  CHECK(tested("front/t.x") == Tested::untested);
  open("front", false);
  open("front", true);
  CHECK(tested("front/t.x") == Tested::untested);
  CHECK(tested("back/t.x") == Tested::failed);
}

TEST_CASE("another source takes over a suite") {
  SmallProduct b(policy_with(""));
  b.say(ResultFact{"s", "zap", judged("10202", TestOutcome::failed)});
  CHECK(b.tested() == Tested::failed);
  b.say(ResultFact{"s", "sarif", judged("js/sql", TestOutcome::passed)});
  CHECK(b.tested() == Tested::passed);  // the suite's 10202 is none of ZAP's any more
}

}  // namespace riskd::tests::evidence_test
