// Texts: what one is worth while answers are open, and how a ticket prints every kind of value.
#include <catch2/catch.hpp>

#include "engine/evaluate/reconcile.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::texts_test {
namespace {
using namespace engine;

const std::string head = R"(library t "T"
scale level { low = 25, high = 75 }
bands severity { small 0, great 50 }
component-type store "Store"
attribute risk { harm : number = 50 }
attribute countermeasure { team : text = "nobody" }
rating risk.inherent = harm
rating product.rating = max(risks, current)
field product.contact "Contact" : text default "security"
field component.image "Image" : text
questionnaire q "Q" {
  question on "On?" : yes-no
  question squad "Whose?" : text
  question reach "Reach?" : one-of { staff "S" partners "P" internet "I" }
  question tags "Tags" : any-of { card "C" health "H" name "N" }
  question users "Users" : number
  question share "Share" : percent
  question worth "Worth" : level
  question since "Since" : date
  question wait "Wait" : duration
}
)";

std::string when(const std::string& condition) {
  return "pattern p \"P\" { when " + condition +
         " risk r \"R\" { weakness w CWE-1 \"W\" { countermeasure c \"C\" } } }";
}

// A countermeasure that is required, with what is said of it, and its ticket's title.
std::string titled(const std::string& title, const std::string& clauses = "") {
  return "ticket work for countermeasure { open when state is required  title \"" + title +
         "\" }\npattern p \"Pattern\" { when yes risk r \"Risk\" { weakness w CWE-1 \"Weakness\" { "
         "countermeasure c \"Measure\" { required " +
         clauses + " } } } }";
}

std::string title_of(const SmallProduct& product) {
  const auto effects = reconcile(product.live);
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].kind == EffectKind::create);
  return to_plain(effects[0].title);
}

}  // namespace

TEST_CASE("text compares by its characters, and an open one is unknown") {
  SmallProduct is(head + when("squad is \"red\""));
  CHECK(is.undecided());
  CHECK(is.answer("squad", "red").applies());
  CHECK_FALSE(is.answer("squad", "Red").applies());
  CHECK_FALSE(is.undecided());
  CHECK(is.answer("squad", std::monostate{}).undecided());
  SmallProduct is_not(head + when("squad is not \"red\""));
  CHECK(is_not.undecided());
  CHECK(is_not.answer("squad", "Red").applies());
}

TEST_CASE("a named text is as unknown as its parts") {
  SmallProduct b(head + "let product.owner = if on then squad else \"core\"\n" +
                 when("owner is \"core\""));
  CHECK(b.undecided());
  CHECK(b.answer("on", false).applies());
  CHECK(b.answer("on", true).undecided());
  CHECK(b.answer("squad", "core").applies());
  CHECK_FALSE(b.answer("squad", "red").applies());
  CHECK_FALSE(b.undecided());
}

TEST_CASE("`if` and `match` of texts are decided where every branch that is possible agrees") {
  SmallProduct b(head + when("(if on then \"a\" else \"a\") is \"a\""));
  CHECK(b.applies());
  SmallProduct same(head + when("(match reach { staff: \"a\", otherwise: \"a\" }) is \"a\""));
  CHECK(same.applies());
  SmallProduct region(head +
                      "let product.region = match reach { staff: \"in\", otherwise: \"out\" }\n" +
                      when("region is \"in\""));
  CHECK(region.undecided());
  CHECK(region.answer("reach", "staff").applies());
  CHECK_FALSE(region.answer("reach", "internet").applies());
  CHECK_FALSE(region.undecided());
}

TEST_CASE("`match` takes a text, a number, a step and yes-no") {
  SmallProduct text(head + when("(match squad { \"red\": 1, \"blue\": 2, otherwise: 3 }) > 1"));
  CHECK(text.undecided());
  CHECK(text.answer("squad", "blue").applies());
  CHECK_FALSE(text.answer("squad", "red").applies());
  CHECK(text.answer("squad", "green").applies());
  SmallProduct agreed(head + when("(match squad { \"red\": 1, otherwise: 2 }) > 0"));
  CHECK(agreed.applies());
  SmallProduct number(head + when("(match users { 1: 10, 2: 20, otherwise: 30 }) > 15"));
  CHECK(number.undecided());
  CHECK(number.answer("users", 2.0).applies());
  CHECK_FALSE(number.answer("users", 1.0).applies());
  CHECK(number.answer("users", 7.0).applies());
  SmallProduct step(head + when("(match worth { low: 1, high: 2 }) is 2"));
  CHECK(step.undecided());
  CHECK(step.answer("worth", "high").applies());
  SmallProduct truth(head + when("(match on { yes: 1, otherwise: 2 }) is 2"));
  CHECK(truth.undecided());
  CHECK(truth.answer("on", false).applies());
  SmallProduct all(head + when("(match on { yes: 2, no: 2, otherwise: 1 }) is 2"));
  CHECK(all.applies());  // `otherwise` is impossible: both answers have a case
}

TEST_CASE("`match` gives texts by a text, a number and yes-no") {
  const auto given = [](const std::string& match, const std::string& condition) {
    return SmallProduct(head + "let product.given = match " + match + "\n" +
                        when("given " + condition));
  };
  SmallProduct text = given("squad { \"red\": \"warm\", otherwise: \"cold\" }", "is \"warm\"");
  CHECK(text.undecided());
  CHECK(text.answer("squad", "red").applies());
  CHECK_FALSE(text.answer("squad", "blue").applies());
  SmallProduct number = given("users { 1: \"one\", otherwise: \"many\" }", "is \"many\"");
  CHECK(number.undecided());
  CHECK(number.answer("users", 2.0).applies());
  SmallProduct truth = given("on { yes: \"a\", otherwise: \"b\" }", "is \"b\"");
  CHECK(truth.undecided());
  CHECK(truth.answer("on", false).applies());
  SmallProduct all = given("on { yes: \"a\", no: \"a\", otherwise: \"b\" }", "is \"a\"");
  CHECK(all.applies());
  SmallProduct agreed(head + "let product.same = if on then \"a\" else \"a\"\n" + titled("{same}"));
  CHECK(title_of(agreed) == "a");
}

TEST_CASE("a text of a question that is not asked is no text, and differs from every other") {
  const std::string asked =
      R"(questionnaire z "Z" { question name "Name" : text ask when on  question kind "Kind" : one-of { a "A" b "B" } ask when on }
let product.named = name
let product.letter = match kind { a: "x", b: "x" }
)";
  for (const char* text : {"name", "named", "letter"}) {
    INFO(text);
    SmallProduct is(head + asked + when(std::string(text) + " is \"x\""));
    CHECK_FALSE(is.answer("on", false).applies());
    CHECK_FALSE(is.undecided());
    SmallProduct is_not(head + asked + when(std::string(text) + " is not \"x\""));
    CHECK(is_not.answer("on", false).applies());
  }
  SmallProduct otherwise(head + asked +
                         when("(match name { \"a\": \"x\", otherwise: \"y\" }) is \"y\""));
  CHECK(otherwise.answer("on", false).applies());
}

TEST_CASE(
    "a text attribute has its default while its value is open, and a decision outranks both") {
  SmallProduct b(head + titled("{team}", "team squad"));
  CHECK(title_of(b) == "nobody");
  CHECK(b.assumed());
  CHECK(title_of(b.answer("squad", "red")) == "red");
  CHECK_FALSE(b.assumed());
  DecisionFact set{"t.c", DecisionState::set, "team", std::string("blue"), "moved", b.today()};
  CHECK(title_of(b.say(set)) == "blue");
  CHECK(title_of(b.pass_days(1)) == "red");
}

TEST_CASE("a ticket prints every kind of value as the language writes it") {
  SmallProduct b(head + titled("{on}; {reach}; {tags}; {users}; {share}; {worth}; {since}; {wait}; "
                               "{squad}; {contact}; {users * 2}"));
  b.answer("on", true).answer("reach", "internet").answer("users", 1234.567);
  b.answer("tags", std::vector<std::string>{"name", "card"}).answer("share", 0.125);
  b.answer("worth", "high").answer("since", "2026-02-28").answer("wait", "36 hours");
  CHECK(title_of(b.answer("squad", "red")) ==
        "yes; internet; card, name; 1234.57; 12.5%; high; 2026-02-28; 36 hours; red; security; "
        "2469.13");
  b.answer("on", false).answer("users", -0.001).answer("share", 1.0).answer("wait", "1 day");
  CHECK(title_of(b.say(FieldsFact{"", {{"contact", "desk"}}})) ==
        "no; internet; card, name; 0; 100%; high; 2026-02-28; 1 day; red; desk; 0");
  b.answer("users", 99.999).answer("wait", "90 minutes");
  CHECK(title_of(b) ==
        "no; internet; card, name; 100; 100%; high; 2026-02-28; 90 minutes; red; desk; 200");
}

TEST_CASE("a ticket names the elements around its own") {
  SmallProduct b(head + titled("{id}|{title}|{weaknesses}|{weaknesses.title}|{risks}|{risks.title}|"
                               "{risks.band}|{product.id}|{product.rating}|{mitigates}|{state}",
                               "mitigates 40%"));
  CHECK(title_of(b) == "t.c|Measure|t.w|Weakness|t.r|Risk|great|shop|50|40%|required");
  SmallProduct guided(head + titled("{guide}|{standards}|{reason}",
                                    "standard \"A 1\" standard \"B 2\" guide \"Do {it}.\""));
  CHECK(title_of(guided) == "Do {it}.|A 1, B 2|");
  CHECK(title_of(guided.decide("c", DecisionState::required)) == "Do {it}.|A 1, B 2|because");
}

TEST_CASE("a ticket's text chooses between texts") {
  SmallProduct b(head + "let product.region = match reach { staff: \"in\", otherwise: \"out\" }\n" +
                 "let product.who = if on then squad else contact\n" + titled("{region} {who}"));
  b.answer("reach", "staff").answer("on", false);
  CHECK(title_of(b) == "in security");
  b.answer("reach", "partners").answer("on", true);
  CHECK(title_of(b.answer("squad", "red")) == "out red");
}

}  // namespace riskd::tests::texts_test
