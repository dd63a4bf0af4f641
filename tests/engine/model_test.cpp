// What the model contains besides risks and states, and what a ticket's texts may insert of it.
#include <catch2/catch.hpp>

#include "engine/evaluate/reconcile.hpp"
#include "engine/explain/inspect.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::model_test {
namespace {
using namespace engine;

using Texts = std::vector<std::string>;

const std::string head = R"(library t "T"
scale level { low = 25, high = 75 }
bands severity { small 0, great 50 }
component-type api "API"
attribute risk { harm : number = 50  owner : text = "nobody" }
attribute weakness { depth : number = 2  note : text = "none" }
rating risk.inherent = harm
rating product.rating = max(risks, current)
adjust implemented "I" { for countermeasure when state is implemented  reduce risk by mitigates }
adjust accepted "A" { for risk when accepted-until >= today  cap risk at 10 }
evidence junit { outcome is failed -> failed  outcome is passed -> passed  stale after 10 days }
questionnaire q "Q" {
  question on "On?" : yes-no
  question squad "Squad" : text default "core"
  question reach "Reach?" : one-of { staff "S" internet "I" }
  question users "Users" : number
  question since "Since" : date
  question worth "Worth" : level
}
)";

std::string one_risk(const std::string& of_risk = "", const std::string& of_weakness = "",
                     const std::string& of_measure = "") {
  return "pattern p \"Pattern\" { when yes risk r \"Risk\" { " + of_risk +
         " weakness w CWE-1 \"Weakness\" { test junit \"w\" test junit \"v\" " + of_weakness +
         " countermeasure c \"Measure\" { " + of_measure + " } } } }\n";
}

std::string ticket(const std::string& kind, const std::string& title) {
  return "ticket note for " + kind + " { open when yes  title \"" + title + "\" }\n";
}

std::string title_of(const SmallProduct& product) {
  const auto effects = reconcile(product.live);
  REQUIRE(effects.size() == 1);
  return to_plain(effects[0].title);
}

std::string titled(const std::string& kind, const std::string& title) {
  return title_of(SmallProduct(head + ticket(kind, title) + one_risk()));
}

}  // namespace

TEST_CASE("what one use of a countermeasure requires counts only where that use is there") {
  const auto policy = [](const std::string& first, const std::string& second) {
    return head + "countermeasure c \"Measure\" { mitigates 10% }\n" +
           "pattern a \"A\" { when on  risk ra \"A\" { weakness wa \"A\" { countermeasure c" +
           first + " } } }\n" +
           "pattern b \"B\" { when users > 5  risk rb \"B\" { weakness wb \"B\" { countermeasure "
           "c" +
           second + " } } }\n";
  };
  for (const bool first_requires : {true, false}) {
    const std::string required = " { required }";
    SmallProduct product(first_requires ? policy(required, "") : policy("", required));
    const auto is_required = [&] { return product.state() == State::required; };
    product.answer("on", true).answer("users", 1.0);
    CHECK(is_required() == first_requires);
    product.answer("users", 9.0);
    CHECK(is_required());
    product.answer("on", false);
    CHECK(is_required() == !first_requires);
  }
}

TEST_CASE("a ticket of a risk, a weakness or a countermeasure names the elements around it") {
  CHECK(titled("risk", "{id} {title} {inherent} {current} {projected} {band} {component}.") ==
        "t.r Risk 50 50 50 great .");
  CHECK(titled("risk", "{weaknesses} {countermeasures.title} {owner} {count(weaknesses)}") ==
        "t.w Measure nobody 1");
  CHECK(titled("weakness", "{id} {title} {cwe} {tested} {risks.title} {countermeasures} {note}") ==
        "t.w Weakness 1 untested Risk t.c none");
  CHECK(titled("weakness", "{run}{run.name}{run.at}{run.url}{failing-tests}.") == ".");
  CHECK(titled("countermeasure", "{product.title} {product.band} {risks} {approved} {tested}") ==
        "shop great t.r no untested");
  CHECK(titled("risk", "{reason}{accepted-until}.") == ".");
}

TEST_CASE("a ticket names the run that decided, and an acceptance") {
  SmallProduct b(head +
                 ticket("weakness", "{run.name}|{run.at}|{run.url}|{failing-tests}|{tested}") +
                 one_risk());
  RunFact run;
  run.suite = "nightly";
  run.source = "junit";
  run.run = "47";
  run.url = "https://ci/47";
  TestResult test;
  test.id = "w";
  test.title = "It locks";
  test.outcome = TestOutcome::failed;
  run.results = {test};
  test.id = "v";
  test.title = "v";
  run.results.push_back(test);
  b.say(run);
  CHECK(title_of(b) == "nightly 47|2026-11-23 00:00|https://ci/47|v, w It locks|failed");
  CHECK(b.live.model().weakness("t.w")->run == "nightly 47");
  CHECK(b.live.model().weakness("t.w")->failing_tests == Texts{"v", "w"});
  SmallProduct risk(head + ticket("risk", "{accepted-until} {reason}") + one_risk());
  risk.decide("r", DecisionState::accepted, risk.today(3));
  CHECK(title_of(risk) == "2026-11-26 because");
  CHECK(risk.risk().accepted_until == risk.today(3));
  CHECK(risk.risk().reason == "because");
}

TEST_CASE("texts name the components of elements, and the product's undecided patterns") {
  SmallProduct b(head +
                 ticket("risk",
                        "{title} of {component} {component.id} {component.title}, {undecided}, "
                        "{count(undecided)}") +
                 "pattern p \"P\" { for component of type api when yes risk r \"Risk\" { weakness "
                 "w CWE-1 \"W\" } }\n"
                 "pattern open \"O\" { for component of type api when reach is staff risk s \"S\" "
                 "{ weakness v CWE-1 \"V\" } }\n"
                 "pattern own \"O\" { when users > 3 risk u \"U\" { weakness x CWE-1 \"X\" } }\n");
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  CHECK(title_of(b) == "Risk of front front front, t.own, front/t.open, 2");
  b.answer("users", 1.0);
  CHECK(title_of(b) == "Risk of front front front, front/t.open, 1");
  b.answer("reach", "internet");
  CHECK(title_of(b) == "Risk of front front front, , 0");
}

TEST_CASE("texts of elements are their settings, what was decided, or the default") {
  SmallProduct b(head + ticket("weakness", "{note} {risks.owner}") +
                 one_risk("owner squad", "note if on then \"deep\" else \"flat\""));
  CHECK(title_of(b) == "none core");  // `squad` has a default, `on` is open
  CHECK(title_of(b.answer("on", true).answer("squad", "red")) == "deep red");
  b.say(DecisionFact{"t.r", DecisionState::set, "owner", std::string("blue"), "", {}});
  b.say(DecisionFact{"t.w", DecisionState::set, "note", std::string("odd"), "", {}});
  CHECK(title_of(b) == "odd blue");
}

TEST_CASE("conditions on the text of an element follow its answers") {
  SmallProduct b(head + "let risk.ours = owner is \"red\"\n" +
                 "adjust ours \"Ours\" { for risk when ours  cap risk at 20 }\n" +
                 one_risk("owner squad"));
  CHECK(b.risk().current == 50);
  CHECK(b.answer("squad", "red").risk().current == 20);
  CHECK(b.answer("squad", "Red").risk().current == 50);
  b.say(DecisionFact{"t.r", DecisionState::set, "owner", std::string("red"), "", b.today()});
  CHECK(b.risk().current == 20);
  CHECK(b.pass_days(1).risk().current == 50);
}

TEST_CASE("steps may read the product's rating of what is inherent, bands and the day") {
  const auto current = [](const std::string& step, const std::string& extra = "") {
    SmallProduct b(head + extra + "adjust step \"Step\" { " + step + " }\n" + one_risk());
    return b.risk().current;
  };
  CHECK(current("for risk when today >= 2026-11-23 cap risk at 20") == 20);
  CHECK(current("for risk when today > 2026-11-23 cap risk at 20") == 50);
  CHECK(current("for risk when count(weaknesses) is 1 and title is \"Risk\" cap risk at 20") == 20);
  CHECK(current("for weakness when cwe is 1 and id is \"t.w\" cap risk at 20") == 20);
  CHECK(current("for countermeasure when mitigates < 10% cap risk at 20") == 20);
  SmallProduct b(head +
                 "adjust late \"Late\" { for risk when today > 2026-11-24 raise risk by 10 }\n" +
                 one_risk());
  CHECK(b.live.next_change() == start_of(b.today(1)));
  CHECK(b.pass_days(1).risk().current == 50);
  CHECK(b.pass_days(1).risk().current == 60);
}

TEST_CASE("the next change is the first moment at which time alone changes something") {
  SmallProduct b(head + one_risk());
  CHECK_FALSE(b.live.next_change());
  b.decide("r", DecisionState::accepted, b.today(3));
  CHECK(b.live.next_change() == start_of(b.today(4)));
  const std::string timeless = R"(library t "T"
attribute risk { harm : number = 50 }
rating risk.inherent = harm
evidence junit { outcome is passed -> passed  stale after 2 hours }
questionnaire q "Q" { question since "Since" : date }
)";
  SmallProduct still(timeless +
                     "pattern p \"P\" { when since is answered risk r \"R\" { weakness w CWE-1 "
                     "\"W\" { test junit \"w\" countermeasure c \"C\" } } }");
  CHECK_FALSE(still.live.next_change());
  still.answer("since", "2026-11-01").result("junit", "w", TestOutcome::passed);
  const Instant stale{still.now.ms + 7'200'001};
  CHECK(still.live.next_change() == stale);
  still.decide("c", DecisionState::rejected, still.today(-3));  // has ended already
  CHECK(still.live.next_change() == stale);
  still.decide("c", DecisionState::rejected, still.today(5));
  CHECK(still.live.next_change() == stale);
  still.pass_days(1);
  CHECK(still.live.next_change() == start_of(still.today(5)));
  CHECK(still.tested() == Tested::stale);
  // So are passes that no element is about, until something else is said of the test.
  SmallProduct beside(timeless);
  beside.result("junit", "w", TestOutcome::passed);
  const Instant first{beside.now.ms + 7'200'001};
  CHECK(beside.live.next_change() == first);
  beside.result("junit", "v", TestOutcome::passed);
  CHECK(beside.live.next_change() == first);
  CHECK(beside.live.model().tests.passed == 2);
  beside.result("junit", "w", TestOutcome::failed);
  CHECK(beside.live.next_change() == Instant{beside.now.ms - 1000 + 7'200'001});
  beside.result("junit", "w", TestOutcome::passed);
  CHECK(beside.live.next_change() == Instant{beside.now.ms - 2000 + 7'200'001});
  beside.pass_days(1);
  CHECK_FALSE(beside.live.next_change());
  CHECK(beside.live.model().tests.stale == 2);
  SmallProduct aged(
      timeless +
      "pattern p \"P\" { when age(since) > 10 days risk r \"R\" { weakness w CWE-1 \"W\" } }");
  CHECK(aged.live.next_change() == start_of(aged.today(1)));
  aged.answer("since", "2026-11-14");
  CHECK_FALSE(aged.applies());
  CHECK_FALSE(aged.pass_days(1).applies());
  CHECK(aged.pass_days(1).applies());
  SmallProduct of_element(
      timeless +
      "attribute weakness { old : yes-no = no }\nattribute countermeasure { late : yes-no = no }\n"
      "pattern p \"P\" { when since is answered risk r \"R\" { harm if today > 2026-11-24 then 60 "
      "else 40 weakness w CWE-1 \"W\" { "
      "old today > since countermeasure c \"C\" { required when today > 2026-11-24 } } } }");
  CHECK_FALSE(of_element.live.next_change());  // nothing of it is in the model
  of_element.answer("since", "2026-11-01");
  CHECK(of_element.live.next_change() == start_of(of_element.today(1)));
  CHECK(of_element.risk().inherent == 40);
  CHECK(of_element.state() == State::recommended);
  of_element.pass_days(2);
  CHECK(of_element.risk().inherent == 60);
  CHECK(of_element.state() == State::required);
}

TEST_CASE("what is assumed is marked, with the questions behind it") {
  SmallProduct b(head + "let risk.weight = harm * 2\nrating risk.own = weight / 2\n" +
                 "adjust own \"Own\" { for risk when own > 90 raise risk to own }\n" +
                 one_risk("harm if on then 40 else 60", "depth if on then 1 else 3",
                          "mitigates if reach is staff then 10% else 20%"));
  std::string all;
  for (const Assumed& each : b.live.model().assumed) {
    all += each.element + " " + each.attribute + ":";
    for (const std::string& question : each.questions) all += " " + question;
    all += "\n";
  }
  CHECK(all == "t.c mitigates: t.reach\nt.r harm: t.on\nt.w depth: t.on\n");
  b.say(DecisionFact{"t.r", DecisionState::set, "harm", 55.0, "", {}});
  CHECK(b.live.model().assumed.size() == 2);
  CHECK(b.risk().inherent == 55);
}

TEST_CASE("a text that is compared is waited for too") {
  SmallProduct b(head +
                 one_risk("owner \"red\"", "", "mitigates if owner is reviewer then 10% else 20%") +
                 "questionnaire z \"Z\" { question reviewer \"Who?\" : text }");
  REQUIRE(b.live.model().assumed.size() == 1);
  CHECK(b.live.model().assumed[0].questions == Texts{"t.reviewer"});
  CHECK(b.live.model().countermeasure("t.c")->mitigates == Approx(0.1));
  CHECK(b.answer("reviewer", "blue").live.model().countermeasure("t.c")->mitigates == Approx(0.2));
}

TEST_CASE("a copy of a product goes its own way") {
  SmallProduct b(head + ticket("weakness", "{title}") +
                 one_risk("", "", "required when on mitigates 60% test junit \"c\""));
  b.result("junit", "w", TestOutcome::failed).result("junit", "c", TestOutcome::passed);
  LiveProduct copy = b.live;
  b.answer("on", true).result("junit", "w", TestOutcome::passed);
  CHECK(b.tested() == Tested::passed);
  CHECK(copy.model().weakness("t.w")->tested == Tested::failed);
  CHECK(copy.model().countermeasure("t.c")->state == State::recommended);
  const LiveProduct moved = std::move(copy);
  CHECK(moved.risk("t.r").current == 50);
  CHECK(moved.risk("t.none").id.empty());
  CHECK(moved.risk("front/t.r").id.empty());
  moved.cool();
  CHECK(moved.is_cool());
  CHECK(moved.rating() == 50);
  CHECK(moved.risk("t.r").title == "Risk");
  CHECK_FALSE(moved.is_cool());
  CHECK(turnover(moved, b.live).added.empty());
  CHECK(b.live.model().countermeasure("t.nothing") == nullptr);
  CHECK(b.live.model().ticket("note", "t.nothing") == nullptr);
  CHECK(approvable(b.live.model()) == Texts{"t.c", "t.r", "t.w"});
}

TEST_CASE("a change reports the values that differ, and nothing else") {
  SmallProduct b(head + ticket("countermeasure", "{title}") +
                 "pattern p \"P\" { when on risk r \"R\" { harm users weakness w CWE-1 \"W\" { "
                 "countermeasure c \"C\" { mitigates 60% } } } }\n");
  const auto changes_of = [&](FactBody body) {
    b.now.ms += 1000;
    return b.live.apply({{{++b.seq, b.now, "x"}, std::move(body)}}, b.now);
  };
  Deltas began = changes_of(AnswersFact{"", {{"t.on", true}, {"t.users", 80.0}}});
  REQUIRE(began.risks.size() == 1);
  CHECK(began.risks[0].whole);
  CHECK(began.rating == 80);
  CHECK(began.rating_changed);
  REQUIRE(began.tickets.size() == 1);
  CHECK(began.tickets[0].desired == Desired::open);
  Deltas lower = changes_of(DecisionFact{"t.c", DecisionState::implemented, "", {}, "", {}});
  REQUIRE(lower.risks.size() == 1);
  CHECK(lower.risks[0].current == Approx(32));
  CHECK(lower.risks[0].band == "small");
  CHECK_FALSE(lower.risks[0].inherent);
  REQUIRE(lower.states.size() == 1);
  CHECK(lower.states[0].state == State::implemented);
  CHECK(changes_of(AnswersFact{"", {{"t.reach", "staff"}}}).empty());
  CHECK(changes_of(DecisionFact{"t.c", DecisionState::implemented, "", {}, "again", {}}).empty());
  Deltas ended = changes_of(AnswersFact{"", {{"t.on", false}}});
  REQUIRE(ended.risks.size() == 1);
  CHECK(ended.risks[0].ended);
  REQUIRE(ended.tickets.size() == 1);
  CHECK(ended.tickets[0].desired == Desired::closed);
  CHECK(ended.rating == 0);
}

TEST_CASE("every value of the model can be read") {
  SmallProduct b(
      head +
      "let product.busy = users > 3\nlet risk.names = count(weaknesses, title is \"Weakness\")\n" +
      one_risk());
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  Inspection seen(*b.policy, b.live.facts(), b.now);
  CHECK(seen.component("front"));
  CHECK(seen.component(""));
  CHECK_FALSE(seen.component("back"));
  CHECK(seen.risk("t.r"));
  CHECK_FALSE(seen.risk("t.none"));
  CHECK(seen.weakness("t.w"));
  CHECK_FALSE(seen.weakness("t.none"));
  CHECK_FALSE(seen.weakness("back/t.w"));
  CHECK_FALSE(seen.weakness("front/t.w"));
  CHECK(seen.countermeasure("t.c"));
  CHECK_FALSE(seen.countermeasure("back/t.c"));
  CHECK_FALSE(seen.countermeasure("t.none"));
  CHECK(seen.uses("t.none").empty());
  REQUIRE(seen.uses("t.c").size() == 1);
  CHECK(seen.uses("t.c")[0].weakness == "t.w");
  CHECK(seen.uses("t.c")[0].risk == "t.r");
  for (const Let& let : b.policy->lets) {
    if (let.name == "busy") {
      CHECK(seen.shown(let.value, seen.product()) == "unknown");
      CHECK(seen.waits_for(let.value, seen.product()) == Texts{"t.users"});
      CHECK(seen.items(let.value, seen.product()).empty());
    } else {
      CHECK(seen.shown(let.value, *seen.risk("t.r")) == "1");
      REQUIRE(seen.items(let.value, *seen.risk("t.r")).size() == 1);
      CHECK(seen.items(let.value, *seen.risk("t.r"))[0].id == "t.w");
    }
  }
  CHECK(seen.attribute(0, *seen.risk("t.r")) == "50");
}

}  // namespace riskd::tests::model_test
