// What nobody said is not an answer: fields without value, and answers that do not fit any more.
#include <catch2/catch.hpp>

#include "engine/facts/lost.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::open_values_test {
namespace {
using namespace engine;
using Names = std::vector<std::string>;

std::string text(const std::string& questions, const std::string& when,
                 const std::string& fields = "") {
  return R"(library t "T"
attribute risk { harm : number = 100 }
rating risk.inherent = harm
rating product.rating = max(risks, current)
)" + fields +
         "questionnaire q \"Q\" { " + questions + " }\npattern p \"P\" { when " + when +
         " risk r \"R\" { weakness w CWE-1 \"W\" } }\n";
}

}  // namespace

TEST_CASE("a field without value is unknown, and named") {
  SmallProduct b(
      text("question on \"On?\" : yes-no", "on and product.region is \"eu\"",
           "field product.region \"Region\" : text\nfield product.note \"Note\" : text\n"));
  b.answer("on", true);
  REQUIRE(b.undecided());
  CHECK(b.live.model().undecided[0].questions == Names{"product.region"});
  CHECK(b.live.model().open_questions == Names{"product.region"});  // no rule reads the note
  b.say(FieldsFact{"", {{"region", "us"}}});
  CHECK_FALSE(b.undecided());
  CHECK(b.live.model().open_questions.empty());
  b.say(FieldsFact{"", {{"region", "eu"}}});
  CHECK(b.applies());
}

TEST_CASE("a field without value that a rating reads makes it assumed") {
  SmallProduct b(R"(library t "T"
attribute risk { harm : number = 100 }
rating risk.inherent = harm
rating product.rating = max(risks, current)
field product.users "Users" : number
pattern p "P" { when yes  risk r "R" { harm if product.users > 100 then 80 else 40  weakness w CWE-1 "W" } }
)");
  REQUIRE(b.assumed());
  CHECK(b.live.model().assumed[0].questions == Names{"product.users"});
  b.say(FieldsFact{"", {{"users", 1000.0}}});
  CHECK_FALSE(b.assumed());
  CHECK(b.risk().inherent == 80);
}

TEST_CASE("an answer whose choice is gone is open again, with its old value") {
  SmallProduct b(text("question reach \"Reach?\" : one-of { staff \"S\" internet \"I\" }",
                      "reach is internet"));
  b.answer("reach", "internet");
  CHECK(b.applies());
  const SmallProduct changed(
      text("question reach \"Reach?\" : one-of { staff \"S\" public \"I\" }", "reach is public"));
  const LiveProduct live = b.live.under(changed.policy, b.now);
  const Model model = live.model();
  CHECK(model.applying.empty());
  REQUIRE(model.undecided.size() == 1);
  CHECK(model.undecided[0].questions == Names{"t.reach"});
  CHECK(model.open_questions == Names{"t.reach"});
  REQUIRE(model.lost.size() == 1);
  CHECK(model.lost[0].question == "t.reach");
  CHECK(model.lost[0].answer == "internet");
  REQUIRE(model.questions.size() == 1);
  CHECK_FALSE(model.questions[0].answered);
  CHECK(model.questions[0].lost == "internet");
}

TEST_CASE("an any-of is answered as long as one of its choices is there") {
  SmallProduct b(text("question tags \"Tags\" : any-of { card \"C\" health \"H\" none-left \"N\" }",
                      "tags includes card"));
  const auto under = [&](const char* question, const char* when) {
    const SmallProduct changed(text(question, when));
    return b.live.under(changed.policy, b.now).model();
  };
  b.answer("tags", Names{"card", "health"});
  Model model = under("question tags \"Tags\" : any-of { health \"H\" }", "tags includes health");
  CHECK(model.applying == Names{"t.p"});
  CHECK(model.open_questions.empty());
  REQUIRE(model.lost.size() == 1);
  b.answer("tags", Names{"card"});
  model = under("question tags \"Tags\" : any-of { health \"H\" }", "not tags includes health");
  CHECK(model.applying.empty());
  CHECK(model.open_questions == Names{"t.tags"});
  CHECK(model.lost.size() == 1);
  b.answer("tags", Names{});  // none of them, said so
  model = under("question tags \"Tags\" : any-of { health \"H\" }", "not tags includes health");
  CHECK(model.applying == Names{"t.p"});
  CHECK(model.lost.empty());
}

TEST_CASE("an answer whose question has another type is open again") {
  SmallProduct b(text("question users \"Users?\" : yes-no", "users"));
  b.answer("users", true);
  const SmallProduct changed(text("question users \"Users?\" : number", "users > 10"));
  const Model model = b.live.under(changed.policy, b.now).model();
  CHECK(model.applying.empty());
  CHECK(model.open_questions == Names{"t.users"});
  CHECK(model.lost.size() == 1);
}

TEST_CASE("what another policy would lose is known before it is in force") {
  const std::string head =
      "library t \"T\"\nattribute risk { harm : number = 40 }\nrating risk.inherent = harm\n"
      "rating product.rating = max(risks, current)\n";
  const std::string before =
      "component-type api \"API\"\nfield product.owner \"Owner\" : text\nfield component.image "
      "\"Image\" : text\n"
      "questionnaire q \"Q\" { question reach \"Reach?\" : one-of { staff \"S\" internet \"I\" } "
      "question tags \"Tags\" : any-of { card \"C\" health \"H\" } question users \"Users\" : "
      "number }\n"
      "questionnaire c \"C\" for component of type api { question tls \"TLS?\" : yes-no }\n";
  SmallProduct b(head + before);
  b.answer("reach", "internet").answer("tags", Names{"card", "health"}).answer("users", 5.0);
  b.say(FieldsFact{"", {{"owner", "eva"}}});
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  b.say(AnswersFact{"front", {{"t.tls", true}}}).say(FieldsFact{"front", {{"image", "nginx"}}});
  const auto lost = [&](const std::string& after) {
    return lost_under(*b.policy, *SmallProduct(head + after).policy, b.live.facts());
  };
  CHECK(lost(before).empty());
  CHECK(lost("component-type service \"API\" was api\nfield product.contact \"Owner\" : text was "
             "owner\n"
             "field component.container \"Image\" : text was image\n"
             "questionnaire q \"Q\" { question exposure \"Reach?\" : one-of { staff \"S\" public "
             "\"I\" was internet } was reach "
             "question tags \"Tags\" : any-of { card \"C\" health \"H\" } question users \"Users\" "
             ": number }\n"
             "questionnaire c \"C\" for component of type service { question tls \"TLS?\" : yes-no "
             "}\n")
            .empty());
  CHECK(
      lost(
          "component-type api \"API\"\nfield product.owner \"Owner\" : date\n"
          "questionnaire q \"Q\" { question reach \"Reach?\" : one-of { staff \"S\" public \"I\" } "
          "question tags \"Tags\" : any-of { health \"H\" } question users \"Users\" : number }\n"
          "questionnaire c \"C\" for component of type api { question tls \"TLS?\" : number }\n") ==
      Names{"front/component.image", "front/t.tls", "product.owner", "t.reach", "t.tags"});
  CHECK(lost("questionnaire q \"Q\" { question users \"Users\" : number }\n") ==
        Names{"front/component.image", "front/t.tls", "product.owner", "t.reach", "t.tags"});
}

TEST_CASE("required fields without value are named where approval waits for them") {
  SmallProduct b(text("question on \"On?\" : yes-no", "on",
                      "field product.owner \"Owner\" : text required\n"));
  CHECK(b.live.model().missing_fields == Names{"product.owner"});
  CHECK(b.live.model().open_questions == Names{"product.owner", "t.on"});
  b.answer("on", true).say(ApproveFact{approvable(b.live.model())});
  CHECK_FALSE(b.live.model().approved);
  b.say(FieldsFact{"", {{"owner", "eva"}}});
  CHECK(b.live.model().missing_fields.empty());
  CHECK(b.live.model().approved);
}

}  // namespace riskd::tests::open_values_test
