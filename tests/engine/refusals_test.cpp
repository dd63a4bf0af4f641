// What is refused of a fact, with the place of it and with what would do.
#include <catch2/catch.hpp>

#include "dsl/compile.hpp"
#include "engine/base/limits.hpp"
#include "engine/facts/resolve.hpp"
#include "engine/facts/resolve_names.hpp"
#include "engine/facts/resolve_values.hpp"

namespace riskd::tests::refusals_test {
namespace {
using namespace engine;

using Texts = std::vector<std::string>;

// Two libraries, in which some names mean two things.
const Policy& policy() {
  static const Policy program = [] {
    const char* const one = R"(library one "One"
scale level { low = 25, high = 75 }
component-type api "API"
attribute risk { harm : level = low  share : percent = 10%  note : text = "" }
rating risk.inherent = harm
field product.owner "Owner" : text
field component.image "Image" : text
status-map jira { status is "Done" -> implemented  otherwise -> required }
questionnaire q "Q" {
  question reach "Reach?" : one-of { staff "S" internet "I" }
  question tags "Tags" : any-of { card "C" health "H" }
  question users "Users" : number
  question share "Share" : percent
  question worth "Worth" : level
  question since "Since" : date
  question wait "Wait" : duration
  question new-name "New?" : yes-no was old-name
}
questionnaire a "A" for component of type api { question tls "TLS?" : yes-no }
ticket work for countermeasure { open when state is required  title "{title}" }
ticket bug for weakness { open when tested is failed  title "{title}" }
ticket note for risk { open when current > 50  title "{title}" }
pattern p "P" { when yes risk r "R" { weakness w CWE-1 "W" { countermeasure c "C" { required  was former } } } }
)";
    const char* const two = R"(library two "Two"
component-type api "API"
questionnaire q "Q" { question reach "Reach?" : yes-no }
pattern p2 "P" { when yes risk r2 "R" { weakness w CWE-2 "W" } }
)";
    const auto compiled =
        dsl::compile({dsl::SourceFile("1.risk", one), dsl::SourceFile("2.risk", two)});
    for (const auto& each : compiled.diagnostics) UNSCOPED_INFO(each.message);
    REQUIRE(compiled.sound());
    return compiled.program;
  }();
  return program;
}

Product shop() {
  Product product;
  product.id = "shop";
  fold(product, {{1, {}, "test"}, ComponentFact{"front", "one.api", false, {}, {}}});
  return product;
}

std::vector<FactError> errors_of(FactBody body) {
  return resolve(*policy(), shop(), body, Instant{});
}

// "unknown-choice /answers/reach: staff, internet"; nothing where nothing is wrong.
std::string refused(FactBody body) {
  std::string all;
  for (const FactError& error : errors_of(std::move(body))) {
    CHECK_FALSE(error.message.empty());
    all += (all.empty() ? "" : "; ") + error.code + " " + error.pointer;
    for (std::size_t i = 0; i < error.expected.size(); ++i)
      all += (i == 0 ? ": " : ", ") + error.expected[i];
  }
  return all;
}

std::string answered(const std::string& name, RawValue value, const std::string& component = "") {
  return refused(AnswersFact{component, {{name, std::move(value)}}});
}

DecisionFact decision(const std::string& element, DecisionState state) {
  DecisionFact fact;
  fact.element = element;
  fact.state = state;
  fact.reason = "because";
  return fact;
}

TicketFact ticket(const std::string& name, const std::string& element) {
  TicketFact fact;
  fact.ticket = name;
  fact.element = element;
  fact.tracker = "jira";
  return fact;
}

}  // namespace

TEST_CASE("a name that may be several things is refused with all of them") {
  CHECK(answered("reach", true) == "ambiguous-name /answers/reach: one.reach, two.reach");
  CHECK(answered("one.reach", "staff").empty());
  CHECK(refused(ComponentFact{"back", "api", false, {}, {}}) ==
        "ambiguous-name /component/type: one.api, two.api");
  CHECK(refused(ComponentFact{"back", "two.api", false, {}, {}}).empty());
  CHECK(refused(ApproveFact{{"w"}}) == "ambiguous-name /approve/elements/0: one.w, two.w");
  CHECK(resolve_element(*policy(), "w").empty());
  CHECK(resolve_element(*policy(), "one.w") == "one.w");
}

TEST_CASE("an earlier name means the renamed element") {
  FactBody body = AnswersFact{"", {{"old-name", true}}};
  CHECK(resolve(*policy(), shop(), body, Instant{}).empty());
  CHECK(std::get<AnswersFact>(body).answers[0].first == "one.new-name");
  body = AnswersFact{"", {{"one.old-name", true}}};
  CHECK(resolve(*policy(), shop(), body, Instant{}).empty());
  CHECK(std::get<AnswersFact>(body).answers[0].first == "one.new-name");
  CHECK(resolve_element(*policy(), "former") == "one.c");
  CHECK(resolve_element(*policy(), "front/one.former") == "front/one.c");
}

TEST_CASE("a value is checked against its type, and the refusal names what would fit") {
  const std::string expected_share = ": a share such as 0.7 or \"70%\"";
  CHECK(answered("share", 0.5).empty());
  CHECK(answered("share", "70%").empty());
  CHECK(answered("share", 1.5) == "out-of-range /answers/share" + expected_share);
  CHECK(answered("share", "170%") == "out-of-range /answers/share" + expected_share);
  CHECK(answered("share", "-1%") == "out-of-range /answers/share" + expected_share);
  CHECK(answered("share", "much") == "wrong-type /answers/share" + expected_share);
  CHECK(answered("share", "x%") == "wrong-type /answers/share" + expected_share);
  CHECK(answered("users", std::numeric_limits<double>::infinity()) ==
        "wrong-type /answers/users: a number");
  CHECK(answered("users", "many") == "wrong-type /answers/users: a number");
  CHECK(answered("users", true) == "wrong-type /answers/users: a number");
  CHECK(answered("worth", "level.high").empty());
  CHECK(answered("worth", "one.level.high").empty());
  CHECK(answered("worth", "reach.high") == "unknown-choice /answers/worth: low, high");
  CHECK(answered("worth", 75.0) == "wrong-type /answers/worth: low, high");
  CHECK(answered("tags", Texts{"card", "moon"}) == "unknown-choice /answers/tags: card, health");
  CHECK(answered("tags", Texts{}).empty());
  CHECK(answered("since", "2026-11-23").empty());
  CHECK(answered("since", 20.0) == "wrong-type /answers/since: a date such as \"2026-11-23\"");
  CHECK(answered("wait", "30 days").empty());
  CHECK(answered("wait", "30 weeks") == "wrong-type /answers/wait: a duration such as \"30 days\"");
  CHECK(answered("wait", 30.0) == "wrong-type /answers/wait: a duration such as \"30 days\"");
  CHECK(answered("new-name", "false").empty());
  CHECK(answered("new-name", "perhaps") == "wrong-type /answers/new-name: true, false");
  CHECK(refused(FieldsFact{"", {{"owner", 3.0}}}) == "wrong-type /fields/owner: a text");
  RawValue list = Texts{"a"};
  CHECK(fit_value(*policy(), {Base::texts, 0}, list)->code == "wrong-type");
}

TEST_CASE("fields are of the product or of a component, each once") {
  CHECK(refused(FieldsFact{"front", {{"image", "x"}}}).empty());
  CHECK(refused(FieldsFact{"front", {{"owner", "x"}}}) == "unknown-field /fields/owner: image");
  CHECK(refused(FieldsFact{"", {{"image", "x"}}}) == "unknown-field /fields/image: owner");
  CHECK(refused(FieldsFact{"", {{"owner", "x"}, {"owner", "y"}}}) == "duplicate /fields/owner");
  CHECK(refused(FieldsFact{"frnt", {{"image", "x"}}}) == "unknown-component /component: front");
  CHECK(refused(FieldsFact{"", {{"a/b~c", "x"}}}) == "unknown-field /fields/a~1b~0c: owner");
}

TEST_CASE("questions are of the product or of a component's type") {
  CHECK(answered("tls", true, "front").empty());
  CHECK(answered("one.tls", true, "front").empty());
  CHECK(answered("tls", true) == "unknown-question /answers/tls");
  CHECK(answered("tsl", true, "front") == "unknown-question /answers/tsl");
  CHECK(answered("tlss", true, "front") == "unknown-question /answers/tlss: one.tls");
  CHECK(answered("two.tls", true, "front") == "unknown-question /answers/two.tls: one.tls");
  CHECK(answered("", true) == "unknown-question /answers/");
  CHECK(answered(std::string(200, 'x'), true).starts_with("unknown-question /answers/xxx"));
  CHECK(
      refused(ComponentFact{"front", "", false, {{"tls", "x"}}, {{"image", 1.0}}}) ==
      "wrong-type /component/answers/tls: true, false; wrong-type /component/fields/image: a text");
}

TEST_CASE("a link that is no address of the web is refused") {
  for (const char* url :
       {"javascript:alert(1)", "data:text/html,x", " https://x", "/x", "file:///etc/passwd"}) {
    CAPTURE(url);
    TicketFact seen = ticket("work", "c");
    seen.url = url;
    const std::string expected = ": an address that begins with https:// or http://";
    CHECK(refused(seen) == "bad-address /ticket/url" + expected);
    RunFact run;
    run.suite = "s";
    run.source = "zap";
    run.url = url;
    CHECK(refused(run) == "bad-address /run/url" + expected);
    TestResult test;
    test.id = "1";
    test.details = std::make_shared<const TestDetails>(TestDetails{"", "", url, {}});
    CHECK(refused(ResultFact{"s", "zap", test}) == "bad-address /result/help-url" + expected);
  }
}

TEST_CASE("what is too long is refused with its limit") {
  const std::string text(limits::text_bytes + 1, 'x');
  const std::string id(limits::id_bytes + 1, 'x');
  ProductFact title;
  title.title = text;
  CHECK(refused(title) == "too-long /product/title");
  DecisionFact decided = decision("c", DecisionState::required);
  decided.reason = text;
  CHECK(refused(decided) == "too-long /decision/reason");
  CHECK(refused(decision(id, DecisionState::required)) == "too-long /decision/element");
  CHECK(refused(decision("zap:" + id, DecisionState::false_positive)) ==
        "too-long /decision/element");
  TicketFact seen = ticket("work", "c");
  seen.status = seen.resolution = seen.state = seen.reason = seen.url = text;
  seen.key = id;
  seen.labels = {"fine", text};
  CHECK(refused(seen) ==
        "too-long /ticket/status; too-long /ticket/resolution; too-long /ticket/state; "
        "too-long /ticket/reason; too-long /ticket/url; too-long /ticket/key; "
        "too-long /ticket/labels/1");
  CHECK(refused(ToldFact{"work", id, text, false}) == "too-long /told/watched; too-long /told/for");
  TestResult test;
  CHECK(refused(ResultFact{"s", "zap", test}) == "missing /result/id");
  test.id = test.title = std::string(limits::report_field_bytes + 1, 'x');
  CHECK(refused(ResultFact{id, "zap", test}) ==
        "too-long /result/suite; too-long /result/id; too-long /result/title");
  CHECK(refused(SuiteFact{""}) == "missing /suite/suite");
  CHECK(refused(SuiteFact{"s"}).empty());
  RunFact run;
  run.suite = "s";
  run.source = "zap";
  run.run = id;
  run.url = text;
  run.component = "bak";
  CHECK(refused(run) ==
        "too-long /run/run; too-long /run/url; unknown-component /run/component: front");
}

TEST_CASE("a product and a component have plain ids, and a product not too many components") {
  Product product = shop();
  product.id = "a shop";
  FactBody body = ProductFact{};
  CHECK(resolve(*policy(), product, body, Instant{}).at(0).code == "bad-id");
  for (const char* id : {"", "-a", ".a", "a b", "\u00e9", "a:b"})
    CHECK(errors_of(ComponentFact{id, "one.api", false, {}, {}}).at(0).code == "bad-id");
  for (const char* id : {"a", "A.b_c-9", "0"})
    CHECK(refused(ComponentFact{id, "one.api", false, {}, {}}).empty());
  product = shop();
  for (std::size_t i = 1; i < limits::components; ++i)
    product.components["c" + std::to_string(i)].declared = true;
  body = ComponentFact{"one-more", "one.api", false, {}, {}};
  CHECK(resolve(*policy(), product, body, Instant{}).at(0).code == "too-many");
  body = ComponentFact{"front", "one.api", false, {}, {}};
  CHECK(resolve(*policy(), product, body, Instant{}).empty());
  body = AnswersFact{"none", {}};
  CHECK(resolve(*policy(), product, body, Instant{}).at(0).expected.size() == 10);
}

TEST_CASE("decisions, tickets and approvals are about what their kind is about") {
  const std::string element = "wrong-element /decision/element";
  CHECK(refused(decision("c", DecisionState::accepted)) ==
        element + "; missing /decision/until: a date such as \"2026-11-23\"");
  CHECK(refused(decision("one.w", DecisionState::required)) == element);
  CHECK(refused(decision("p", DecisionState::implemented)) == element);
  CHECK(refused(decision("", DecisionState::implemented))
            .starts_with("unknown-element /decision/element"));
  CHECK(refused(decision("zap", DecisionState::false_positive))
            .starts_with("unknown-element /decision/element"));
  CHECK(refused(decision("zap:", DecisionState::false_positive))
            .starts_with("unknown-element /decision/element"));
  CHECK(refused(decision("front/zap:a/b:c", DecisionState::false_positive)).empty());
  CHECK(refused(decision("back/zap:1", DecisionState::false_positive)) ==
        "unknown-component /decision/element: front");
  DecisionFact set = decision("r", DecisionState::set);
  set.attribute = "harm";
  CHECK(refused(set) == "missing /decision/value");
  set.value = std::string("high");
  CHECK(refused(set).empty());
  set.attribute = "harmm";
  CHECK(refused(set) == "unknown-attribute /decision/attribute: harm, share, note");
  set.element = "p";
  set.attribute = "harm";
  CHECK(refused(set) == "unknown-attribute /decision/attribute");
  CHECK(refused(ticket("work", "c")).empty());
  CHECK(refused(ticket("work", "front/c")).empty());
  CHECK(refused(ticket("bug", "one.w")).empty());
  CHECK(refused(ticket("bug", "c")) == "wrong-element /ticket/for");
  CHECK(refused(ticket("note", "p")) == "wrong-element /ticket/for");
  CHECK(refused(ticket("nothing", "c")) == "unknown-ticket /ticket/for: work, bug, note");
  TicketFact nowhere = ticket("work", "c");
  nowhere.tracker = "";
  CHECK(refused(nowhere) == "missing /ticket/tracker");
  nowhere.kind = "github";
  CHECK(refused(nowhere) == "missing /ticket/tracker; unknown-tracker /ticket/kind: jira");
}

TEST_CASE("a decision has a reason, and an end that is still to come") {
  DecisionFact decided = decision("c", DecisionState::rejected);
  decided.reason = "";
  CHECK(refused(decided).starts_with("missing /decision/reason"));
  decided.reason = " \n\t";
  CHECK(refused(decided).starts_with("missing /decision/reason"));
  decided.reason = "x";
  CHECK(refused(decided).empty());
  DecisionFact accepted = decision("r", DecisionState::accepted);
  accepted.until = Date{20'000};
  const auto on_day = [&](std::int64_t day) {
    FactBody body = accepted;
    const auto errors = resolve(*policy(), shop(), body, Instant{day * seconds_per_day * 1000});
    return errors.empty() ? std::string() : errors[0].code + " " + errors[0].pointer;
  };
  CHECK(on_day(19'999).empty());
  CHECK(on_day(20'000).empty());  // its last day
  CHECK(on_day(20'001) == "past /decision/until");
}

TEST_CASE("a component takes an earlier id only where no other component has it") {
  ComponentFact renamed{"edge", "one.api", false, {}, {}};
  renamed.was = "front";
  CHECK(refused(renamed).empty());
  renamed.was = "nobody";
  CHECK(refused(renamed).starts_with("unknown-component /component/was"));
  Product product = shop();
  fold(product, {{2, {}, "test"}, ComponentFact{"edge", "one.api", false, {}, {}}});
  renamed.was = "front";
  FactBody body = renamed;
  const auto errors = resolve(*policy(), product, body, Instant{});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == "taken");
}

TEST_CASE("of very many mistakes the first are reported") {
  AnswersFact many;
  for (std::size_t i = 0; i < limits::diagnostics + 50; ++i)
    many.answers.push_back({"no-" + std::to_string(i), true});
  CHECK(errors_of(many).size() == limits::diagnostics);
}

TEST_CASE("states of decisions are read as they are written") {
  for (const char* name : {"required", "recommended", "rejected", "not-applicable", "implemented",
                           "not-implemented", "accepted", "false-positive", "set"}) {
    REQUIRE(decision_state(name));
    CHECK(to_string(*decision_state(name)) == name);
  }
  CHECK_FALSE(decision_state("perhaps"));
}

}  // namespace riskd::tests::refusals_test
