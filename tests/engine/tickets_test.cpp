// Tickets and what is done about them, as "Tickets" and "Trackers" of docs/language.md say it.
#include <catch2/catch.hpp>

#include "engine/evaluate/reconcile.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::tickets_test {
namespace {
using namespace engine;

const std::string head = R"(library t "T"
bands severity { low 0, high 60 }
attribute risk { harm : number = 75 }
attribute weakness { limit : number = 1 }
rating risk.inherent = harm
adjust implemented "I" { for countermeasure when state is implemented  reduce risk by mitigates }
rating product.rating = max(risks, current)
status-map jira { status is "Done" -> implemented  otherwise -> required }
status-map github { state is "closed" and reason is "completed" -> implemented  state is "closed" and labels includes "Later" -> not-applicable }
evidence junit { outcome is failed -> failed  outcome is passed -> passed }
questionnaire q "Q" { question on "On?" : yes-no }
)";

const std::string body = R"(
pattern p "P" { when on is not answered or on
  risk r "Risk" { weakness w CWE-1 "Weak" { test junit "w"  test junit "w2"  countermeasure c "Measure" { required  mitigates 40% } } } }
)";

SmallProduct with(const std::string& templates) { return SmallProduct(head + templates + body); }

// What is to be done, one line for each.
std::string effects(const LiveProduct& live) {
  std::string all;
  for (const Effect& each : reconcile(live)) {
    all += std::string(to_string(each.kind)) + " " + each.name;
    for (const std::string& label : each.labels) all += " #" + label;
    if (!each.priority.empty()) all += " !" + each.priority;
    if (!each.title.empty()) all += " \"" + to_plain(each.title) + "\"";
    if (!each.text.empty()) all += ": " + to_plain(each.text);
    if (!each.other_key.empty()) all += " -> " + each.other_key;
    all += "\n";
  }
  return all;
}

TicketFact seen(const std::string& ticket, const std::string& element, const std::string& status,
                const std::string& tracker = "jira", const std::string& key = "T-1") {
  TicketFact fact;
  fact.ticket = ticket;
  fact.element = element;
  fact.tracker = fact.kind = tracker;
  fact.key = key;
  fact.status = status;
  return fact;
}

}  // namespace

TEST_CASE("a ticket of a risk opens, is closed by a person, and reopens for a newer fact") {
  const std::string text =
      "ticket note for risk { open when current > 50  title \"{title}\"  labels \"a\", \"b\"  "
      "priority match band { low: \"P2\", high: \"P1\" }  reopen when current > 50 }";
  SmallProduct b = with(text);
  CHECK(b.wanted("note", "r") == "open");
  CHECK(effects(b.live) == "create note--t.r #a #b !P1 \"Risk\"\n");
  b.say(seen("note", "t.r", "To do"));
  CHECK(effects(b.live).empty());
  b.say(seen("note", "t.r", "Done"));
  CHECK(b.wanted("note", "r") == "closed");
  CHECK(effects(b.live).empty());
  b.decide("r", DecisionState::accepted, b.today());
  CHECK(b.wanted("note", "r") == "open");
  CHECK(effects(b.live) ==
        "reopen note--t.r: Opened again: the security team decided `accepted`, x: because\n");
  SmallProduct tested = with(text);
  tested.say(seen("note", "t.r", "Done"));
  CHECK(tested.wanted("note", "r") == "closed");
  tested.result("junit", "w", TestOutcome::failed);  // of a weakness of the risk
  CHECK(tested.wanted("note", "r") == "open");
}

TEST_CASE("a ticket of a weakness reopens for a newer decision too") {
  SmallProduct b = with(
      "ticket bug for weakness { open when tested is failed  title \"{title}\"  close when tested "
      "is passed "
      "with \"Passed in {run.name}\"  reopen when tested is failed }");
  CHECK(b.wanted("bug", "w") == "none");
  CHECK(effects(b.result("junit", "w", TestOutcome::failed).live) == "create bug--t.w \"Weak\"\n");
  b.say(seen("bug", "t.w", "To do")).say(seen("bug", "t.w", "Done"));
  CHECK(b.wanted("bug", "w") == "closed");
  b.say(DecisionFact{"t.w", DecisionState::set, "limit", 2.0, "why", {}});
  CHECK(b.wanted("bug", "w") == "open");
  CHECK(effects(b.live) ==
        "reopen bug--t.w: Opened again: the security team decided `set`, x: why\n");
  b.say(seen("bug", "t.w", "To do")).result("junit", "w", TestOutcome::passed);
  CHECK(effects(b.live) == "close bug--t.w: Passed in junit\n");
}

TEST_CASE("tickets are related where both are known on one tracker, once") {
  const std::string text =
      "ticket work for countermeasure { open when state is required  title \"{title}\" }\n"
      "ticket bug for weakness { open when tested is failed  title \"{title}\"  relate to work of "
      "countermeasures }\n"
      "ticket note for risk { open when yes  title \"{title}\"  relate to bug of weaknesses }\n"
      "ticket task for countermeasure { open when state is required  title \"{title}\"  relate to "
      "work }\n";
  SmallProduct b = with(text);
  b.result("junit", "w", TestOutcome::failed);
  b.say(seen("bug", "t.w", "To do", "jira", "B-1"));
  b.say(seen("note", "t.r", "To do", "jira", "N-1"))
      .say(seen("task", "t.c", "To do", "jira", "K-1"));
  CHECK(effects(b.live) == "link note--t.r -> B-1\ncreate work--t.c \"Measure\"\n");
  b.say(seen("work", "t.c", "open", "github", "W-1"));  // another tracker
  CHECK(effects(b.live) == "link note--t.r -> B-1\n");
  b.say(seen("work", "t.c", "To do", "jira", "W-2"));
  CHECK(effects(b.live) == "link bug--t.w -> W-2\nlink note--t.r -> B-1\nlink task--t.c -> W-2\n");
  for (const Effect& each : reconcile(b.live))
    b.say(ToldFact{each.ticket, each.element, each.watched, false});
  CHECK(effects(b.live).empty());
  TicketFact gone = seen("bug", "t.w", "", "jira", "B-1");
  gone.deleted = true;
  b.say(gone);
  // Nothing to relate to; and the work is still wanted.
  CHECK(effects(b.live) == "create bug--t.w \"Weak\"\n");
}

TEST_CASE("tickets of risks are related to those of their countermeasures, and the other way") {
  SmallProduct b = with(
      "ticket work for countermeasure { open when no or state is required  title \"{title}\"  "
      "relate to "
      "note of risks }\n"
      "ticket bug for weakness { open when tested is failed  title \"{title}\" }\n"
      "ticket note for risk { open when current > 0  title \"{title}\"  relate to work of "
      "countermeasures }\n");
  b.say(seen("work", "t.c", "To do", "jira", "W-1"))
      .say(seen("note", "t.r", "To do", "jira", "N-1"));
  CHECK(effects(b.live) == "link note--t.r -> W-1\nlink work--t.c -> N-1\n");
}

TEST_CASE("an open ticket gets comments about changes, and a closed one does not") {
  SmallProduct b = with(
      "ticket bug for weakness { open when tested is failed  title \"{title}\"  update when "
      "failing-tests "
      "changes with \"Failing: {failing-tests}\"  reopen when tested is failed }");
  b.result("junit", "w", TestOutcome::failed).say(seen("bug", "t.w", "To do"));
  b.say(ToldFact{"bug", "t.w", "w", false});
  CHECK(effects(b.live).empty());
  b.result("junit", "w2", TestOutcome::failed);
  CHECK(effects(b.live) == "comment bug--t.w: Failing: w, w2\n");
  b.say(ToldFact{"bug", "t.w", "w, w2", false});
  CHECK(effects(b.live).empty());
  b.say(seen("bug", "t.w", "Done"));
  CHECK(effects(b.live).empty());
  b.result("junit", "w", TestOutcome::failed);
  CHECK(effects(b.live) == "reopen bug--t.w: Failing: w, w2\n");
  b.say(seen("bug", "t.w", "To do"));
  b.result("junit", "w", TestOutcome::passed).result("junit", "w2", TestOutcome::passed);
  CHECK(effects(b.live).empty());  // there is nothing left to tell
}

TEST_CASE("the first row that fits says what a status means; without row or map it is `required`") {
  const std::string text =
      "ticket work for countermeasure { open when state is required  title \"{title}\" }";
  const auto state = [&](const TicketFact& fact) {
    SmallProduct b = with(text);
    return std::string(to_string(b.say(fact).state()));
  };
  TicketFact issue = seen("work", "t.c", "", "github");
  issue.state = "Closed";
  issue.reason = "COMPLETED";
  CHECK(state(issue) == "implemented");
  issue.reason = "not_planned";
  CHECK(state(issue) == "required");  // no row fits
  issue.labels = {"wanted", "later"};
  CHECK(state(issue) == "not-applicable");
  issue.labels = {"latest"};
  CHECK(state(issue) == "required");
  CHECK(state(seen("work", "t.c", "Done", "redmine")) == "required");  // no map
  TicketFact gone = seen("work", "t.c", "Done");
  gone.deleted = true;
  CHECK(state(gone) == "required");
  SmallProduct b = with(text);
  b.say(issue);
  CHECK(b.live.model().ticket("work", "t.c")->status == "Closed");
  CHECK(b.live.model().ticket("work", "t.c")->how == "not_planned");
  CHECK(b.say(gone).live.model().ticket("work", "t.c")->status == "deleted");
}

TEST_CASE("a ticket whose element or template the policy has lost gets one comment or none") {
  const std::string text =
      "ticket work for countermeasure { open when state is required  title \"{title}\" }";
  SmallProduct b = with(text);
  b.say(seen("work", "t.c", "To do"));
  SmallProduct other(head + text +
                     "pattern p \"P\" { when yes risk r \"R\" { weakness w CWE-1 \"W\" { "
                     "countermeasure d \"D\" } } }");
  const LiveProduct lost = b.live.under(other.policy, b.now);
  CHECK(effects(lost) == "comment work--t.c: No longer applies: the policy no longer has it\n");
  SmallProduct bare(head + body);
  const LiveProduct untold = b.live.under(bare.policy, b.now);
  CHECK(effects(untold) ==
        "comment work--t.c: No longer applies: the policy makes no such tickets any more\n");
  REQUIRE(untold.model().tickets.size() == 1);
  CHECK(untold.model().tickets[0].cause.find("no such ticket") != std::string::npos);
  b.answer("on", false);
  CHECK(effects(b.live) ==
        "comment work--t.c: No longer applies: no pattern that applies to the product needs it any "
        "more\n");
  b.say(ToldFact{"work", "t.c", "", true});
  CHECK(effects(b.live).empty());
  b.say(seen("work", "t.c", "Done"));
  CHECK(b.wanted("work", "c") == "closed");
  CHECK(effects(b.live).empty());
  CHECK(b.answer("on", true).state() == State::implemented);
}

TEST_CASE(
    "a ticket that should be open and was deleted is made anew once, and a closed one is not") {
  SmallProduct b = with(
      "ticket work for countermeasure { open when state is required  title \"{title}\"  reopen "
      "when state "
      "is required }");
  TicketFact gone = seen("work", "t.c", "To do");
  gone.deleted = true;
  TicketFact made = seen("work", "t.c", "To do");
  made.own = true;
  b.say(made).say(gone);
  CHECK(effects(b.live) == "create work--t.c \"Measure\"\n");  // nobody did the work
  b.say(made).say(gone);
  CHECK(effects(b.live).empty());  // a person deleted it twice
  CHECK(b.live.model().ticket("work", "t.c")->disputed);
  b.decide("c", DecisionState::required);
  CHECK(effects(b.live) == "create work--t.c \"Measure\"\n");
  b.answer("on", false);
  CHECK(effects(b.live).empty());
}

TEST_CASE("the observation of a ticket with the later time holds, in whatever order they come") {
  SmallProduct b =
      with("ticket work for countermeasure { open when state is required  title \"{title}\" }");
  b.say(seen("work", "t.c", "Done"));
  const Instant earlier{b.now.ms - 500};
  b.live.apply({{{++b.seq, earlier, "x"}, seen("work", "t.c", "To do")}}, b.now);
  CHECK(b.state() == State::implemented);
  CHECK(b.say(seen("work", "t.c", "To do")).state() == State::required);
}

TEST_CASE("elements of components have their own tickets") {
  SmallProduct b(head +
                 "component-type api \"API\"\nticket work for countermeasure { open when state is "
                 "required and approved  title \"{title} of {component.id}\" }\n"
                 "pattern p \"P\" { for component of type api  when yes  risk r \"R\" { weakness w "
                 "CWE-1 \"W\" { countermeasure c \"C\" { required } } } }");
  b.say(ComponentFact{"front", "t.api", false, {}, {}});
  CHECK(effects(b.live).empty());
  b.say(ApproveFact{{"front/t.c"}});
  CHECK(effects(b.live) == "create work--front--t.c \"C of front\"\n");
  b.say(seen("work", "front/t.c", "Done"));
  CHECK(b.live.model().countermeasure("front/t.c")->state == State::implemented);
  b.say(ComponentFact{"front", "", true, {}, {}});
  CHECK(b.wanted("work", "c") == "none");
  REQUIRE(b.live.model().tickets.size() == 1);
  CHECK(b.live.model().tickets[0].desired == Desired::closed);
}

}  // namespace riskd::tests::tickets_test
