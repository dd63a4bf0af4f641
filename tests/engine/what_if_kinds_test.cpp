// What would change it, for every kind of answer and of element.
#include <catch2/catch.hpp>

#include "engine/explain/what_if.hpp"
#include "tests/engine/small_product.hpp"
#include "tests/engine/what_if_text.hpp"

namespace riskd::tests::what_if_kinds_test {
namespace {
using namespace engine;

std::string shown(const SmallProduct& product, const std::string& element) {
  return to_text(what_would_change(product.live, element));
}

std::string pattern(const std::string& condition, const std::string& for_type = "") {
  return "pattern p \"P\" { " + for_type + " when " + condition +
         " risk r \"R\" { weakness w CWE-1 \"W\" { countermeasure c \"C\" } } }\n";
}

const std::string head = R"(library t "T"
scale level { low = 25, high = 75 }
component-type api "API"
attribute risk { harm : number = 50 }
attribute weakness { depth : number = 1 }
attribute countermeasure { cost : number = 1 }
rating risk.inherent = harm
field product.team "Team" : text
field product.stage "Stage" : level default low
field component.image "Image" : text
questionnaire q "Q" {
  question on "On?" : yes-no
  question share "Share" : percent
  question worth "Worth" : level
  question wait "Wait" : duration
  question since "Since" : date
  question tags "Tags" : any-of { a "A" b "B" c "C" }
  question users "Users" : number default 5
}
questionnaire a "A" for component of type api { question tls "TLS?" : yes-no  question deep "Deep?" : yes-no }
)";

SmallProduct with(const std::string& rest) { return SmallProduct(head + rest); }

}  // namespace

TEST_CASE("every kind of answer is tried beside what the rules compare it with") {
  SmallProduct share = with(pattern("share >= 30%"));
  CHECK(shown(share, "t.p") == "applies: t.share=30%; t.share=31%;");
  CHECK(shown(share.answer("share", 0.5), "t.p") == "does not apply: t.share=29%;");
  SmallProduct step = with(pattern("worth > low"));
  CHECK(shown(step, "t.p") == "applies: t.worth=high;");
  SmallProduct wait = with(pattern("wait > 12 hours"));
  CHECK(shown(wait, "t.p") == "applies: t.wait=1 day;");
  SmallProduct date = with(pattern("since is 2026-11-01"));
  CHECK(shown(date, "t.p") == "applies: t.since=2026-11-01;");
  SmallProduct field = with(pattern("team is \"red\""));
  CHECK(shown(field, "t.p") == "applies: field team=red;");
  CHECK(shown(field.say(FieldsFact{"", {{"team", "red"}}}), "t.p") ==
        "does not apply: field team=some text;");
  SmallProduct stage = with(pattern("stage is high"));
  CHECK(shown(stage, "t.p") == "applies: field stage=high;");
  SmallProduct number = with(pattern("users * 2 > 20"));
  CHECK(shown(number.answer("users", 3.0), "t.p").find("t.users=20;") != std::string::npos);
}

TEST_CASE("sets are tried with one more, with one less, and as the rules want them") {
  SmallProduct all = with(pattern("tags includes all { a, b }"));
  CHECK(shown(all, "t.p") == "applies: t.tags={ a, b };");
  all.answer("tags", std::vector<std::string>{"a"});
  CHECK(shown(all, "t.p") == "applies: t.tags={ a, b };");
  all.answer("tags", std::vector<std::string>{"a", "b", "c"});
  CHECK(shown(all, "t.p") ==
        "does not apply: t.tags={ b, c }; t.tags={ a, c }; t.tags={ c }; t.tags={ };");
  SmallProduct any = with(pattern("tags includes any { b, c }"));
  CHECK(shown(any, "t.p") == "applies: t.tags={ b }; t.tags={ c }; t.tags={ b, c };");
}

TEST_CASE("lets, ratings and attributes are read down to what people answer") {
  SmallProduct let = with("let product.busy = users > 10\n" + pattern("busy"));
  CHECK(shown(let, "t.p") == "applies: t.users=11;");
  SmallProduct required = with(
      "let countermeasure.cheap = cost < 3\nrating risk.own = harm * 2\n"
      "pattern p \"P\" { when yes risk r \"R\" { harm users weakness w CWE-1 \"W\" { depth if on "
      "then 5 else 1 "
      "countermeasure c \"C\" { cost if on then 2 else 9  required when cheap and own > 8 and "
      "depth > 2 } } } }");
  CHECK(shown(required, "t.c").starts_with("required by the rules: t.on=yes;"));
  required.answer("on", true);
  CHECK(shown(required, "t.c").starts_with("not required by the rules: t.on=no;"));
  CHECK(shown(required, "t.c").find("t.users=3;") != std::string::npos);
}

TEST_CASE("elements come into the model and leave it") {
  SmallProduct b = with(pattern("on"));
  CHECK(shown(b, "t.w") == "in the model: t.on=yes;");
  CHECK(shown(b, "t.r") == "in the model: t.on=yes;");
  CHECK(shown(b, "t.c") == "in the model: t.on=yes;");
  b.answer("on", true);
  CHECK(shown(b, "t.w") == "not in the model: t.on=no;");
  CHECK(shown(b, "t.on") == "nothing");  // it is always asked
  CHECK(shown(b, "front/t.p") == "nothing");
}

TEST_CASE("in a component its own answers and the product's are tried") {
  SmallProduct b = with(
      pattern("on and tls and image is \"x\"", "for component of type api") +
      "pattern all \"All\" { when any(components, deep) risk s \"S\" { weakness v CWE-2 \"V\" } }");
  b.say(ComponentFact{"front", "t.api", false, {}, {}})
      .say(ComponentFact{"back", "t.api", false, {}, {}});
  CHECK(shown(b, "front/t.p") == "applies: t.on=yes & front/t.tls=yes & field front/image=x;");
  b.answer("on", true).say(FieldsFact{"front", {{"image", "x"}}});
  CHECK(shown(b, "front/t.p") == "applies: front/t.tls=yes;");
  CHECK(shown(b, "t.all") == "applies: back/t.deep=yes; front/t.deep=yes;");
  CHECK(shown(b, "t.p") == "nothing");  // it is one of components
}

TEST_CASE("what is found is shown up to a limit, and the search ends") {
  std::string choices, condition;
  for (int i = 0; i < 20; ++i) choices += " c" + std::to_string(i) + " \"C\"";
  SmallProduct many = with("questionnaire z \"Z\" { question pick \"Pick\" : one-of {" + choices +
                           " } }\n" + pattern("pick is not c0"));
  many.answer("pick", "c0");
  const auto found = what_would_change(many.live, "t.p");
  REQUIRE(found);
  CHECK(found->sets.size() == 12);
  CHECK(found->more);
  std::string questions;
  for (int i = 0; i < 16; ++i) {
    questions += " question q" + std::to_string(i) + " \"Q\" : one-of {" + choices + " }";
    condition += (i == 0 ? "" : " and ") + std::string("q") + std::to_string(i) + " is c1";
  }
  SmallProduct hard = with("questionnaire z \"Z\" {" + questions + " }\n" + pattern(condition));
  CHECK(shown(hard, "t.p") == "applies: exhausted");
}

}  // namespace riskd::tests::what_if_kinds_test
