// Whose word a ticket's status is, and what must be open, as "Whose word" of docs/language.md says it.
#include <catch2/catch.hpp>

#include "engine/base/limits.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::own_status_test {
namespace {
using namespace engine;

const std::string head = R"(library t "T"
attribute risk { harm : number = 100 }
rating risk.inherent = harm
adjust implemented "I" { for countermeasure when state is implemented  reduce risk by mitigates }
rating product.rating = max(risks, current)
status-map jira { status is "Done" and resolution is "Won't Do" -> rejected  status is "Done" and resolution is "Duplicate" -> required  status is "Done" -> implemented  not closed -> required }
status-map github { state is "closed" and reason is "completed" -> implemented  state is "closed" and reason is "not_planned" -> rejected  state is "open" -> required }
evidence junit { outcome is failed -> failed  outcome is passed -> passed }
questionnaire q "Q" { question on "On?" : yes-no }
ticket work for countermeasure { open when state is required  title "{title}"  reopen when state is required  close when state in {rejected, not-applicable} }
)";

const std::string body = R"(
pattern p "P" { when on is not answered or on
  risk r "Risk" { weakness w CWE-1 "Weak" { test junit "w"  countermeasure c "Measure" { required  mitigates 40% } } } }
)";

// Kinds and names of what is to be done: "close work--t.c".
std::string effects(const LiveProduct& live) {
  std::string all;
  for (const Effect& each : reconcile(live))
    all += (all.empty() ? "" : ", ") + std::string(to_string(each.kind)) + " " + each.name;
  return all;
}

// A product with a ticket that riskd made.
struct Ticketed : SmallProduct {
  explicit Ticketed(const std::string& extra = "") : SmallProduct(head + extra + body) {
    riskd("To do");
  }
  TicketFact status(const std::string& status, const std::string& resolution = "") const {
    TicketFact fact;
    fact.ticket = "work";
    fact.element = "t.c";
    fact.tracker = fact.kind = "jira";
    fact.key = "T-1";
    fact.status = status;
    fact.resolution = resolution;
    return fact;
  }
  Ticketed& person(const std::string& to, const std::string& resolution = "",
                   const std::string& name = "") {
    TicketFact fact = status(to, resolution);
    fact.by = name;
    say(fact);
    return *this;
  }
  Ticketed& riskd(const std::string& to) {
    TicketFact fact = status(to);
    fact.own = true;
    say(fact);
    return *this;
  }
  Ticketed& person_deletes() {
    TicketFact fact = status("");
    fact.deleted = true;
    say(fact);
    return *this;
  }
  const TicketRow& row() const { return *live.model().ticket("work", "t.c"); }
  bool disputed() const { return row().disputed; }
};

}  // namespace

TEST_CASE("a ticket that riskd closed does not say that the work is done") {
  Ticketed b;
  CHECK(b.risk().current == 100);
  b.answer("on", false);
  CHECK(effects(b.live) == "close work--t.c");
  b.riskd("Done").person("Done");  // what the poll reads is still riskd's
  CHECK(b.row().own);
  b.answer("on", true);
  CHECK(b.state() == State::required);
  CHECK(b.risk().current == 100);
  CHECK(effects(b.live) == "reopen work--t.c");
  b.riskd("To do").person("Done");  // now a person worked
  CHECK(b.state() == State::implemented);
  CHECK(b.risk().current == 60);
  CHECK_FALSE(b.row().own);
}

TEST_CASE("a ticket that a person had closed before riskd wrote is theirs") {
  Ticketed b;
  b.person("Done").answer("on", false);
  CHECK(effects(b.live).empty());
  b.riskd("Done").answer("on", true);
  CHECK(b.state() == State::implemented);
  CHECK(effects(b.live).empty());
}

TEST_CASE("where the tracker names the person, the person set it") {
  Ticketed b;
  b.answer("on", false).answer("on", true);
  b.riskd("Done").person("Done", "", "eva");
  CHECK(b.state() == State::implemented);
  CHECK(b.row().by == "eva");
  CHECK_FALSE(b.row().own);
  b.person("Done", "Won't Do", "eva");
  CHECK(b.state() == State::rejected);
}

TEST_CASE("of a ticket the newest observations are kept, in whichever order they come") {
  Product product, backwards;
  const int count = static_cast<int>(limits::ticket_observations) + 30;
  const auto fold_one = [](Product& into, int i) {
    TicketFact fact;
    fact.ticket = "work";
    fact.element = "t.c";
    fact.status = std::to_string(i);
    fold(into, {{static_cast<std::uint64_t>(i), Instant{i}, ""}, fact});
  };
  for (int i = 1; i <= count; ++i) {
    fold_one(product, i);
    fold_one(backwards, count + 1 - i);
  }
  const auto& seen = product.tickets.begin()->second.seen;
  const auto& other = backwards.tickets.begin()->second.seen;
  REQUIRE(seen.size() == limits::ticket_observations);
  REQUIRE(other.size() == seen.size());
  for (std::size_t i = 0; i < seen.size(); ++i)
    CHECK(seen[i].value.status == other[i].value.status);
  CHECK(seen.back().value.status == std::to_string(count));
}

TEST_CASE("a decision that ends gives back what people did, not what riskd did") {
  Ticketed b;
  b.decide("c", DecisionState::not_applicable, b.today(3));
  CHECK(effects(b.live) == "close work--t.c");
  b.riskd("Done");
  CHECK(b.state() == State::not_applicable);
  b.pass_days(4);
  CHECK(b.state() == State::required);
  CHECK(b.risk().current == 100);
  CHECK(effects(b.live) == "reopen work--t.c");
}

TEST_CASE("work that the security team still wants is opened again once, and then disputed") {
  Ticketed b;
  b.person("Done", "Won't Do").decide("c", DecisionState::not_implemented);
  CHECK(b.state() == State::required);
  CHECK(effects(b.live) == "reopen work--t.c");
  b.riskd("To do").person("Done", "Won't Do");
  CHECK(effects(b.live).empty());
  CHECK(b.disputed());
  CHECK(b.state() == State::required);
  b.decide("c", DecisionState::required);  // somebody decides
  CHECK_FALSE(b.disputed());
  CHECK(effects(b.live) == "reopen work--t.c");
}

TEST_CASE("a closing that says nothing about the work is answered once") {
  for (const char* how : {"duplicate", "deleted", "closed without resolution"}) {
    CAPTURE(how);
    Ticketed b;
    const std::string kind = how;
    const auto close = [&] {
      if (kind == "duplicate") {
        b.person("Done", "Duplicate");
      } else if (kind == "deleted") {
        b.person_deletes();
      } else {
        TicketFact fact = b.status("Verworfen");  // a status that no row reads
        fact.closed = true;
        b.say(fact);
      }
    };
    close();
    CHECK(b.state() == State::required);
    CHECK(effects(b.live) == (kind == "deleted" ? "create work--t.c" : "reopen work--t.c"));
    b.riskd("To do");
    CHECK(effects(b.live).empty());
    close();
    CHECK(effects(b.live).empty());
    CHECK(b.disputed());
    b.person("To do");  // somebody opens it
    CHECK_FALSE(b.disputed());
  }
}

TEST_CASE("a status that no row reads is reported") {
  Ticketed b;
  CHECK(b.row().is_read);
  TicketFact fact = b.status("Verworfen");
  fact.closed = true;
  b.say(fact);
  CHECK_FALSE(b.row().is_read);
  std::vector<TicketNote> notes;
  reconcile(b.live, &notes);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].unread == "Verworfen");
  fact.closed = false;
  CHECK(b.say(fact).live.model().ticket("work", "t.c")->is_read);
}

TEST_CASE("a decision `required` overrules an earlier rejection in the ticket, and no later one") {
  Ticketed b;
  b.person("Done", "Won't Do");
  CHECK(b.state() == State::rejected);
  b.decide("c", DecisionState::required);
  CHECK(b.state() == State::required);
  CHECK(effects(b.live) == "reopen work--t.c");
  b.riskd("To do").person("Done", "Won't Do");
  CHECK(b.state() == State::rejected);
}

TEST_CASE("`required` of a disputed ticket insists on the work") {
  Ticketed b;
  b.person("Done");
  b.decide("c", DecisionState::not_implemented);
  CHECK(effects(b.live) == "reopen work--t.c");
  b.riskd("To do").person("Done");
  CHECK(b.live.model().tickets.at(0).disputed);
  b.decide("c", DecisionState::required);
  CHECK(b.state() == State::required);
  CHECK(effects(b.live) == "reopen work--t.c");
  b.riskd("To do").person("Done");
  CHECK(b.state() == State::implemented);
  // What was never in doubt stays done.
  Ticketed other;
  other.person("Done");
  other.decide("c", DecisionState::required);
  CHECK(other.state() == State::implemented);
}

const std::string bugs =
    "ticket bug for weakness { open when tested is failed and not any(risks, accepted-until >= "
    "today)  title \"{title}\" }\n";

TEST_CASE("a ticket that a person closed opens for a failure, and not for a pass") {
  Ticketed b(bugs);
  const auto bug = [&](const std::string& status, bool own) {
    b.ticket(status, own, false, "t.w", "bug");
  };
  b.result("junit", "w", TestOutcome::failed);
  bug("To do", true);
  bug("Done", false);
  CHECK(effects(b.live).find("bug") == std::string::npos);
  b.result("cucumber", "other", TestOutcome::passed);
  CHECK(effects(b.live).find("bug") == std::string::npos);
  b.result("junit", "w", TestOutcome::failed);
  CHECK(effects(b.live).find("reopen bug--t.w") != std::string::npos);
}

TEST_CASE("a failure counts again when an acceptance or a false positive has ended") {
  for (const bool accepted : {true, false}) {
    Ticketed b(bugs);
    b.result("junit", "w", TestOutcome::failed);
    b.ticket("To do", true, false, "t.w", "bug");
    if (accepted) b.decide("r", DecisionState::accepted, b.today(3));
    if (!accepted)
      b.say(DecisionFact{"junit:w", DecisionState::false_positive, "", {}, "no", b.today(3)});
    b.ticket("Done", false, false, "t.w", "bug");
    CHECK(effects(b.live).find("bug") == std::string::npos);
    b.pass_days(5);
    CHECK(b.wanted("bug", "w") == "open");
    CHECK(effects(b.live).find("reopen bug--t.w") != std::string::npos);
  }
}

TEST_CASE("of two templates' tickets of one countermeasure the newest status counts") {
  Ticketed b(
      "ticket second for countermeasure { open when state is required  title \"2: {title}\" }\n");
  TicketFact other = b.status("Done");
  other.ticket = "second";
  other.key = "T-2";
  b.say(other);
  CHECK(b.state() == State::implemented);
  b.person("In review").person("To do");
  CHECK(b.state() == State::required);
  other.resolution = "Won't Do";
  b.say(other);
  CHECK(b.state() == State::rejected);
}

TEST_CASE("a named map reads the tickets of its tracker") {
  Ticketed b(
      "status-map jira platform { status is \"Shipped\" -> implemented  not closed -> "
      "required }\n");
  b.person("Shipped");
  CHECK(b.state() == State::required);
  TicketFact fact = b.status("Shipped");
  fact.map = "platform";
  b.say(fact);
  CHECK(b.state() == State::implemented);
  fact.status = "Done";
  CHECK(b.say(fact).state() == State::required);
}

TEST_CASE("the tickets of a removed product close with a comment") {
  Ticketed b;
  ProductFact gone;
  gone.removed = true;
  b.say(gone);
  CHECK(b.live.model().risks.empty());
  REQUIRE(effects(b.live) == "close work--t.c");
  CHECK(to_plain(reconcile(b.live).at(0).text).find("removed") != std::string::npos);
  ProductFact back;
  b.riskd("Done").say(back);
  CHECK(b.state() == State::required);
  CHECK(effects(b.live) == "reopen work--t.c");
}

}  // namespace riskd::tests::own_status_test
