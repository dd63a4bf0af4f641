// Who set a ticket's status, in each tracker on the web: riskd never writes over a person's word, and
// never takes its own for one, wherever it was killed.
#include "web_ticket_fake.hpp"

#include "connectors/trackers/status_origin.hpp"

namespace riskd::connectors::testing::web_origin_test {
namespace {

using Writes = std::vector<std::string>;

std::string any_tracker() {
  return GENERATE(as<std::string>{}, "azure", "github", "gitlab", "jira cloud", "jira data center",
                  "redmine");
}

// Azure DevOps sets a status and adds the comment at once.
std::string any_that_writes_twice() {
  return GENERATE(as<std::string>{}, "github", "gitlab", "jira cloud", "jira data center",
                  "redmine");
}

const RichText words{{"No longer needed.", false}};

// riskd closes what it knows as open.
Result<TicketView> close(FakeTicket& ticket, const std::string& effect = "e") {
  return ticket.tracker()->close(ticket.key(), effect, words, ticket.open());
}

TicketView must(Result<TicketView> view) {
  INFO((view ? "" : view.error().message + " " + view.error().where));
  REQUIRE(view.has_value());
  return std::move(*view);
}

StatusOrigin origin_of(FakeTicket& ticket) {
  const auto origin = ticket.tracker()->origin(ticket.listed());
  INFO((origin ? "" : origin.error().message + " " + origin.error().where));
  REQUIRE(origin.has_value());
  return *origin;
}

std::string status_of(const FakeTicket& ticket, const TicketView& view) {
  return ticket.has_states() ? view.state : view.status;
}

}  // namespace

TEST_CASE("a ticket that riskd closes or opens again has its status from riskd") {
  FakeTicket ticket(any_tracker());
  const TicketView closed = must(close(ticket));
  CHECK(ticket.writes == Writes{"status " + ticket.closed(), "comment"});
  CHECK(status_of(ticket, closed) == ticket.closed());
  CHECK(closed.closed == true);
  CHECK(closed.origin.actor == Actor::riskd);
  CHECK(closed.origin.person.empty());
  CHECK(closed.origin.remark.empty());
  const auto again = ticket.tracker()->reopen(ticket.key(), "r", words, ticket.closed());
  const TicketView open = must(again);
  CHECK(status_of(ticket, open) == ticket.open());
  CHECK(open.closed == false);
  CHECK(open.origin.actor == Actor::riskd);
  CHECK(origin_of(ticket).actor == Actor::riskd);
}

TEST_CASE("where riskd does not know the status, it closes whatever there is") {
  FakeTicket ticket(any_tracker());
  ticket.move("Jane", ticket.closed());
  ticket.move("Jane", ticket.open());
  CHECK(must(ticket.tracker()->close(ticket.key(), "e", words, "")).origin.actor == Actor::riskd);
}

TEST_CASE("killed after the status and before the comment, riskd adds the comment alone") {
  FakeTicket ticket(any_that_writes_twice());
  SECTION("the comment was never sent") { ticket.dies_at = 2; }
  SECTION("the status was set, and nothing came back") {
    ticket.dies_at = 1;
    ticket.carried_out = true;
  }
  CHECK_FALSE(close(ticket).has_value());
  CHECK(must(close(ticket)).origin.actor == Actor::riskd);
  CHECK(ticket.writes == Writes{"status " + ticket.closed(), "comment"});
}

TEST_CASE("killed after the comment, riskd writes nothing more") {
  FakeTicket ticket(any_tracker());
  ticket.dies_at = ticket.comment_write();
  ticket.carried_out = true;
  CHECK_FALSE(close(ticket).has_value());
  CHECK(must(close(ticket)).origin.actor == Actor::riskd);
  CHECK(ticket.writes == Writes{"status " + ticket.closed(), "comment"});
}

TEST_CASE("killed before the status was set, riskd does all of it") {
  FakeTicket ticket(any_tracker());
  ticket.dies_at = 1;
  CHECK_FALSE(close(ticket).has_value());
  CHECK(must(close(ticket)).origin.actor == Actor::riskd);
  CHECK(ticket.writes == Writes{"status " + ticket.closed(), "comment"});
}

TEST_CASE("killed between two statuses of its way, riskd goes on") {
  FakeTicket ticket(
      GENERATE(as<std::string>{}, "azure", "jira cloud", "jira data center", "redmine"));
  ticket.close_path = {"In Progress", "Done"};
  ticket.dies_at = 2;
  CHECK_FALSE(close(ticket).has_value());
  CHECK(ticket.status == "In Progress");
  CHECK(must(close(ticket)).origin.actor == Actor::riskd);
  CHECK(ticket.writes == Writes{"status In Progress", "status Done", "comment"});
}

TEST_CASE("if a person moved the ticket after riskd's comment, the status is theirs") {
  FakeTicket ticket(any_tracker());
  must(close(ticket));
  ticket.move("Jane", ticket.open());
  ticket.say("Jane", "We still need it.");
  const TicketView seen = must(close(ticket));
  CHECK(status_of(ticket, seen) == ticket.open());
  CHECK(seen.origin.actor == Actor::person);
  CHECK(seen.origin.person == "Jane");
  CHECK(seen.origin.remark == "We still need it.");
  CHECK(ticket.writes.size() == 2);
}

TEST_CASE("a ticket that a person moved meanwhile is left as it is") {
  FakeTicket ticket(any_tracker());
  SECTION("and nothing of riskd's was there") {}
  SECTION("between two tries of riskd's") {
    ticket.dies_at = 1;
    CHECK_FALSE(close(ticket).has_value());
  }
  ticket.say("Jane", "Fixed in 1.2");
  ticket.move("Jane", ticket.closed());
  const TicketView seen = must(close(ticket));
  CHECK(ticket.writes.empty());
  CHECK(status_of(ticket, seen) == ticket.closed());
  CHECK(seen.origin.actor == Actor::person);
  CHECK(seen.origin.person == "Jane");
  CHECK(seen.origin.remark == "Fixed in 1.2");
}

TEST_CASE("the comment failed and a person moved the ticket back: riskd does not close it again") {
  FakeTicket ticket(any_that_writes_twice());
  const auto tracker = ticket.tracker();
  ticket.dies_at = 2;
  CHECK_FALSE(tracker->close(ticket.key(), "e", words, ticket.open()).has_value());
  ticket.move("Jane", ticket.open());
  const TicketView seen = must(tracker->close(ticket.key(), "e", words, ticket.open()));
  CHECK(seen.origin.actor == Actor::person);
  CHECK(ticket.status == ticket.open());
  CHECK(ticket.writes == Writes{"status " + ticket.closed()});
  // Another effect may.
  CHECK(must(tracker->close(ticket.key(), "f", words, ticket.open())).origin.actor == Actor::riskd);
}

TEST_CASE("a ticket that is as it should be, and as riskd knew it, gets the comment") {
  FakeTicket ticket(any_tracker());
  ticket.move("Jane", ticket.closed());
  const TicketView seen = must(ticket.tracker()->close(ticket.key(), "e", words, ticket.closed()));
  CHECK(ticket.writes == Writes{"comment"});
  CHECK(seen.origin.actor == Actor::person);
}

TEST_CASE("where the tracker names nobody, the mark of the effect decides") {
  FakeTicket ticket(any_tracker());
  ticket.names_actors = false;
  SECTION("it is there, and the status is what the effect sets") {
    must(close(ticket));
    CHECK(must(close(ticket)).origin.actor == Actor::riskd);
    CHECK(ticket.writes.size() == 2);
  }
  SECTION("it is there, and the status is another one") {
    must(close(ticket));
    ticket.move("Jane", ticket.open());
    CHECK(must(close(ticket)).origin.actor == Actor::person);
    CHECK(ticket.writes.size() == 2);
  }
  SECTION("it is not there") {
    ticket.move("Jane", ticket.closed());
    CHECK(must(close(ticket)).origin.actor == Actor::person);
    CHECK(ticket.writes.empty());
    CHECK(origin_of(ticket).actor == Actor::unknown);
  }
}

TEST_CASE("the remark is what a person wrote last, at the change of the status or after it") {
  FakeTicket ticket(any_tracker());
  ticket.say("Bob", "Who can look at this?");
  SECTION("nothing at all") {
    ticket.move("Jane", ticket.closed());
    CHECK(origin_of(ticket).remark.empty());
  }
  SECTION("just before, by who closed it") {
    ticket.say("Jane", "Behind the gateway");
    ticket.say("Bob", "Really?");
    ticket.wait(2 * minute);
    ticket.move("Jane", ticket.closed());
    CHECK(origin_of(ticket).remark == "Behind the gateway");
  }
  SECTION("long before") {
    ticket.say("Jane", "I look at it tomorrow");
    ticket.wait(5 * minute);
    ticket.move("Jane", ticket.closed());
    CHECK(origin_of(ticket).remark.empty());
  }
  SECTION("just before, and before somebody else's status") {
    if (ticket.is_forge()) return;  // it reports who closed it without the history
    ticket.say("Jane", "Behind the gateway");
    ticket.move("Jane", ticket.closed());
    ticket.move(riskd_name, ticket.open());
    ticket.move("Jane", ticket.closed());
    CHECK(origin_of(ticket).remark.empty());
  }
  SECTION("after it, by anybody but riskd") {
    ticket.say("Jane", "Behind the gateway");
    ticket.move("Jane", ticket.closed());
    ticket.say("Bob", "It is *not* used any more");
    REQUIRE(ticket.tracker()->comment(ticket.key(), "c", words).has_value());
    const StatusOrigin origin = origin_of(ticket);
    CHECK(origin.actor == Actor::person);
    CHECK(origin.person == "Jane");
    CHECK(origin.remark ==
          (ticket.has_markup() ? "It is not used any more" : "It is *not* used any more"));
  }
  SECTION("on one line, cut, and without markers") {
    ticket.move("Jane", ticket.closed());
    ticket.say("Jane", "riskd:00ff\n\n" + std::string(600, 'x'));
    const std::string remark = origin_of(ticket).remark;
    CHECK_THAT(remark, Catch::StartsWith("riskd 00ff xxx") && Catch::EndsWith("x…"));
    CHECK(remark.size() == 500);
  }
}

TEST_CASE("a comment that only some may read is no remark") {
  FakeTicket ticket(
      GENERATE(as<std::string>{}, "gitlab", "jira cloud", "jira data center", "redmine"));
  ticket.move("Jane", ticket.closed());
  ticket.say("Jane", "Behind the gateway");
  ticket.say("Jane", "The password is on my desk", true);
  CHECK(origin_of(ticket).remark == "Behind the gateway");
}

TEST_CASE("a comment below a status of riskd's is reported, and the status stays riskd's") {
  FakeTicket ticket(any_tracker());
  must(close(ticket));
  ticket.say("Jane", "Thanks");
  const StatusOrigin origin = origin_of(ticket);
  CHECK(origin.actor == Actor::riskd);
  CHECK(origin.person.empty());
  CHECK(origin.remark == "Thanks");
}

TEST_CASE("a ticket that was never moved is as it was made") {
  FakeTicket ticket(any_tracker());
  CHECK(origin_of(ticket).actor == Actor::riskd);
}

TEST_CASE("the status of a listing counts, also where the ticket was moved since") {
  FakeTicket ticket(any_tracker());
  ticket.move("Jane", ticket.closed());
  const TicketView listed = ticket.listed();
  ticket.move("Bob", ticket.open());
  const auto origin = ticket.tracker()->origin(listed);
  REQUIRE(origin.has_value());
  CHECK(origin->person == "Jane");
}

TEST_CASE("a status of Jira's that was renamed since is the same one") {
  FakeTicket ticket(GENERATE(as<std::string>{}, "jira cloud", "jira data center"));
  ticket.renamed = true;
  ticket.move("Jane", "Done");
  CHECK(origin_of(ticket).person == "Jane");
}

TEST_CASE("a check reports which statuses count as finished") {
  FakeTicket redmine("redmine");
  std::string reported;
  for (const CheckStatus& each : redmine.tracker()->check().statuses)
    reported += each.name + (each.closed == true    ? " closed, "
                             : each.closed == false ? " open, "
                                                    : "?");
  CHECK(reported == "Done closed, In Progress open, To Do open, ");
  FakeTicket github("github");
  reported.clear();
  for (const auto& [state, reason] : github.tracker()->check().states)
    reported += state + ":" + reason + " ";
  CHECK(reported == "closed:completed closed:not_planned closed:duplicate closed: ");
}

TEST_CASE("a listing asks for no ticket's past") {
  FakeTicket ticket(GENERATE(as<std::string>{}, "github", "redmine"));
  ticket.move("Jane", ticket.closed());
  const auto tracker = ticket.tracker();
  const auto listing = tracker->list({Instant{}, {"p"}, {ticket.key()}});
  REQUIRE(listing.has_value());
  CHECK(listing->tickets.front().closed == true);
  CHECK(listing->tickets.front().origin.actor == Actor::unknown);
  // Redmine: who asks, and the list.
  CHECK(tracker->health().requests == (ticket.is_forge() ? 1 : 2));
}

TEST_CASE("an old Redmine is asked once which statuses are closed") {
  FakeTicket ticket("redmine");
  ticket.tells_closed = false;
  ticket.move("Jane", "Done");
  const auto tracker = ticket.tracker();
  for (int i = 0; i < 3; ++i) {
    const auto listing = tracker->list({Instant{}, {"p"}, {"1"}});
    REQUIRE(listing.has_value());
    REQUIRE(listing->tickets.size() == 2);
    CHECK(listing->tickets.front().closed == true);
  }
  CHECK(ticket.status_requests == 1);
}

}  // namespace riskd::connectors::testing::web_origin_test
