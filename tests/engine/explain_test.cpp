// Why something is so: every reason leads to a rule, and to who said what.
#include "engine/explain/explain.hpp"

#include <catch2/catch.hpp>

#include "tests/engine/small_product.hpp"

namespace riskd::tests::explain_test {
namespace {
using namespace engine;

const char* const text = R"(library t "T"
scale level { low = 25, medium = 50, high = 75 }
component-type api "API"
field product.owner "Owner" : text
field component.image "Image" : number default 3
attribute risk { harm : level = low  size : number = 1 }
rating risk.inherent = harm
rating component.load = max(risks, inherent)
rating product.rating = max(risks, current)
adjust implemented "Implemented" { for countermeasure when state is implemented  reduce risk by mitigates }
adjust failed "Failed" { for weakness when tested is failed  restore risk }
adjust accepted "Accepted" { for risk when accepted-until >= today  cap risk at 10 }
status-map jira { status is "Done" -> implemented  otherwise -> required }
evidence junit { outcome is failed -> failed  outcome is passed -> passed  stale after 2 days }
ticket work for countermeasure { open when state is required  title "{title}" }
questionnaire q "Q" {
  question on "On?" : yes-no
  question reach "Reach?" : one-of ordered { staff "S" partners "P" internet "I" } ask when on
  question users "Users" : number default 5
  question remark "Remark" : text
  question since "Since" : date
  question often "Often" : percent
}
questionnaire a "A" for component of type api { question tls "TLS?" : yes-no  question deep "Deep?" : yes-no ask when not tls }
let product.large = users > 10
let component.open = not tls and image > 2
pattern p "P" { when on
  risk r "R" {
    harm match reach { staff: low, partners: medium, internet: high }
    size users * 2
    weakness w CWE-1 "W" { test junit "w"  test zap 100
      countermeasure c "C" { required when large or reach is internet or owner is "us"  mitigates 60% }
      countermeasure d "D" { mitigates often } }
  }
}
pattern old "Old" { when age(since) > 10 days and remark is "x"  risk o "O" { weakness w } }
pattern all "All" { when any(components, open)  risk s "S" { harm high  weakness v CWE-2 "V" { countermeasure e "E" { required } } } }
pattern risky "Risky" { for component of type api  when open  risk k "K" { harm medium  weakness x CWE-3 "X" { countermeasure f "F" { required when load > 40 } } } }
)";

// The reasons, one a line, each behind what it is the reason for.
std::string written(const Reason& reason, std::size_t depth = 0) {
  std::string all = std::string(depth * 2, ' ') + reason.text;
  if (!reason.value.empty()) all += " = " + reason.value;
  if (reason.fact) all += " [" + reason.fact->poster + "]";
  all += "\n";
  for (const Reason& each : reason.because) all += written(each, depth + 1);
  return all;
}

std::string why(const SmallProduct& product, const std::string& element) {
  const auto reason = explain(*product.policy, product.live.facts(), element, product.now);
  return reason ? written(*reason) : "nothing";
}

}  // namespace

TEST_CASE("a question is explained by its answer, its default, or what it waits for") {
  SmallProduct b(text);
  CHECK(why(b, "t.on") == "question t.on = unknown (not answered)\n");
  CHECK(why(b, "t.users") == "question t.users = 5 (default, not answered)\n");
  CHECK(why(b, "t.reach") ==
        "question t.reach = staff … internet (not answered)\n"
        "  question t.on = unknown (not answered)\n");
  b.answer("on", false);
  CHECK(why(b, "t.reach") == "question t.reach = not asked\n  question t.on = false [x]\n");
  b.answer("on", true).answer("reach", "partners").answer("users", 12.0);
  CHECK(why(b, "t.reach") == "question t.reach = partners [x]\n");
  CHECK(why(b, "t.users") == "question t.users = 12 [x]\n");
  CHECK(why(b.answer("remark", "much to read"), "t.remark") ==
        "question t.remark = answered [x]\n");
}

TEST_CASE("a pattern is explained by what its condition read") {
  SmallProduct b(text);
  CHECK(why(b, "t.p") == "pattern t.p = undecided\n  question t.on = unknown (not answered)\n");
  CHECK(why(b.answer("on", true), "t.p") == "pattern t.p = applies\n  question t.on = true [x]\n");
  CHECK(why(b.answer("on", false), "t.p") ==
        "pattern t.p = does not apply\n  question t.on = false [x]\n");
  CHECK(why(b, "t.old") ==
        "pattern t.old = undecided\n"
        "  question t.since = unknown (not answered)\n"
        "  question t.remark = unknown (not answered)\n");
}

TEST_CASE("what is not in the model is explained by the patterns that would bring it") {
  SmallProduct b(text);
  const std::string undecided =
      " = not in the model\n  pattern t.p = undecided\n    question t.on = unknown (not "
      "answered)\n";
  CHECK(why(b, "t.r") == "t.r" + undecided);
  CHECK(why(b, "t.c").starts_with("t.c" + undecided));
  CHECK(why(b, "t.w").starts_with("t.w" + undecided));
  CHECK(why(b, "t.w").find("pattern t.old = undecided") != std::string::npos);
  CHECK(why(b, "t.nothing") == "nothing");
  CHECK(why(b, "front/t.k") == "nothing");
  CHECK(why(b, "t.k") == "nothing");  // it is one of components
}

TEST_CASE("a risk is explained by its inherent rating, the steps, decisions and its pattern") {
  SmallProduct b(text);
  b.answer("on", true);
  CHECK(why(b, "t.r") ==
        "risk t.r = 25\n"
        "  inherent = 25\n"
        "    harm = low\n"
        "      question t.reach = staff … internet (not answered)\n"
        "    size = 10\n"
        "      question t.users = 5 (default, not answered)\n"
        "  pattern t.p = applies\n"
        "    question t.on = true [x]\n");
  b.answer("reach", "internet").decide("c", DecisionState::implemented);
  b.decide("r", DecisionState::accepted, b.today());
  const std::string reasons = why(b, "t.r");
  CHECK(reasons.starts_with("risk t.r = 10\n  inherent = 75\n    harm = high\n"));
  CHECK(reasons.find("  implemented t.c (decided by x, 2026-11-23 00:00) = -45\n") !=
        std::string::npos);
  CHECK(reasons.find("  accepted t.r (accepted: because) = -20\n") != std::string::npos);
  CHECK(reasons.find(
            "  decision accepted until 2026-11-23: because = of an inherent rating that nobody "
            "knows [x]\n") != std::string::npos);
  b.pass_days(1).result("junit", "w", TestOutcome::failed);
  const std::string later = why(b, "t.r");
  CHECK(later.starts_with("risk t.r = 75\n"));
  CHECK(
      later.find("decision accepted until 2026-11-23 (has ended): because = of an inherent rating "
                 "that nobody knows [x]\n") != std::string::npos);
  CHECK(later.find("  failed t.w (junit junit w, 2026-11-24 00:00) = +45\n") != std::string::npos);
  b.say(DecisionFact{"t.r", DecisionState::set, "harm", std::string("low"), "small", {}});
  CHECK(why(b, "t.r").find("decision set harm: small [x]\n") != std::string::npos);
  CHECK(why(b, "t.r").starts_with("risk t.r = 25\n  inherent = 25\n    harm = low\n"));
}

TEST_CASE("a countermeasure is explained by decisions, tickets, tests and its uses") {
  SmallProduct b(text);
  b.answer("on", true).answer("users", 7.0).answer("reach", "staff");
  const std::string open = why(b, "t.c");
  CHECK(open.starts_with("countermeasure t.c = recommended\n"));
  CHECK(open.find("  in t.r, t.w = not required\n"
                  "    large = false\n"
                  "      question t.users = 7 [x]\n"
                  "    question t.reach = staff [x]\n"
                  "    field owner = unknown (not given)\n"
                  "    pattern t.p = applies\n") != std::string::npos);
  CHECK(why(b, "t.d").find("  in t.r, t.w = recommended\n") != std::string::npos);
  b.answer("users", 12.0);
  CHECK(why(b, "t.c").starts_with("countermeasure t.c = required\n  required by t.p\n"));
  CHECK(why(b, "t.c").find("  in t.r, t.w = required\n") != std::string::npos);
  b.ticket("Done").result("junit", "w", TestOutcome::passed);
  CHECK(why(b, "t.c").starts_with(
      "countermeasure t.c = implemented\n  ticket jira T-1 is Done = implemented [x]\n"));
  b.decide("c", DecisionState::rejected);
  CHECK(
      why(b, "t.c").starts_with("countermeasure t.c = rejected\n  decision rejected: because [x]\n"
                                "  ticket jira T-1 is Done = implemented [x]\n"));
  b.decide("c", DecisionState::not_implemented).ticket("Done", false, true);
  CHECK(why(b, "t.c").find("ticket jira T-1 is deleted = required [x]\n") != std::string::npos);
}

TEST_CASE("a weakness is explained by its tests") {
  SmallProduct b(text);
  b.answer("on", true).result("junit", "w", TestOutcome::passed);
  CHECK(
      why(b, "t.w").starts_with("weakness t.w = passed\n  test junit w in junit = passed [x]\n"
                                "  pattern t.p = applies\n"));
  b.pass_days(3);
  CHECK(
      why(b, "t.w").starts_with("weakness t.w = stale\n"
                                "  test junit w in junit = passed, stale [x]\n"));
  b.result("junit", "w", TestOutcome::failed);
  CHECK(why(b, "t.w").starts_with("weakness t.w = failed\n  test junit w in junit = failed [x]\n"));
  TestResult alert;
  alert.id = "100";
  alert.outcome = TestOutcome::failed;
  b.run("1", {alert}).run("2", {});
  CHECK(why(b, "t.w").find("  test zap 100 in zap, no longer reported = passed [x]\n") !=
        std::string::npos);
}

TEST_CASE("a component's elements are explained with their component") {
  SmallProduct b(text);
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  CHECK(why(b, "front/t.tls") == "question front/t.tls = unknown (not answered)\n");
  CHECK(why(b, "front/t.deep") ==
        "question front/t.deep = unknown (not answered)\n"
        "  question front/t.tls = unknown (not answered)\n");
  CHECK(why(b, "front/t.risky") ==
        "pattern front/t.risky = undecided\n"
        "  open = unknown\n"
        "    question front/t.tls = unknown (not answered)\n"
        "    field image = 3 (default, not given)\n");
  CHECK(why(b, "front/t.k").starts_with("t.k = not in the model\n  pattern front/t.risky = "));
  b.say(AnswersFact{"front", {{"t.tls", false}}}).say(FieldsFact{"front", {{"image", 4.0}}});
  CHECK(why(b, "front/t.k").starts_with("risk front/t.k = 50\n"));
  CHECK(why(b, "front/t.f").find("  in front/t.k, front/t.x = required\n    load = 50\n") !=
        std::string::npos);
  CHECK(why(b, "t.all").find("    field image = 4 [x]\n") != std::string::npos);
  CHECK(why(b, "front/t.all") == "nothing");
}

TEST_CASE("the product is explained by its greatest risks") {
  SmallProduct b(text);
  CHECK(why(b, "") == "product shop = 0\n");
  b.answer("on", true).say(ComponentFact{"front", "t.api", false, {}, {}});
  b.say(AnswersFact{"front", {{"t.tls", false}}});
  const std::string all = why(b, "");
  CHECK(all.starts_with("product shop = 75\n  risk t.s = 75\n"));
  CHECK(all.find("risk front/t.k = 50\n") < all.find("risk t.r = 25\n"));
  CHECK(all.find("risk t.r = 25\n") != std::string::npos);
}

TEST_CASE("a condition of an element is explained by its attributes, ratings, fields and the day") {
  SmallProduct b(R"(library t "T"
attribute risk { harm : number = 50 }
attribute countermeasure { cost : number = 4 }
rating risk.inherent = harm
field product.team "Team" : text default "core"
questionnaire q "Q" { question on "On?" : yes-no  question squad "Squad" : text  question until "Until" : date }
let product.early = today < until
let product.weight = if on then 1 else 2
pattern p "P" { when yes risk r "R" { harm if on then 40 else 60 weakness w CWE-1 "W" {
  countermeasure c "C" { required when cost > 3 and inherent > 30 and today > 2026-11-01 and team is "core" and squad is "red" and weight > 1 }
  countermeasure d "D" { required when count(weaknesses, cwe is 1) is 1 and early } } } }
)");
  CHECK(why(b, "t.r") ==
        "risk t.r = 50\n"
        "  inherent = 50\n"
        "    harm = 50\n"
        "      question t.on = unknown (not answered)\n"
        "  pattern t.p = applies\n");
  CHECK(why(b, "t.c").find("    cost = 4\n") != std::string::npos);
  CHECK(why(b, "t.c").find("    today = 2026-11-23\n") != std::string::npos);
  CHECK(why(b, "t.c").find("    question t.squad = unknown (not answered)\n") != std::string::npos);
  CHECK(why(b, "t.c").find("    weight = 1 … 2\n") != std::string::npos);
  CHECK(why(b, "t.d").find("    early = unknown\n"
                           "      today = 2026-11-23\n"
                           "      question t.until = unknown (not answered)\n") !=
        std::string::npos);
}

TEST_CASE("of many risks the five greatest explain the product, and a policy may rate nothing") {
  std::string risks;
  for (int i = 1; i <= 7; ++i) {
    const std::string n = std::to_string(i);
    risks += "risk r" + n + " \"R\" { harm " + n + "0 weakness w }\n";
  }
  SmallProduct b(
      "library t \"T\"\nattribute risk { harm : number = 50 }\nrating risk.inherent = harm\n"
      "weakness w CWE-1 \"W\"\npattern p \"P\" { when yes " +
      risks + " }");
  const auto reason = explain(*b.policy, b.live.facts(), "", b.now);
  REQUIRE(reason);
  CHECK(reason->value.empty());
  REQUIRE(reason->because.size() == 5);
  CHECK(reason->because.front().text == "risk t.r7");
  CHECK(reason->because.back().text == "risk t.r3");
  SmallProduct unrated(
      "library t \"T\"\npattern p \"P\" { when yes risk r \"R\" { weakness w CWE-1 \"W\" } }");
  CHECK(why(unrated, "t.r") == "risk t.r = 0\n  pattern t.p = applies\n");
  CHECK(why(unrated, "t.p") == "pattern t.p = applies\n");
}

TEST_CASE(
    "the answer about an element that is not explained says where it is, or that it does not "
    "exist") {
  SmallProduct b(text);
  b.say(ComponentFact{"gate", "t.api", false, {}, {}});
  const auto unexplained = [&](const char* element) {
    return why_unexplained(*b.policy, b.live.facts(), element, b.now);
  };
  CHECK(unexplained("t.k") == "`t.k` is of a component: write `gate/t.k`");
  CHECK(unexplained("risky") == "`risky` is of a component: write `gate/t.risky`");
  CHECK(unexplained("t.tls") == "`t.tls` is of a component: write `gate/t.tls`");
  CHECK(unexplained("gate/t.p") == "`gate/t.p` is of the product: write `t.p`");
  CHECK(unexplained("door/t.k") == "there is no component `door`");
  CHECK(unexplained("t.nothing") == "the policy knows no element `t.nothing`");
  SmallProduct none(text);
  CHECK(why_unexplained(*none.policy, none.live.facts(), "t.k", none.now) ==
        "`t.k` is of components of another type, or of none");
  CHECK(explain(*b.policy, b.live.facts(), "gate/t.k", b.now));
}

}  // namespace riskd::tests::explain_test
