// What docs/language.md says, sentence by sentence, on the smallest policies that show it.
#include <catch2/catch.hpp>

#include "engine/evaluate/reconcile.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::semantics_test {
namespace {
using namespace engine;

const std::string head = R"(library t "T" version "1.0.0"
scale level { none = 0, low = 25, medium = 50, high = 75, very-high = 100 }
attribute risk { harm : level = none }
rating risk.inherent = harm
adjust implemented "Implemented" { for countermeasure when state is implemented  reduce risk by mitigates }
adjust failed-test "Failed" { for weakness when tested is failed  restore risk }
adjust failed-measure "Failed" { for countermeasure when tested is failed  restore risk }
adjust accepted "Accepted" { for risk when accepted-until >= today  cap risk at 10 }
rating product.rating = max(risks, current)
status-map jira { status is "Done" -> implemented  status is "No" -> rejected  status is "Moot" -> not-applicable  otherwise -> required }
evidence zap { risk is high -> failed  risk is low -> passed  absent -> passed  otherwise -> ignored  stale after 30 days }
evidence junit { outcome is failed -> failed  outcome is passed -> passed  otherwise -> ignored  stale after 30 days }
ticket work for countermeasure { open when state is required  title "{title}"  close when state is not-applicable with "No"  reopen when tested is failed }
ticket bug for weakness { open when tested is failed  title "{title}" }
questionnaire q "Q" {
  question on "On?" : yes-no
  question old "Old?" : yes-no
  question reach "Reach?" : one-of ordered { staff "S" partners "P" internet "I" }
  question kind "Kind?" : one-of { a "A" b "B" } ask when old
  question tags "Tags?" : any-of { x "X" y "Y" } ask when old
  question size "Size" : number
  question safe "Safe?" : yes-no default yes
}
)";

const std::string model_of_one = R"(
pattern p "P" { when yes
  risk r "R" { harm high
    weakness w CWE-79 "W" { test zap "100"  countermeasure c "C" { required  mitigates 60%  test junit "*.Own.*" }  countermeasure d "D" { mitigates 50% } }
    weakness v "V" { test junit "v"  countermeasure c { mitigates 40% } } } }
)";

struct Bench : SmallProduct {
  explicit Bench(const std::string& text) : SmallProduct(head + text) {}
};

TestResult alert(const std::string& level, const std::string& site = "") {
  TestResult test;
  test.id = "100";
  test.verdict = false;
  test.scope = site;
  test.attributes = {{"risk", level}};
  return test;
}

std::string when(const std::string& condition) {
  return "pattern p \"P\" { when " + condition +
         " risk r \"R\" { harm high weakness w CWE-1 \"W\" { countermeasure c \"C\" } } }";
}
std::string harm(const std::string& value) {
  return "pattern p \"P\" { when yes risk r \"R\" { harm " + value +
         " weakness w CWE-1 \"W\" { countermeasure c \"C\" } } }";
}

}  // namespace

TEST_CASE("unknown and false is false, unknown or true is true, else unknown") {
  Bench both(when("on and old"));
  CHECK(both.undecided());
  CHECK(both.live.model().undecided.front().questions == std::vector<std::string>{"t.old", "t.on"});
  CHECK_FALSE(both.answer("old", false).undecided());
  CHECK(both.answer("old", true).undecided());
  Bench either(when("on or old"));
  CHECK(either.answer("old", true).applies());
  CHECK(either.answer("old", false).undecided());
}

TEST_CASE("only true acts") {
  Bench b(
      R"(pattern p "P" { when yes risk r "R" { harm high weakness w CWE-1 "W" { countermeasure c "C" { required when on mitigates 50% } } } })");
  CHECK(b.state() == State::recommended);
  CHECK(b.wanted("work", "c") == "none");
  CHECK(b.answer("on", true).state() == State::required);
  CHECK(b.wanted("work", "c") == "open");
}

TEST_CASE("an unknown value is a range, and the default moves to its nearest end") {
  Bench chosen(harm("match reach { staff: low, partners: medium, internet: very-high }"));
  CHECK(chosen.risk().inherent == 25);
  CHECK(chosen.assumed());
  CHECK(chosen.live.model().assumed.front().questions == std::vector<std::string>{"t.reach"});
  Bench agreed(harm("if on then high else high"));
  CHECK(agreed.risk().inherent == 75);
  CHECK_FALSE(agreed.assumed());
  Bench decided(when("reach >= staff"));
  CHECK(decided.applies());
  CHECK(Bench(when("size * 0 < 1")).applies());
  CHECK(Bench(when("reach > staff")).undecided());
}

TEST_CASE("a default is known, is not an answer, and leaves the question open") {
  Bench b(
      when("safe") +
      R"(pattern q "Q" { when safe is answered risk s "S" { weakness x CWE-2 "X" { countermeasure e "E" } } })");
  CHECK(b.live.model().applying == std::vector<std::string>{"t.p"});
  const auto& open = b.live.model().open_questions;
  CHECK(std::find(open.begin(), open.end(), "t.safe") != open.end());
  CHECK(b.answer("safe", true).live.model().applying.size() == 2);
  Bench resting(harm("if safe then high else low"));
  CHECK(resting.risk().inherent == 75);
  CHECK(resting.assumed());
  CHECK_FALSE(resting.answer("safe", true).assumed());
}

TEST_CASE("a question that is not asked has no value, and its answer comes back with it") {
  const std::pair<const char*, bool> expected[] = {
      {"kind is a", false},    {"kind in { a, b }", false}, {"tags includes x", false},
      {"kind is not a", true}, {"kind is answered", false}, {"kind is not answered", true}};
  for (const auto& [condition, applies] : expected) {
    INFO(condition);
    Bench b(when(condition));
    b.answer("kind", std::string("a")).answer("tags", std::vector<std::string>{"x"});
    CHECK(b.undecided());
    CHECK(b.answer("old", false).applies() == applies);
    CHECK_FALSE(b.undecided());
    b.answer("old", true);
    CHECK(b.applies() == (std::string(condition).find("not") == std::string::npos));
  }
  Bench otherwise(harm("match kind { a: low, otherwise: very-high }"));
  CHECK(otherwise.answer("old", false).risk().inherent == 100);
  Bench left(harm("match kind { a: high, b: high }"));
  CHECK(left.answer("old", false).risk().inherent == 0);
  CHECK_FALSE(left.assumed());
}

TEST_CASE("whether a question is answered is unknown while it is unknown whether it is asked") {
  Bench b(when("kind is answered"));
  CHECK(b.undecided());
  CHECK(b.answer("kind", std::string("a")).undecided());
  CHECK(b.answer("old", true).applies());
}

TEST_CASE("over nothing, and ratings that are ranges") {
  CHECK_FALSE(Bench(when("any(components, type is y)") + "component-type y \"Y\"").applies());
  CHECK(Bench(when("all(components, type is y)") + "component-type y \"Y\"").applies());
  CHECK(Bench(when("count(components) + sum(components, 1) is 0 and product(components, 2) is 1"))
            .applies());
  CHECK(Bench(when("max(components, 1) > 0")).undecided());
  CHECK(Bench("").live.rating() == 0);
  CHECK(Bench(model_of_one).risk().band.empty());
}

TEST_CASE("the state of a countermeasure is the first that holds") {
  Bench b(model_of_one);
  CHECK(b.state() == State::required);
  CHECK(b.state("d") == State::recommended);
  CHECK(b.decide("c", DecisionState::recommended).state() == State::recommended);
  CHECK(b.ticket("Done").state() == State::implemented);
  CHECK(b.ticket("Moot").state() == State::not_applicable);
  CHECK(b.ticket("In progress").state() == State::recommended);
  CHECK(b.ticket("Done").decide("c", DecisionState::rejected, b.today(1)).state() ==
        State::rejected);
  CHECK(b.pass_days(1).state() == State::rejected);  // `until` includes its day
  CHECK(b.pass_days(1).state() == State::implemented);
  CHECK(b.decide("c", DecisionState::not_implemented).state() == State::required);
}

TEST_CASE("when the newest decision expires, none holds") {
  Bench b(model_of_one);
  b.decide("d", DecisionState::implemented).decide("d", DecisionState::rejected, b.today());
  CHECK(b.state("d") == State::rejected);
  CHECK(b.pass_days(1).state("d") == State::recommended);
}

TEST_CASE("facts about a pattern's elements come back with the pattern") {
  Bench b(
      "pattern p \"P\" { when on risk r \"R\" { harm high weakness w CWE-1 \"W\" { countermeasure "
      "c \"C\" { mitigates 50% } } } }");
  b.answer("on", true).decide("c", DecisionState::implemented);
  CHECK(b.risk().current == 37.5);
  CHECK(b.answer("on", false).live.model().risks.empty());
  CHECK(b.answer("on", true).risk().current == 37.5);
}

TEST_CASE("87.5, 26.25, and 87.5 again: the waterfall of the language") {
  const auto compiled =
      dsl::compile(*dsl::read_sources({std::string(RISKD_SOURCE_DIR) + "/rules"}));
  REQUIRE(compiled.sound());
  Bench b("");
  b.policy = compiled.program;
  b.live = LiveProduct(b.policy, "shop");
  b.say(AnswersFact{"",
                    {{"web.reach", std::string("internet")},
                     {"web.has-web-ui", true},
                     {"web.sign-in", std::vector<std::string>{"password"}},
                     {"web.data", std::vector<std::string>{"card"}}}});
  const auto row = [&] { return *b.live.model().risk("web.credential-stuffing"); };
  CHECK(row().inherent == 87.5);
  CHECK(row().current == 87.5);
  b.say(DecisionFact{"web.throttle-logins", DecisionState::implemented, "", {}, "done", {}});
  CHECK(row().current == Approx(26.25));
  REQUIRE(row().steps.size() == 1);
  CHECK(row().steps[0].change == Approx(-61.25));
  b.result("junit", "shop.LoginThrottlingTest.locks", TestOutcome::failed);
  CHECK(row().current == 87.5);
  REQUIRE(row().steps.size() == 2);
  CHECK(row().steps[1].change == Approx(61.25));
}

TEST_CASE("of one countermeasure's uses the greatest counts, and after a failed test the next") {
  Bench b(model_of_one);
  b.decide("c", DecisionState::implemented);
  CHECK(b.risk().current == Approx(75 * 0.4));
  CHECK(b.result("zap", "100", TestOutcome::failed).risk().current ==
        Approx(75 * 0.6));  // through v
  CHECK(b.result("junit", "v", TestOutcome::failed).risk().current == 75);
  CHECK(b.result("junit", "v", TestOutcome::passed)
            .result("zap", "100", TestOutcome::passed)
            .risk()
            .current == Approx(30));
  CHECK(b.result("junit", "a.Own.b", TestOutcome::failed).risk().current == 75);  // its own test
  CHECK(b.decide("r", DecisionState::accepted, b.today()).risk().current == 10);
  CHECK(b.pass_days(1).risk().current == 75);
  CHECK(b.risk().projected == Approx(30));
}

TEST_CASE("a weakness is failed, else passed, else stale, else untested; only a pass goes stale") {
  Bench b(model_of_one);
  CHECK(b.tested() == Tested::untested);
  CHECK(b.result("zap", "100", TestOutcome::passed).tested() == Tested::passed);
  CHECK(b.pass_days(31).tested() == Tested::stale);
  CHECK(b.result("zap", "100", TestOutcome::failed).tested() == Tested::failed);
  CHECK(b.pass_days(300).tested() == Tested::failed);
}

TEST_CASE(
    "a covered test without entry is absent; a failed run covers nothing; a site must be named") {
  Bench b(model_of_one);
  CHECK(b.run("1", {}).tested() == Tested::untested);
  CHECK(b.run("2", {alert("high")}).tested() == Tested::failed);
  CHECK(b.run("3", {}, true).tested() == Tested::failed);
  CHECK(b.run("4", {}).tested() == Tested::passed);
  CHECK(b.run("5", {alert("high", "https://a")}).tested() == Tested::failed);
  CHECK(b.run("6", {}).tested() == Tested::failed);
  CHECK(b.say(SuiteFact{"zap"}).tested() == Tested::untested);
}

TEST_CASE("the later run holds whatever came first, and of one run's entries the worst") {
  Bench b(model_of_one);
  CHECK(b.run("1", {alert("low"), alert("high"), alert("low")}).tested() == Tested::failed);
  CHECK(b.run("2", {alert("low")}).tested() == Tested::passed);
  RunFact late;
  late.suite = late.source = "zap";
  late.run = "0";
  late.results = {alert("high")};
  b.live.apply({{{++b.seq, Instant{b.now.ms - 1500}, "x"}, late}}, b.now);
  CHECK(b.tested() == Tested::passed);
  late.run = "9";  // the same moment as run 2
  b.live.apply({{{++b.seq, b.now, "x"}, late}}, b.now);
  CHECK(b.tested() == Tested::failed);
}

TEST_CASE("a result goes to the tests that name it, else to its CWE, else it is unmatched") {
  Bench b(model_of_one);
  TestResult test;
  test.id = "777";
  test.cwe = {79};
  test.outcome = TestOutcome::failed;
  CHECK(b.say(ResultFact{"zap", "zap", test}).tested() == Tested::failed);
  test.id = "778";
  test.cwe = {80};
  b.say(ResultFact{"zap", "zap", test});
  REQUIRE(b.live.model().unmatched.size() == 1);
  CHECK(b.live.model().unmatched[0].hint.find("test zap") != std::string::npos);
  b.say(DecisionFact{"zap:777", DecisionState::false_positive, "", {}, "no", b.today()});
  CHECK(b.tested() == Tested::untested);
  CHECK(b.pass_days(1).tested() == Tested::failed);
}

TEST_CASE("tickets are desired state") {
  Bench b(model_of_one);
  CHECK(b.wanted("work", "c") == "open");
  CHECK(b.ticket("To do", true).wanted("work", "c") == "open");
  CHECK(b.ticket("Done").wanted("work", "c") == "closed");  // as it is
  CHECK(b.result("junit", "a.Own.b", TestOutcome::failed).wanted("work", "c") ==
        "open");  // newer than the closing
  CHECK(b.ticket("To do", true).ticket("Done").wanted("work", "c") == "closed");  // nothing newer
  CHECK(b.ticket("To do").decide("c", DecisionState::not_applicable).wanted("work", "c") ==
        "closed");  // `close` comes first
}

TEST_CASE("a ticket that riskd closed reopens without a newer fact") {
  Bench b(model_of_one);
  b.result("junit", "a.Own.b", TestOutcome::failed);
  CHECK(b.ticket("Done", true).wanted("work", "c") == "open");
}

TEST_CASE("a ticket that was deleted while its work is wanted is made anew") {
  Bench b(model_of_one);
  b.ticket("To do", true).ticket("To do", false, true);
  CHECK(b.state() == State::required);
  CHECK(b.wanted("work", "c") == "open");
  const auto effects = reconcile(b.live);
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].kind == EffectKind::create);
  CHECK(effects[0].ticket_key.empty());
}

TEST_CASE(
    "a ticket whose element left is closed if the template allows it, otherwise commented once") {
  Bench b(
      "pattern p \"P\" { when on risk r \"R\" { harm high weakness w CWE-1 \"W\" { test zap "
      "\"100\" countermeasure c \"C\" { required mitigates 50% } } } }");
  b.answer("on", true)
      .ticket("To do", true)
      .ticket("To do", true, false, "t.w", "bug")
      .answer("on", false);
  CHECK(b.wanted("work", "c") == "closed");
  CHECK(b.wanted("bug", "w") == "open");
  const auto effects = reconcile(b.live);
  REQUIRE(effects.size() == 2);
  CHECK(effects[0].kind == EffectKind::comment);
  CHECK(to_plain(effects[0].text).starts_with("No longer applies: "));
  CHECK(effects[1].kind == EffectKind::close);
}

}  // namespace riskd::tests::semantics_test
