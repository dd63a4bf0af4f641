// What a scenario says of a ticket, held against the engine with the fact that a tracker would post.
#include <catch2/catch.hpp>

#include "dsl/compile.hpp"
#include "dsl/scenario/scenario.hpp"
#include "engine/evaluate/model.hpp"
#include "engine/facts/product.hpp"

using namespace riskd;

namespace riskd::tests::ticket_facts_test {

namespace {

const std::string policy_text = R"(library t "T"
rating risk.inherent = 50
status-map jira { status is "Done" -> implemented  otherwise -> required }
status-map jira mobile { status is "In the store" -> implemented  labels includes "no" -> rejected }
status-map redmine { closed and status is not "Rejected" -> implemented  closed -> rejected }
status-map azure { closed and reason is "Cut" -> rejected  closed -> implemented  state is "Resolved" -> not-applicable }
status-map gitlab { state is "closed" and reason is "duplicate" -> not-applicable  state is "closed" -> implemented }
pattern always "Always" {
  when yes
  risk r "R" { weakness w CWE-5 "W" { countermeasure c "C" { required } } }
}
ticket work for countermeasure { open when state is required title "{title}" close when no }
)";

struct Case {
  std::string said;  // of the ticket
  engine::TicketFact fact;
};

engine::TicketFact fact(std::string kind, std::string map = {}) {
  engine::TicketFact made;
  made.ticket = "work";
  made.element = "t.c";
  made.tracker = made.kind = std::move(kind);
  made.map = std::move(map);
  made.key = "T-1";
  return made;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* map : {"", "mobile"}) {
    for (const char* status : {"Done", "In the store", "New"}) {
      Case each{std::string("status \"") + status + "\" on jira " + map, fact("jira", map)};
      each.fact.status = status;
      all.push_back(each);
    }
  }
  all.push_back({"labels \"a\", labels \"no\" on jira mobile", fact("jira", "mobile")});
  all.back().fact.labels = {"a", "no"};
  for (const bool closed : {true, false}) {
    for (const char* status : {"Closed", "Rejected"}) {
      Case each{std::string("status \"") + status + "\", closed " + (closed ? "yes" : "no") +
                    " on redmine",
                fact("redmine")};
      each.fact.status = status;
      each.fact.closed = closed;
      all.push_back(each);
    }
  }
  for (const char* reason : {"duplicate", "other"}) {
    Case each{std::string("state \"closed\", reason \"") + reason + "\" on gitlab", fact("gitlab")};
    each.fact.state = "closed";
    each.fact.reason = reason;
    all.push_back(each);
  }
  // Where it does not say whether it is closed, the states count that the processes end with.
  for (const char* state : {"Done", "Closed", "Removed", "Resolved", "Released"}) {
    for (const char* reason : {"Cut", "Completed"}) {
      Case each{std::string("state \"") + state + "\", reason \"" + reason + "\" on azure",
                fact("azure")};
      each.fact.state = state;
      each.fact.reason = reason;
      all.push_back(each);
    }
  }
  all.push_back({"state \"Released\", closed yes on azure", fact("azure")});
  all.back().fact.state = "Released";
  all.back().fact.closed = true;
  return all;
}

}  // namespace

TEST_CASE("a ticket in a scenario counts as the same ticket in its tracker") {
  const Instant now{1'795'392'000'000};
  for (const Case& each : cases()) {
    INFO(each.said);
    dsl::Sources plain;
    plain.emplace_back("t.risk", policy_text);
    const dsl::Compilation policy = dsl::compile(std::move(plain));
    REQUIRE(policy.sound());
    engine::Product product;
    engine::fold(product, {{1, now, "tracker"}, each.fact});
    const engine::Model model = engine::evaluate(*policy.program, product, now);
    REQUIRE(model.countermeasure("t.c") != nullptr);
    const std::string state(engine::to_string(model.countermeasure("t.c")->state));
    dsl::Sources sources;
    sources.emplace_back("t.risk", policy_text + "scenario \"s\" { given ticket work for c has " +
                                       each.said + "  expect countermeasure c is " + state +
                                       " }\n");
    const dsl::Compilation with_scenario = dsl::compile(std::move(sources));
    REQUIRE(with_scenario.sound());
    const dsl::ScenarioRun run = dsl::run_scenarios(with_scenario, "", now);
    REQUIRE(run.scenarios.size() == 1);
    for (const dsl::ScenarioFailure& failure : run.scenarios.front().failures)
      FAIL_CHECK(failure.message);
  }
}

}  // namespace riskd::tests::ticket_facts_test
