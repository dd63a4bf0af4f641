// Ratings, steps, approval and lists, as "Rating" and "Functions and lists" of docs/language.md say it.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "tests/engine/small_product.hpp"

namespace riskd::tests::ratings_test {
namespace {
using namespace engine;

const std::string head = R"(library t "T"
scale level { low = 25, high = 75 }
attribute risk { harm : number = 50 }
attribute weakness { depth : number = 2 }
attribute countermeasure { cost : level = low  ready : percent = 50% }
rating risk.inherent = harm
rating product.rating = max(risks, current)
component-type api "API"
questionnaire q "Q" {
  question on "On?" : yes-no
  question share "Share" : percent
  question users "Users" : number
  question since "Since" : date
  question reach "Reach?" : one-of ordered { staff "S" partners "P" internet "I" }
}
)";

std::string one_risk(const std::string& of_risk = "", const std::string& of_measure = "") {
  return "pattern p \"P\" { when yes risk r \"R\" { " + of_risk +
         " weakness w CWE-1 \"W\" { test junit \"w\" countermeasure c \"C\" { test junit \"c\" " +
         of_measure + " } } } }";
}

std::string step(const std::string& body) { return "adjust step \"Step\" { " + body + " }\n"; }

}  // namespace

TEST_CASE("each operation of a step does what its name says, within 0 and 100") {
  const auto current = [](const std::string& body, const std::string& of_risk = "") {
    return SmallProduct(head + step(body) + one_risk(of_risk)).risk().current;
  };
  CHECK(current("for risk reduce risk by 20%") == 40);
  CHECK(current("for risk reduce risk by 20% of inherent") == 40);
  CHECK(current("for risk raise risk by 15") == 65);
  CHECK(current("for risk raise risk by 60") == 100);
  CHECK(current("for risk raise risk to 30") == 50);
  CHECK(current("for risk raise risk to 70") == 70);
  CHECK(current("for risk cap risk at 30") == 30);
  CHECK(current("for risk cap risk at 70") == 50);
  CHECK(current("for risk when inherent > 60 cap risk at 30") == 50);
  CHECK(current("for risk when inherent > 60 cap risk at 30", "harm 61") == 30);
  CHECK(current("for weakness raise risk by 10") == 60);
  CHECK(SmallProduct(head + one_risk("harm 400")).risk().inherent == 100);
  CHECK(SmallProduct(head + one_risk("harm 0 - 4")).risk().inherent == 0);
}

TEST_CASE("a risk may have many weaknesses, with many countermeasures each") {
  std::string text =
      head + step("for countermeasure when state is implemented reduce risk by mitigates") +
      "adjust failed \"Failed\" { for weakness when tested is failed restore risk }\n"
      "pattern p \"P\" { when yes risk r \"R\" {\n";
  std::vector<std::string> measures;
  for (int w = 0; w < 12; ++w) {
    const std::string weakness = "w" + std::to_string(w);
    text += " weakness " + weakness + " CWE-1 \"W\" { test junit \"" + weakness + "\"\n";
    for (int c = 0; c < 3; ++c) {
      measures.push_back("c" + std::to_string(w) + "-" + std::to_string(c));
      text += "  countermeasure " + measures.back() + " \"C\" { required mitigates 10% }\n";
    }
    text += " }\n";
  }
  SmallProduct b(text + "} }");
  CHECK(b.risk().projected == Approx(50 * std::pow(0.9, 36)));
  double left = 50;
  for (const std::string& measure : measures) {
    left *= 0.9;
    CHECK(b.decide(measure, DecisionState::implemented).risk().current == Approx(left));
  }
  CHECK(b.risk().steps.size() == 36);
  for (int w = 0; w < 12; ++w) {
    left /= 0.9 * 0.9 * 0.9;
    b.result("junit", "w" + std::to_string(w), TestOutcome::failed);
    CHECK(b.risk().current == Approx(left));
  }
  CHECK(b.risk().weaknesses.size() == 12);
}

TEST_CASE("a step whose amount is open does the least that it may") {
  const auto current = [](const std::string& body) {
    return SmallProduct(head + step(body) + one_risk()).risk().current;
  };
  CHECK(current("for risk reduce risk by share") == 50);
  CHECK(current("for risk raise risk by users") == 50);
  CHECK(current("for risk cap risk at users") == 50);
  CHECK(current("for risk raise risk by (if on then 10 else 20)") == 60);
  CHECK(current("for risk cap risk at (if on then 10 else 20)") == 20);
  SmallProduct b(head + step("for risk reduce risk by share") + one_risk());
  CHECK(b.answer("share", 0.5).risk().current == 25);
}

TEST_CASE("shares of the inherent rating add up, shares of what remains do not") {
  const std::string two = R"(
pattern p "P" { when yes risk r "R" { weakness w CWE-1 "W" {
  countermeasure c "C" { mitigates 40% }  countermeasure d "D" { mitigates 50% } } } })";
  const auto of = [&](const std::string& body) {
    SmallProduct b(head + step("for countermeasure when state is implemented " + body) + two);
    b.decide("c", DecisionState::implemented).decide("d", DecisionState::implemented);
    return b.risk().current;
  };
  CHECK(of("reduce risk by mitigates") == Approx(50 * 0.6 * 0.5));
  CHECK(of("reduce risk by mitigates of inherent") == Approx(50 - 20 - 25));
}

TEST_CASE("a share that is open is the least that it may be, and assumed") {
  SmallProduct b(head +
                 step("for countermeasure when state is implemented reduce risk by mitigates") +
                 one_risk("", "mitigates if on then 40% else 60%"));
  b.decide("c", DecisionState::implemented);
  CHECK(b.risk().current == Approx(30));
  CHECK(b.assumed());
  CHECK(b.live.model().countermeasure("t.c")->mitigates == Approx(0.4));
  CHECK(b.answer("on", false).risk().current == Approx(20));
  CHECK_FALSE(b.assumed());
}

TEST_CASE("projected is with everything required implemented and every test passed") {
  const std::string steps = R"(
adjust done "Done" { for countermeasure when state is implemented  reduce risk by mitigates }
adjust broken "Broken" { for weakness when tested is failed  restore risk }
adjust own "Own" { for countermeasure when tested is failed  restore risk }
adjust tried "Tried" { for weakness when tested is passed  reduce risk by 10% }
)";
  SmallProduct b(head + steps + one_risk("", "required when on mitigates 60%"));
  CHECK(b.risk().projected == 45);  // it has a test, which passes
  CHECK(b.risk().current == 50);
  b.answer("on", true);
  CHECK(b.risk().projected == Approx(18));
  b.result("junit", "w", TestOutcome::failed).result("junit", "c", TestOutcome::failed);
  CHECK(b.risk().current == 50);
  CHECK(b.risk().projected == Approx(18));
}

TEST_CASE("a rating that is a range is its upper end, and one without a bound is 0") {
  const auto with = [](const std::string& value) {
    return SmallProduct(
        head + "rating risk.own = " + value + "\nlet product.worst = max(risks, own)\n" +
        "adjust a \"A\" { for risk when own > 15 raise risk to own }\n" + one_risk());
  };
  SmallProduct ranged = with("if on then 60 else 70");
  CHECK(ranged.risk().current == 70);
  CHECK(ranged.assumed());
  CHECK(ranged.answer("on", true).risk().current == 60);
  SmallProduct open = with("users");
  CHECK(open.risk().current == 50);
  CHECK(open.answer("users", 90.0).risk().current == 90);
}

TEST_CASE("every list of an element can be read") {
  const auto applies = [](const std::string& kind, const std::string& expression,
                          const std::string& condition) {
    SmallProduct b(head + "let " + kind + ".seen = " + expression + "\nadjust a \"A\" { for " +
                   kind + " when " + condition + " cap risk at 10 }\n" + R"(
countermeasure both "Both"
weakness v CWE-2 "V" { depth 5  countermeasure both { mitigates 10% } }
pattern p "P" { when yes
  risk r "R" { weakness w CWE-1 "W" { countermeasure both { mitigates 30% }  countermeasure c "C" { cost high } }  weakness v }
  risk s "S" { harm 40  weakness v } }
)");
    return b.risk().current == 10;
  };
  CHECK(applies("risk", "count(weaknesses)", "seen is 2"));
  CHECK(applies("risk", "sum(weaknesses, depth)", "seen is 7"));
  CHECK(applies("risk", "count(countermeasures)", "seen is 2"));  // `both` once
  CHECK(applies("risk", "max(countermeasures, cost)", "seen is 75"));
  CHECK(applies("risk", "min(countermeasures, cost)", "seen is 25"));
  CHECK(applies("risk", "mean(weaknesses, depth)", "seen is 3.5"));
  CHECK(applies("risk", "product(weaknesses, depth)", "seen is 10"));
  CHECK(applies("risk", "any(weaknesses, cwe is 2)", "seen"));
  CHECK(applies("risk", "all(weaknesses, cwe > 0)", "seen"));
  CHECK(applies("weakness", "count(risks)", "seen is 2"));
  CHECK(applies("weakness", "max(risks, harm)", "seen is 50"));
  CHECK(applies("weakness", "count(countermeasures, cost is high)", "seen is 1"));
  CHECK(applies("countermeasure", "count(risks)", "seen is 2"));
  CHECK(applies("countermeasure", "count(weaknesses)", "seen is 2"));
  CHECK(applies("countermeasure", "max(weaknesses, depth)", "seen is 5"));
}

TEST_CASE("functions of several values leave out what has none, and carry what is open") {
  const auto condition = [](const std::string& text) {
    SmallProduct b(head +
                   "questionnaire z \"Z\" { question more \"More\" : number ask when on }\n" +
                   "pattern p \"P\" { when " + text + " risk r \"R\" { weakness w CWE-1 \"W\" } }");
    return b;
  };
  CHECK(condition("min(users, 3) <= 3").applies());
  CHECK(condition("max(users, 3) >= 3").applies());
  CHECK(condition("max(users, 3) > 3").undecided());
  CHECK(condition("mean(users, 3) > 3").undecided());
  CHECK(condition("mean(users, 3) is 4").answer("users", 5.0).applies());
  CHECK(condition("mean(more, 3) is 3").answer("on", false).applies());
  CHECK(condition("max(more, 3) is 3").answer("on", false).applies());
  CHECK(condition("min(more, 3) is 3").answer("on", false).applies());
  CHECK(condition("more > 0 or not (more > 0)").answer("on", false).applies());
  CHECK(condition("sqrt(users) is 4").answer("users", 16.0).applies());
  CHECK(condition("sqrt(users) >= 0 or users > 0").answer("users", -1.0).undecided());
}

TEST_CASE("dates move by durations, and dates differ by them") {
  const auto applies = [](const std::string& text) {
    SmallProduct b(head + "pattern p \"P\" { when " + text +
                   " risk r \"R\" { weakness w CWE-1 \"W\" } }");
    return b.answer("since", "2026-11-20").applies();
  };
  CHECK(applies("since + 3 days is today"));
  CHECK(applies("today - 3 days is since"));
  CHECK(applies("today - since is 3 days"));
  CHECK(applies("since + 36 hours is 2026-11-21"));  // a date is a day
  CHECK(applies("age(since) * 2 is 6 days and age(since) / 1 day is 3"));
  CHECK(applies("since in { 2026-11-19, 2026-11-20 }"));
}

TEST_CASE("a product is approved where every required countermeasure and field is there") {
  SmallProduct b(head + "field product.centre \"Centre\" : text required\n" +
                 "field component.image \"Image\" : text required\n" +
                 one_risk("", "required when on"));
  CHECK_FALSE(b.live.model().approved);
  b.say(ApproveFact{{"t.r", "t.w"}});
  CHECK(b.live.model().missing_fields == std::vector<std::string>{"product.centre"});
  CHECK_FALSE(b.live.model().approved);
  b.say(FieldsFact{"", {{"centre", "a"}}});
  CHECK(b.live.model().approved);
  CHECK(b.risk().approved);
  CHECK_FALSE(b.live.model().countermeasure("t.c")->approved);
  CHECK_FALSE(b.answer("on", true).live.model().approved);
  CHECK(b.say(ApproveFact{{"t.c", "t.r", "t.w"}}).live.model().approved);
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  CHECK(b.live.model().missing_fields == std::vector<std::string>{"front/component.image"});
  CHECK_FALSE(b.live.model().approved);
  CHECK_FALSE(b.risk().approved);
  b.say(FieldsFact{"front", {{"image", "x"}}});
  CHECK(b.live.model().approved);
  CHECK_FALSE(b.say(FieldsFact{"", {{"centre", std::monostate{}}}}).live.model().approved);
}

TEST_CASE("conditions can ask whether things are approved") {
  SmallProduct b(head + step("for risk when approved cap risk at 40") +
                 "adjust b \"B\" { for weakness when approved cap risk at 30 }\n"
                 "adjust c \"C\" { for countermeasure when approved cap risk at 20 }\n"
                 "adjust d \"D\" { for risk when product.approved cap risk at 10 }\n" +
                 one_risk("", "required"));
  CHECK(b.risk().current == 50);
  CHECK(b.say(ApproveFact{{"t.r"}}).risk().current == 40);
  CHECK(b.say(ApproveFact{{"t.r", "t.w"}}).risk().current == 30);
  CHECK(b.say(ApproveFact{{"t.c"}}).risk().current == 10);
}

}  // namespace riskd::tests::ratings_test
