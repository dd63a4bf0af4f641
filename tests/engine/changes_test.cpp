// What a rule reads reaches it, whatever that is and however late it comes.
#include <catch2/catch.hpp>

#include "engine/evaluate/reconcile.hpp"
#include "engine/update/policy_diff.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::changes_test {
namespace {
using namespace engine;

using Texts = std::vector<std::string>;

const std::string head = R"(library t "T"
scale level { low = 25, medium = 50, high = 75 }
component-type api "API"
attribute risk { harm : number = 50 }
attribute weakness { depth : number = 2 }
attribute countermeasure { cost : level = low }
rating risk.inherent = harm
rating product.rating = max(risks, current)
field product.team "Team" : text
field product.budget "Budget" : number
evidence junit { outcome is failed -> failed  outcome is passed -> passed }
questionnaire q "Q" {
  question on "On?" : yes-no
  question squad "Squad" : text
  question tags "Tags" : any-of { eur "E" usd "U" } default { eur }
  question users "Users" : number
  question worth "Worth" : level
  question since "Since" : date
  question more "More" : number ask when on
}
questionnaire a "A" for component of type api { question tls "TLS?" : yes-no }
)";

const std::string one_risk = R"(
pattern p "P" { when yes risk r "R" { weakness w CWE-1 "W" { test junit "w"
  countermeasure c "C" { mitigates 50%  standard "A 1" } } } }
pattern open "Open" { when worth is high risk o "O" { weakness w } }
)";

// A product of which a ticket is open where the condition of its risk is true.
SmallProduct with(const std::string& condition, const std::string& extra = "") {
  return SmallProduct(head + extra + "ticket note for risk { open when " + condition +
                      "  title \"{title}\" }\n" + one_risk);
}
bool open(const SmallProduct& product) { return product.wanted("note", "r") == "open"; }

bool acts(const std::string& kind, const std::string& condition) {
  SmallProduct b(head + "adjust step \"Step\" { for " + kind + " when " + condition +
                 " cap risk at 10 }\n" + one_risk);
  return b.answer("worth", "low").risk().current == 10;
}

}  // namespace

TEST_CASE("a ticket's condition follows answers, fields, lets, ratings and the day") {
  SmallProduct answer = with("squad is \"red\"");
  CHECK_FALSE(open(answer));
  CHECK(open(answer.answer("squad", "red")));
  SmallProduct field = with("team is \"red\" and budget > 3");
  field.say(FieldsFact{"", {{"team", "red"}}});
  CHECK_FALSE(open(field));
  CHECK(open(field.say(FieldsFact{"", {{"budget", 4.0}}})));
  SmallProduct let = with("busy", "let product.busy = users > 3\n");
  CHECK_FALSE(open(let));
  CHECK(open(let.answer("users", 4.0)));
  SmallProduct rating = with("product.rating > 40");
  CHECK(open(rating));
  SmallProduct late = with("product.rating < 40");
  CHECK_FALSE(open(late));
  CHECK(open(late.say(DecisionFact{"t.r", DecisionState::set, "harm", 30.0, "", {}})));
  SmallProduct day = with("today > 2026-11-23");
  CHECK_FALSE(open(day));
  CHECK(open(day.pass_days(1)));
  SmallProduct undecided = with("count(undecided) is 0");
  CHECK_FALSE(open(undecided));
  CHECK(open(undecided.answer("worth", "low")));
  SmallProduct through = with("clear", "let product.clear = count(undecided) is 0\n");
  CHECK_FALSE(open(through));
  CHECK(open(through.answer("worth", "low")));
  SmallProduct all = with("count(product.risks, inherent >= 50) > 1");
  CHECK_FALSE(open(all));
  CHECK(open(all.answer("worth", "high")));
}

TEST_CASE("the policy's own ratings follow answers, components and the day") {
  SmallProduct own = with("exposure > 50", "rating product.exposure = users\n");
  CHECK_FALSE(open(own));
  CHECK_FALSE(open(own.answer("users", 50.0)));
  CHECK(open(own.answer("users", 51.0)));
  SmallProduct aged = with("exposure > 50", "rating product.exposure = age(since) / 1 day\n");
  CHECK_FALSE(open(aged.answer("since", "2026-10-04")));  // 50 days ago
  CHECK(open(aged.pass_days(1)));
  SmallProduct parts =
      with("max(components, load) > 50", "rating component.load = if tls then 10 else 60\n");
  CHECK_FALSE(open(parts));
  parts.say(ComponentFact{"front", "t.api", false, {{"t.tls", true}}, {}});
  CHECK_FALSE(open(parts));
  CHECK(open(parts.say(AnswersFact{"front", {{"t.tls", false}}})));
}

TEST_CASE("a changed rule that the day itself can flip reaches every product") {
  const auto reaches_all = [](const std::string& extra, const std::string& condition) {
    const auto policy = [&](const std::string& when) {
      return SmallProduct(head + extra + "pattern p \"P\" { when " + when +
                          " risk r \"R\" { weakness w CWE-1 \"W\" } }")
          .policy;
    };
    return PolicyDiff(policy("on and on is answered"), policy(condition)).reaches_all();
  };
  const std::string lets =
      "let product.late = today > 2026-12-01\nlet product.later = late and users > 3\n";
  const std::string questions =
      "questionnaire z \"Z\" { question soon \"Soon?\" : yes-no ask when later  question kind "
      "\"Kind?\" : one-of { a \"A\" b \"B\" } ask when age(since) > 3 days }\n";
  CHECK_FALSE(reaches_all("", "on"));
  CHECK_FALSE(reaches_all(lets + questions, "on"));
  CHECK(reaches_all("", "on and today > 2026-12-01"));
  CHECK(reaches_all(lets, "on and later"));
  CHECK(reaches_all(lets + questions, "on and soon"));
  CHECK(reaches_all(lets + questions, "on and kind is b"));
}

TEST_CASE("two texts are compared, and either may be open") {
  SmallProduct b = with("squad is team");
  CHECK_FALSE(open(b));
  b.answer("squad", "red");
  CHECK_FALSE(open(b));
  CHECK(open(b.say(FieldsFact{"", {{"team", "red"}}})));
  CHECK_FALSE(open(b.answer("squad", "Red")));
}

TEST_CASE("of a match only the cases in the range of what it takes are possible") {
  CHECK(open(with("(match max(worth, medium) { low: 1, medium: 2, high: 2 }) is 2")));
  CHECK(open(with("(match max(worth, medium) { medium: 2, high: 2, otherwise: 1 }) is 2")));
  CHECK_FALSE(open(with("(match max(worth, medium) { medium: 2, otherwise: 1 }) is 2")));
}

TEST_CASE("steps look at what elements have") {
  CHECK(acts("countermeasure", "standards includes \"A 1\""));
  CHECK_FALSE(acts("countermeasure", "standards includes \"a 1\""));
  CHECK_FALSE(acts("countermeasure", "standards includes squad"));
  CHECK(acts("countermeasure", "cost <= low and guide is \"\""));
  CHECK(acts("weakness", "depth is 2"));
  CHECK(acts("risk", "product.title is \"shop\" and product.id is \"shop\""));
  CHECK(acts("risk", "tags includes eur"));
  CHECK_FALSE(acts("risk", "tags includes all { eur, usd }"));
  CHECK(acts("risk", "(match max(worth, medium) { medium: 1, otherwise: 2 }) is 1"));
}

TEST_CASE("ratings and lets of every kind of element reach what reads them") {
  SmallProduct b(head + R"(
rating weakness.grade = depth * 10
rating countermeasure.worth-it = cost
let weakness.deep = grade > 30
let countermeasure.dear = worth-it > 50 and any(weaknesses, deep)
rating component.load = count(risks) * 10
adjust deep "Deep" { for weakness when deep  raise risk by 10 }
adjust dear "Dear" { for countermeasure when dear  raise risk by 5 }
)" + one_risk);
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  CHECK(b.risk().current == 50);
  b.say(DecisionFact{"t.w", DecisionState::set, "depth", 4.0, "", {}});
  CHECK(b.risk().current == 60);
  b.say(DecisionFact{"t.c", DecisionState::set, "cost", std::string("high"), "", b.today(2)});
  CHECK(b.risk().current == 65);
  CHECK(b.pass_days(3).risk().current == 60);
}

TEST_CASE("the answers of one component reach rules over all components") {
  SmallProduct b(head + R"(
let product.bare = count(components, not tls)
let component.alone = count(components) is 1
pattern some "Some" { when bare > 1 risk s "S" { weakness v CWE-2 "V" } }
pattern lonely "Lonely" { for component of type api when alone and not tls risk l "L" {
  harm if tls then 10 else 60  weakness x CWE-3 "X" { countermeasure y "Y" { required when not tls } } } }
)");
  const auto say = [&](const char* component, RawValue tls) {
    b.say(AnswersFact{component, {{"t.tls", std::move(tls)}}});
    return b.live.model().applying;
  };
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  CHECK(say("front", true).empty());
  CHECK(say("front", false) == Texts{"front/t.lonely"});
  CHECK(b.live.model().risk("front/t.l")->inherent == 60);
  CHECK(b.live.model().countermeasure("front/t.y")->state == State::required);
  b.say(ComponentFact{"back", "t.api", false, {}, {}});
  CHECK(b.live.model().undecided.size() == 1);
  CHECK(b.live.model().undecided[0].questions == Texts{"back/t.tls"});
  CHECK(say("back", false) == Texts{"t.some"});
  CHECK(say("front", std::monostate{}).empty());
}

TEST_CASE("functions of a single value that is not asked have none") {
  SmallProduct b(head +
                 "pattern p \"P\" { when on is answered risk r \"R\" { harm mean(more) weakness w "
                 "CWE-1 \"W\" } }");
  b.answer("on", true);
  CHECK(b.assumed());
  b.answer("on", false);
  CHECK(b.risk().inherent == 50);  // the default, and not assumed
  CHECK_FALSE(b.assumed());
}

TEST_CASE("of facts about one thing the later holds, in whatever order they come") {
  SmallProduct b(head + one_risk);
  b.now.ms += 100'000;
  const auto earlier = [&](FactBody body) {
    b.live.apply({{{++b.seq, Instant{b.now.ms - 50'000}, "x"}, std::move(body)}}, b.now);
  };
  ProductFact named;
  named.title = "New";
  b.say(named).answer("users", 5.0).decide("c", DecisionState::rejected);
  b.say(FieldsFact{"", {{"team", "new"}}}).say(ApproveFact{{"t.c"}}).say(SuiteFact{"s"});
  named.title = "Old";
  earlier(named);
  earlier(AnswersFact{"", {{"t.users", 1.0}}});
  earlier(DecisionFact{"t.c", DecisionState::required, "", {}, "", {}});
  earlier(FieldsFact{"", {{"team", "old"}}});
  earlier(ApproveFact{{"t.w"}});
  earlier(SuiteFact{"s"});
  TestResult test;
  test.id = "w";
  test.outcome = TestOutcome::failed;
  earlier(ResultFact{"s", "junit", test});  // before the suite was retired
  CHECK(b.live.model().title == "New");
  CHECK(b.live.facts().answers.at("t.users").value == RawValue(5.0));
  CHECK(b.state() == State::rejected);
  CHECK(b.live.facts().fields.at("team").value == RawValue("new"));
  CHECK(b.live.model().countermeasure("t.c")->approved);
  CHECK(b.tested() == Tested::untested);
  CHECK(b.say(ResultFact{"s", "junit", test}).tested() == Tested::failed);
}

TEST_CASE("a run of a scanner is complete unless it says otherwise, one of a test runner is not") {
  const auto after_an_empty_run = [](const std::string& source, std::optional<bool> complete = {}) {
    SmallProduct b(R"(library t "T"
attribute risk { harm : number = 50 }
rating risk.inherent = harm
pattern p "P" { when yes risk r "R" { weakness w CWE-1 "W" { test )" +
                   source + R"( "it" } } })");
    RunFact run;
    run.suite = "s";
    run.source = source;
    run.run = "1";
    TestResult test;
    test.id = "it";
    test.outcome = TestOutcome::failed;
    run.results = {test};
    b.say(run);
    run.run = "2";
    run.results.clear();
    run.complete = complete;
    b.say(run);
    CHECK(entries_by_test(b.live.facts().suites.at("s")).size() == 1);
    return std::string(to_string(b.tested()));
  };
  for (const TestSource& source : test_sources()) {
    CAPTURE(source.name);
    CHECK(after_an_empty_run(std::string(source.name).c_str()) ==
          (source.covers_absent ? "passed" : "failed"));
  }
  CHECK(after_an_empty_run("zap") == "passed");
  CHECK(after_an_empty_run("junit") == "failed");
  CHECK(after_an_empty_run("junit", true) == "passed");
  CHECK(after_an_empty_run("zap", false) == "failed");
}

TEST_CASE("a new ticket is made with the value that it watches") {
  SmallProduct b(head +
                 "ticket note for weakness { open when tested is failed  title \"{title}\"  update "
                 "when failing-tests changes with \"{failing-tests}\" }\n" +
                 one_risk);
  b.result("junit", "w", TestOutcome::failed);
  const auto effects = reconcile(b.live);
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].watched == "w");
}

}  // namespace riskd::tests::changes_test
