#include "engine/facts/resolve.hpp"
#include "engine/facts/resolve_names.hpp"

#include <catch2/catch.hpp>

#include "dsl/compile.hpp"

using namespace riskd;
using namespace riskd::engine;

namespace riskd::tests::resolve_test {

namespace {

const Program& program() {
  static const auto compiled = dsl::load_policy({std::string(RISKD_SOURCE_DIR) + "/rules"}, "");
  REQUIRE(compiled);
  REQUIRE(compiled->sound());
  return *compiled->program;
}

Product shop() {
  Product product;
  product.id = "shop";
  FactBody database = ComponentFact{"db", "database", false, {}, {}};
  REQUIRE(resolve(program(), product, database, Instant{}).empty());
  fold(product, {{1, {}, "test"}, database});
  return product;
}

std::string refused(FactBody body) {
  const auto errors = resolve(program(), shop(), body, Instant{});
  if (errors.empty()) return "";
  CHECK_FALSE(errors.front().message.empty());
  return errors.front().code + " " + errors.front().pointer;
}

template <typename T>
T resolved(T fact) {
  FactBody body = std::move(fact);
  const auto errors = resolve(program(), shop(), body, Instant{});
  for (const FactError& error : errors) FAIL_CHECK(error.pointer + ": " + error.message);
  return std::get<T>(body);
}

RawValue answer(const std::string& question, RawValue value) {
  const auto fact = resolved(AnswersFact{"", {{question, std::move(value)}}});
  CHECK(fact.answers.front().first == "web." + question.substr(question.find('.') + 1));
  return fact.answers.front().second;
}

using Texts = std::vector<std::string>;

TEST_CASE("bare names become qualified ids") {
  CHECK(resolved(AnswersFact{"db", {{"stores-cards", true}}}).answers.front().first ==
        "web.stores-cards");
  CHECK(resolved(ComponentFact{"api", "web-service", false, {}, {}}).type == "web.web-service");
  CHECK(resolved(ApproveFact{{"throttle-logins", "db/web.encrypted-cards"}}).elements ==
        Texts{"db/web.encrypted-cards", "web.throttle-logins"});
  CHECK(resolve_element(program(), "api/no-csrf-token") == "api/web.no-csrf-token");
  CHECK(resolve_element(program(), "nothing-like-it").empty());
}

TEST_CASE("answers are checked against their question's type") {
  CHECK(answer("has-web-ui", std::string("yes")) == RawValue(true));
  CHECK(answer("web.has-web-ui", std::monostate{}) == RawValue(std::monostate{}));
  CHECK(answer("reach", std::string("reach.internet")) == RawValue(std::string("internet")));
  CHECK(answer("sign-in", Texts{"sso", "password", "sso"}) == RawValue(Texts{"password", "sso"}));
  CHECK(refused(AnswersFact{"", {{"reach", std::string("moon")}}}) ==
        "unknown-choice /answers/reach");
  CHECK(refused(AnswersFact{"", {{"reach", true}}}) == "wrong-type /answers/reach");
  CHECK(refused(AnswersFact{"", {{"sign-in", std::string("sso")}}}) ==
        "wrong-type /answers/sign-in");
  CHECK(refused(AnswersFact{"", {{"has-web-ui", 1.0}}}) == "wrong-type /answers/has-web-ui");
  CHECK(refused(AnswersFact{"", {{"reech", true}}}) == "unknown-question /answers/reech");
  CHECK(refused(AnswersFact{"", {{"reach", std::monostate{}}, {"web.reach", std::monostate{}}}}) ==
        "duplicate /answers/web.reach");
  CHECK(refused(FieldsFact{"", {{"live-since", std::string("soon")}}}) ==
        "wrong-type /fields/live-since");
  CHECK(refused(FieldsFact{"", {{"live-since", std::string("2026-02-29")}}}) ==
        "wrong-type /fields/live-since");
  CHECK(refused(FieldsFact{"", {{"ownr", std::string("x")}}}) == "unknown-field /fields/ownr");
  CHECK(refused(FieldsFact{"", {{"owner", std::string(20'000, 'x')}}}) == "too-long /fields/owner");
}

TEST_CASE("an unknown name is answered with the near ones") {
  FactBody body = AnswersFact{"", {{"reech", true}}};
  CHECK(resolve(program(), shop(), body, Instant{}).front().expected == Texts{"web.reach"});
}

TEST_CASE("components are looked up in the product") {
  CHECK(refused(AnswersFact{"cache", {}}) == "unknown-component /component");
  CHECK(refused(ComponentFact{"cache", "", false, {}, {}}) == "missing /component/type");
  CHECK(refused(ComponentFact{"cache", "toaster", false, {}, {}}) ==
        "unknown-type /component/type");
  CHECK(refused(ComponentFact{"cache", "", true, {}, {}}) == "unknown-component /component/id");
  CHECK(refused(ComponentFact{"a/b", "database", false, {}, {}}) == "bad-id /component/id");
  CHECK(refused(ComponentFact{"db", "", false, {{"reach", true}}, {}}) ==
        "unknown-question /component/answers/reach");
  CHECK(refused(ComponentFact{"db", "", true, {}, {}}).empty());
}

TEST_CASE("decisions fit their element") {
  const auto decide = [](std::string element, DecisionState state) {
    DecisionFact fact;
    fact.element = std::move(element);
    fact.state = state;
    fact.reason = "why";
    return fact;
  };
  CHECK(resolved(decide("throttle-logins", DecisionState::rejected)).element ==
        "web.throttle-logins");
  CHECK(refused(decide("credential-stuffing", DecisionState::rejected)) ==
        "wrong-element /decision/element");
  CHECK(refused(decide("credential-stuffing", DecisionState::accepted)) ==
        "missing /decision/until");
  CHECK(refused(decide("throtle-logins", DecisionState::required)) ==
        "unknown-element /decision/element");
  CHECK(refused(decide("cache/throttle-logins", DecisionState::required)) ==
        "unknown-component /decision/element");
  CHECK(resolved(decide("db/zap:10202", DecisionState::false_positive)).element == "db/zap:10202");
  CHECK(refused(decide("nessus:1", DecisionState::false_positive)) ==
        "unknown-source /decision/element");
  DecisionFact ease = decide("credential-stuffing", DecisionState::set);
  ease.attribute = "ease";
  ease.value = std::string("low");
  CHECK(resolved(ease).element == "web.credential-stuffing");
  ease.value = std::string("lowish");
  CHECK(refused(ease) == "unknown-choice /decision/value");
  ease.attribute = "easy";
  CHECK(refused(ease) == "unknown-attribute /decision/attribute");
}

TEST_CASE("tickets, results and runs name what is known") {
  TicketFact ticket;
  ticket.ticket = "requirement";
  ticket.element = "throttle-logins";
  ticket.tracker = "jira";
  CHECK(resolved(ticket).kind == "jira");
  CHECK(resolved(ticket).element == "web.throttle-logins");
  ticket.tracker = "bugzilla";
  CHECK(refused(ticket) == "unknown-tracker /ticket/kind");
  ticket.tracker = "jira";
  ticket.ticket = "epic";
  CHECK(refused(ticket) == "unknown-ticket /ticket/for");
  ticket.ticket = "requirement";
  ticket.element = "credential-stuffing";
  CHECK(refused(ticket) == "wrong-element /ticket/for");
  TestResult test;
  test.id = "10202";
  CHECK(refused(ResultFact{"s", "zap", test}).empty());
  CHECK(refused(ResultFact{"s", "nessus", test}) == "unknown-source /result/source");
  CHECK(refused(ResultFact{"", "zap", test}) == "missing /result/suite");
  test.component = "cache";
  RunFact run;
  run.suite = "s";
  run.source = "zap";
  run.results = {test};
  CHECK(refused(run) == "unknown-component /run/results/0/component");
}

}  // namespace

}  // namespace riskd::tests::resolve_test
