// Answers and fields as they are kept: under earlier names, of earlier types, taken back, of components.
#include <catch2/catch.hpp>

#include "tests/engine/small_product.hpp"

namespace riskd::tests::answers_test {
namespace {
using namespace engine;

using Texts = std::vector<std::string>;

std::string when(const std::string& condition) {
  return "pattern p \"P\" { when " + condition +
         " risk r \"R\" { harm 50 weakness w CWE-1 \"W\" { countermeasure c \"C\" } } }";
}

const std::string head = R"(library t "T"
scale level { low = 25, high = 75 }
component-type api "API"
component-type store "Store"
attribute risk { harm : number = 50 }
rating risk.inherent = harm
field product.team "Team" : text
field product.stage "Stage" : level default low
field component.image "Image" : number
)";

std::string asking(const std::string& question) {
  return head + "questionnaire q \"Q\" { question x \"X?\" : " + question + " }\n";
}

const QuestionRow& row(const SmallProduct& product, const std::string& id = "t.x") {
  for (const QuestionRow& each : product.live.model().questions) {
    if (each.id == id) return each;
  }
  FAIL("no such question");
  return product.live.model().questions.front();
}

}  // namespace

TEST_CASE("an answer that does not fit its question's type counts as not given") {
  const auto kept = [](const std::string& type, const RawValue& value,
                       const std::string& condition) {
    SmallProduct b(asking(type) + when(condition));
    b.answer("x", value);
    return b.applies() ? "true" : b.undecided() ? "unknown" : "false";
  };
  CHECK(kept("yes-no", std::string("yes"), "x") == std::string("true"));
  CHECK(kept("yes-no", std::string("false"), "x") == std::string("false"));
  CHECK(kept("yes-no", std::string("maybe"), "x") == std::string("unknown"));
  CHECK(kept("yes-no", 1.0, "x") == std::string("unknown"));
  CHECK(kept("number", std::string("12.5"), "x > 12") == std::string("true"));
  CHECK(kept("number", std::string("12 apples"), "x > 12") == std::string("unknown"));
  CHECK(kept("number", std::string("many"), "x > 12") == std::string("unknown"));
  CHECK(kept("number", true, "x > 12") == std::string("unknown"));
  CHECK(kept("percent", std::string("70%"), "x is 70%") == std::string("true"));
  CHECK(kept("percent", std::string("70%%"), "x is 70%") == std::string("unknown"));
  CHECK(kept("level", std::string("high"), "x is high") == std::string("true"));
  CHECK(kept("level", std::string("higher"), "x is high") == std::string("unknown"));
  CHECK(kept("level", 75.0, "x is high") == std::string("unknown"));
  CHECK(kept("one-of { a \"A\" b \"B\" }", std::string("b"), "x is b") == std::string("true"));
  CHECK(kept("one-of { a \"A\" b \"B\" }", std::string("c"), "x is b") == std::string("unknown"));
  const std::string any = "any-of { a \"A\" b \"B\" }";
  CHECK(kept(any, Texts{"b", "gone"}, "x includes b") == std::string("true"));
  CHECK(kept(any, std::string("b"), "x includes b") == std::string("true"));  // was a one-of
  CHECK(kept(any, true, "x includes b") == std::string("unknown"));
  CHECK(kept("text", std::string("a"), "x is \"a\"") == std::string("true"));
  CHECK(kept("text", 3.0, "x is \"a\"") == std::string("unknown"));
  CHECK(kept("date", std::string("2026-11-23"), "x is today") == std::string("true"));
  CHECK(kept("date", std::string("soon"), "x is today") == std::string("unknown"));
  CHECK(kept("date", 3.0, "x is today") == std::string("unknown"));
  CHECK(kept("duration", std::string("90 minutes"), "x > 1 hour") == std::string("true"));
  CHECK(kept("duration", std::string("2 hours"), "x > 1 hour") == std::string("true"));
  CHECK(kept("duration", std::string("1 day"), "x > 1 hour") == std::string("true"));
  CHECK(kept("duration", std::string("2 weeks"), "x > 1 hour") == std::string("unknown"));
  CHECK(kept("duration", std::string("long"), "x > 1 hour") == std::string("unknown"));
  CHECK(kept("duration", 3.0, "x > 1 hour") == std::string("unknown"));
}

TEST_CASE("an answer under an earlier name holds until there is a later one") {
  SmallProduct b(asking("number default 1 was y was z") + when("x > 5"));
  b.answer("z", 9.0);
  CHECK(b.applies());
  CHECK(row(b).answered);
  CHECK(row(b).answer == "9");
  CHECK(b.live.model().open_questions.empty());
  CHECK_FALSE(b.answer("x", 3.0).applies());
  CHECK(row(b).answer == "3");
  CHECK_FALSE(b.answer("x", std::monostate{}).applies());
  CHECK_FALSE(row(b).answered);  // taken back: its default holds again
  CHECK(b.live.model().open_questions == Texts{"t.x"});
}

TEST_CASE("what is answered is shown as people write it") {
  SmallProduct b(asking("any-of { a \"A\" b \"B\" }") + when("x includes a"));
  CHECK(row(b).answer.empty());
  CHECK(row(b).matters);
  CHECK(row(b.answer("x", Texts{"b", "a"})).answer == "a, b");
  SmallProduct text(asking("text") + when("x is \"a\""));
  CHECK(row(text.answer("x", "some words")).answer == "some words");
  SmallProduct when_asked(
      head +
      R"(questionnaire q "Q" { question on "On?" : yes-no  question x "X?" : yes-no ask when on })" +
      when("x"));
  CHECK(row(when_asked).asked.is_unknown());
  CHECK(when_asked.live.model().undecided[0].questions == Texts{"t.on"});
  CHECK(row(when_asked.answer("on", false)).asked.is_false());
}

TEST_CASE("a field has its value, else its default, else it is unknown") {
  SmallProduct team(asking("yes-no") + when("team is \"red\" or x and no"));
  CHECK(team.undecided());
  CHECK(team.say(FieldsFact{"", {{"team", "red"}}}).applies());
  CHECK(team.say(FieldsFact{"", {{"team", std::monostate{}}}}).undecided());
  SmallProduct stage(asking("yes-no") + when("stage is high"));
  CHECK_FALSE(stage.applies());
  CHECK_FALSE(stage.undecided());
  CHECK(stage.say(FieldsFact{"", {{"stage", "high"}}}).applies());
  SmallProduct known(asking("yes-no") + when("stage is answered and team is not answered"));
  CHECK_FALSE(known.applies());
  CHECK(known.say(FieldsFact{"", {{"stage", "high"}}}).applies());
}

TEST_CASE("components come with their answers, change their type, go and come back") {
  SmallProduct b(head + R"(
questionnaire a "A" for component of type api { question tls "TLS?" : yes-no  question load "Load" : number }
let component.busy = load > 10 or image > 3
let product.load-of-all = sum(components, load)
)" +
                 "pattern p \"P\" { for component of type api when tls is not answered or busy "
                 "risk r \"R\" { weakness w CWE-1 \"W\" } }\n"
                 "pattern all \"All\" { when load-of-all > 5 and count(components, type is store) "
                 "is 0 risk s \"S\" { weakness v CWE-2 \"V\" } }");
  const auto applying = [&] { return b.live.model().applying; };
  CHECK(applying().empty());
  b.say(
      ComponentFact{"front", "t.api", false, {{"t.tls", true}, {"t.load", 4.0}}, {{"image", 1.0}}});
  CHECK(applying().empty());
  b.say(ComponentFact{"front", "", false, {{"t.load", 12.0}}, {}});
  CHECK(applying() == Texts{"front/t.p", "t.all"});
  b.say(ComponentFact{"front", "", false, {}, {{"image", 9.0}}});
  b.say(AnswersFact{"front", {{"t.load", 6.0}}});
  CHECK(applying() == Texts{"front/t.p", "t.all"});
  b.say(ComponentFact{"front", "t.store", false, {}, {}});
  CHECK(applying().empty());
  b.say(ComponentFact{"front", "t.api", false, {}, {}})
      .say(ComponentFact{"front", "", true, {}, {}});
  CHECK(applying().empty());
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  CHECK(applying() == Texts{"front/t.p", "t.all"});  // its answers are back
  b.say(ComponentFact{"back", "t.api", false, {{"t.load", std::monostate{}}}, {}});
  CHECK(b.live.model().undecided[0].pattern == "t.all");  // an open answer leaves the sum open
  CHECK(b.live.model().undecided[0].questions == Texts{"back/t.load"});
}

TEST_CASE("facts about things that the policy does not know are kept without effect") {
  SmallProduct b(asking("yes-no") + when("x"));
  const Deltas none = b.live.apply(
      {{{99, b.now, "x"}, AnswersFact{"", {{"t.gone", true}}}},
       {{100, b.now, "x"}, AnswersFact{"nowhere", {{"t.x", true}}}},
       {{101, b.now, "x"}, FieldsFact{"nowhere", {{"image", 1.0}}}},
       {{102, b.now, "x"}, FieldsFact{"", {{"gone", 1.0}}}},
       {{103, b.now, "x"}, DecisionFact{"nowhere/t.c", DecisionState::rejected, "", {}, "", {}}},
       {{104, b.now, "x"}, DecisionFact{"t.gone", DecisionState::rejected, "", {}, "", {}}},
       {{105, b.now, "x"}, DecisionFact{"no-test", DecisionState::false_positive, "", {}, "", {}}},
       {{106, b.now, "x"}, ComponentFact{"front", "t.gone", false, {}, {}}}},
      b.now);
  CHECK(none.empty());
  CHECK(b.live.facts().answers.contains("t.gone"));
  CHECK(b.live.model().undecided.size() == 1);
}

TEST_CASE("a product has a title; nothing applies to a removed one, and it keeps its facts") {
  SmallProduct b(asking("yes-no") + when("x"));
  CHECK(b.live.model().title == "shop");
  ProductFact named;
  named.title = "The shop";
  CHECK(b.say(named).live.model().title == "The shop");
  ProductFact removed;
  removed.removed = true;
  b.answer("x", true).say(removed);
  CHECK(b.live.facts().removed.value);
  CHECK(b.live.model().title == "The shop");
  CHECK(!b.applies());
  CHECK(b.say(ProductFact{}).applies());
}

TEST_CASE("an id with an empty component names nothing") {
  SmallProduct b(
      "library t \"T\"\npattern p \"P\" { when yes risk r \"R\" { weakness w CWE-79 \"W\" {"
      " countermeasure c \"C\" { required } } } }\n");
  const auto decide = [&](const std::string& element, DecisionState state) {
    b.say(DecisionFact{element, state, "", {}, "because", {}});
    return b.state();
  };
  CHECK(decide("t.c", DecisionState::implemented) == State::implemented);
  CHECK(decide("/t.c", DecisionState::rejected) == State::implemented);
  CHECK(decide("t.c", DecisionState::required) == State::required);
}

}  // namespace riskd::tests::answers_test
