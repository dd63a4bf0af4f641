// `was`: what was said of an earlier name is said of the present one.
#include <catch2/catch.hpp>

#include "engine/evaluate/reconcile.hpp"
#include "engine/facts/resolve.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::earlier_names_test {
namespace {
using namespace engine;

std::string text(const std::string& names, const std::string& pattern) {
  return R"(library t "T"
attribute risk { harm : number = 100 }
rating risk.inherent = harm
adjust implemented "I" { for countermeasure when state is implemented  reduce risk by mitigates }
adjust accepted "A" { for risk when accepted-until >= today  cap risk at 10 }
rating product.rating = max(risks, current)
status-map jira { status is "Done" -> implemented  not closed -> required }
evidence junit { outcome is failed -> failed  outcome is passed -> passed }
ticket work for countermeasure { open when state is required  title "{title}" }
)" + names +
         pattern;
}

const std::string before = text(
    "component-type api \"API\"\nfield product.owner \"Owner\" : text\n"
    "questionnaire q \"Q\" { question reach \"Reach?\" : one-of { staff \"S\" internet \"I\" } "
    "question tags \"Tags\" : any-of { card \"C\" health \"H\" } }\n",
    "pattern p \"P\" { when reach is internet  risk r \"R\" { weakness w CWE-1 \"W\" { test junit "
    "\"w\"  "
    "countermeasure c \"M\" { required  mitigates 40% } } } }\n");

const std::string after = text(
    "component-type service \"API\" was api\nfield product.contact \"Owner\" : text was owner\n"
    "questionnaire q \"Q\" { question exposure \"Reach?\" : one-of { staff \"S\" public \"I\" was "
    "internet } was reach "
    "question tags \"Tags\" : any-of { payment \"C\" was card health \"H\" } }\n",
    "pattern p2 \"P\" { was p  when exposure is public  risk r2 \"R\" { was r  weakness w2 CWE-1 "
    "\"W\" { was w  test junit \"w\"  "
    "countermeasure c2 \"M\" { required  mitigates 40%  was c } } } }\n");

SmallProduct with_facts() {
  SmallProduct b(before);
  b.answer("reach", "internet").answer("tags", std::vector<std::string>{"card"});
  b.say(FieldsFact{"", {{"owner", "eva"}}});
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  b.decide("r", DecisionState::accepted, b.today(30));
  b.say(ApproveFact{approvable(b.live.model())});
  b.ticket("Done");
  return b;
}

}  // namespace

TEST_CASE("everything that may have an earlier name keeps its facts") {
  const SmallProduct b = with_facts();
  const SmallProduct policy(after);
  const LiveProduct live = b.live.under(policy.policy, b.now);
  const Model model = live.model();
  REQUIRE(model.risk("t.r2") != nullptr);
  CHECK(model.risk("t.r2")->accepted_until);
  CHECK(model.risk("t.r2")->current == 10);
  CHECK(model.risk("t.r2")->approved);
  CHECK(model.weakness("t.w2")->approved);
  CHECK(model.countermeasure("t.c2")->approved);
  CHECK(model.countermeasure("t.c2")->state == State::implemented);
  REQUIRE(model.tickets.size() == 1);
  CHECK(model.tickets[0].element == "t.c2");
  CHECK(model.tickets[0].key == "T-1");
  CHECK(model.lost.empty());
  CHECK(model.open_questions.empty());
  CHECK(reconcile(live).empty());
  for (const QuestionRow& row : model.questions) CHECK(row.answered);
}

TEST_CASE("a new name is reported as a new name, and as nothing else") {
  const SmallProduct b = with_facts();
  const SmallProduct policy(after);
  const LiveProduct live = b.live.under(policy.policy, b.now);
  const Deltas deltas = difference(b.live, live);
  REQUIRE(deltas.risks.size() == 1);
  CHECK(deltas.risks[0].id == "t.r2");
  CHECK(deltas.risks[0].was == "t.r");
  CHECK(deltas.risks[0].whole);
  REQUIRE(deltas.states.size() == 2);
  CHECK(deltas.states[0].was == "t.c");
  CHECK_FALSE(deltas.states[0].state);
  CHECK(deltas.states[1].was == "t.w");
  CHECK(deltas.tickets.empty());
  CHECK(turnover(b.live, live).added.empty());
  CHECK(turnover(b.live, live).removed.empty());
}

TEST_CASE("effects on a ticket go to the tracker that has it, whatever its element is named") {
  SmallProduct b = with_facts();
  const SmallProduct policy(after);
  b.policy = policy.policy;
  b.live = b.live.under(policy.policy, b.now);
  b.decide("c2", DecisionState::not_implemented);
  const auto effects = reconcile(b.live);
  REQUIRE(effects.size() == 1);
  CHECK(effects[0].kind == EffectKind::reopen);
  CHECK(effects[0].ticket_key == "T-1");
  CHECK(effects[0].tracker == "jira");
}

TEST_CASE("without `was` facts are lost, and reported as lost") {
  std::string bare = after;
  for (std::size_t at = bare.find(" was "); at != std::string::npos; at = bare.find(" was ")) {
    std::size_t end = bare.find_first_of(" \n", at + 5);
    bare.erase(at, end - at);
  }
  for (std::size_t at = bare.find("was "); at != std::string::npos; at = bare.find("was ")) {
    std::size_t end = bare.find_first_of(" \n", at + 4);
    bare.erase(at, end - at);
  }
  const SmallProduct b = with_facts();
  const SmallProduct policy(bare);
  const LiveProduct live = b.live.under(policy.policy, b.now);
  const Model model = live.model();
  CHECK(model.risks.empty());
  REQUIRE(model.tickets.size() == 1);
  CHECK(model.tickets[0].element == "t.c");
  CHECK(model.tickets[0].desired == Desired::closed);
}

TEST_CASE("the newer fact holds, whatever name it used") {
  SmallProduct b = with_facts();
  const SmallProduct policy(after);
  b.policy = policy.policy;
  b.live = b.live.under(policy.policy, b.now);
  TicketFact seen;
  seen.ticket = "work";
  seen.element = "t.c2";
  seen.tracker = seen.kind = "jira";
  seen.key = "T-1";
  seen.status = "To do";
  b.say(seen);
  CHECK(b.state("c2") == State::required);
  b.decide("c2", DecisionState::rejected);
  CHECK(b.state("c2") == State::rejected);
  REQUIRE(b.live.model().tickets.size() == 1);
  CHECK(b.live.model().tickets[0].status == "To do");
}

TEST_CASE("a component with another id is the same component") {
  SmallProduct b(
      text("component-type api \"API\"\nquestionnaire q \"Q\" for component of type api { "
           "question tls \"T?\" : yes-no }\n",
           "pattern p \"P\" { for component of type api  when not tls  risk r \"R\" { weakness "
           "w CWE-1 \"W\" { test junit \"w\"  countermeasure c \"M\" { required  mitigates 40% } "
           "} } }\n"));
  b.say(ComponentFact{"front", "t.api", false, {{"t.tls", false}}, {}});
  b.say(DecisionFact{"front/t.r", DecisionState::accepted, "", {}, "because", b.today(9)});
  TicketFact seen;
  seen.ticket = "work";
  seen.element = "front/t.c";
  seen.tracker = seen.kind = "jira";
  seen.key = "T-1";
  seen.status = "Done";
  b.say(seen);
  b.say(ApproveFact{approvable(b.live.model())});
  ComponentFact edge{"edge", "t.api", false, {}, {}};
  edge.was = "front";
  b.say(edge);
  const Model model = b.live.model();
  REQUIRE(model.risks.size() == 1);
  CHECK(model.risks[0].id == "edge/t.r");
  CHECK(model.risks[0].accepted_until);
  CHECK(model.risks[0].approved);
  CHECK(model.countermeasures[0].state == State::implemented);
  REQUIRE(model.tickets.size() == 1);
  CHECK(model.tickets[0].element == "edge/t.c");
  CHECK(reconcile(b.live).empty());
  // What still comes under the earlier id is about the same component.
  seen.status = "To do";
  b.say(seen);
  CHECK(b.live.model().countermeasures[0].state == State::required);
  b.say(AnswersFact{"front", {{"t.tls", true}}});
  CHECK(b.live.model().risks.empty());
}

TEST_CASE("a component gets an id back that it had, and none that another has") {
  SmallProduct b(
      text("component-type api \"API\"\nquestionnaire q \"Q\" for component of type api { "
           "question tls \"T?\" : yes-no }\n",
           "pattern p \"P\" { for component of type api  when not tls  risk r \"R\" { weakness "
           "w CWE-1 \"W\" { countermeasure c \"M\" { required  mitigates 40% } } } }\n"));
  const auto component = [](const std::string& id, const std::string& was) {
    ComponentFact fact{id, "t.api", false, {}, {}};
    fact.was = was;
    return fact;
  };
  const auto ids_after = [&](ComponentFact fact) -> std::string {
    FactBody body = std::move(fact);
    const auto errors = resolve(*b.policy, b.live.facts(), body, b.now);
    if (!errors.empty()) return errors.front().message;
    b.say(body);
    std::string names;
    for (const auto& [id, facts] : b.live.facts().components) names += id + " ";
    return names;
  };
  b.say(ComponentFact{"api", "t.api", false, {{"t.tls", false}}, {}});
  CHECK(ids_after(component("edge", "api")) == "edge ");
  CHECK(ids_after(component("edge", "api")) == "edge ");  // once more
  CHECK(ids_after(component("api", "edge")) == "api ");
  CHECK(ids_after(component("gate", "edge")) == "gate ");  // under the id before
  REQUIRE(b.live.model().risks.size() == 1);
  CHECK(b.live.model().risks[0].id == "gate/t.r");
  CHECK(ids_after(component("other", "")) == "gate other ");
  CHECK(ids_after(component("gate", "other")) == "there is a component `gate` already");
  CHECK(ids_after(component("api", "other")) == "`api` is an earlier id of the component `gate`");
}

}  // namespace riskd::tests::earlier_names_test
