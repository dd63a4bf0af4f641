// Who set a file's status: riskd never writes over a person's word, and says whose it is.
#include "tests/connectors/directory_fixture.hpp"

using namespace riskd;
using namespace riskd::connectors;
using namespace riskd::connectors::testing;

namespace riskd::tests::directory_origin_test {

namespace {

const std::string key = "shop/a";

// A ticket of riskd's.
struct Ticket : World {
  Ticket() { must(tracker->create(ticket("a", "01"))); }

  void edit(const std::string& from, const std::string& to) const {
    std::string changed = text(key);
    const std::size_t at = changed.find(from);
    REQUIRE(at != std::string::npos);
    write(key, changed.replace(at, from.size(), to));
  }
  void append(const std::string& lines) const { write(key, text(key) + lines); }

  TicketView close(const std::string& seen, const std::string& effect = "e1") const {
    return must(tracker->close(key, effect, plain("No longer needed"), seen));
  }
  TicketView reopen(const std::string& seen, const std::string& effect = "e2") const {
    return must(tracker->reopen(key, effect, plain("It is back"), seen));
  }
  StatusOrigin origin() const {
    TicketView listed;
    listed.key = key;
    return must(tracker->origin(listed));
  }
};

}  // namespace

TEST_CASE("a status that riskd sets is riskd's, until a person sets another one") {
  const Ticket ticket;
  CHECK(ticket.origin().actor == Actor::unknown);
  const TicketView closed = ticket.close("To Do");
  CHECK(closed.status == "Done");
  CHECK(closed.origin.actor == Actor::riskd);
  CHECK(ticket.origin().actor == Actor::riskd);
  CHECK(ticket.origin().remark.empty());
  ticket.edit("Status: Done", "Status: In Progress");
  CHECK(ticket.origin().actor == Actor::unknown);
  CHECK(ticket.close("To Do").origin.actor == Actor::person);
  CHECK(ticket.reopen("In Progress").origin.actor == Actor::riskd);
  CHECK(must(ticket.tracker->create(riskd::connectors::testing::ticket("a", "01"))).origin.actor ==
        Actor::riskd);
}

TEST_CASE("a file whose status a person set stays byte by byte, and their status is reported") {
  const Ticket ticket;
  ticket.edit("Status: To Do\n", "Status: done\nBy: Jane\nReason: behind the *gateway*\n");
  const std::string before = ticket.text(key);
  const TicketView seen = ticket.close("To Do");
  CHECK(ticket.text(key) == before);
  CHECK(seen.status == "done");
  CHECK(seen.origin.actor == Actor::person);
  CHECK(seen.origin.person == "Jane");
  CHECK(seen.origin.remark == "behind the *gateway*");
  CHECK(ticket.reopen("To Do").status == "done");
  CHECK(ticket.text(key) == before);
  // Compared as people read it; without a status to compare, riskd writes.
  CHECK(ticket.reopen("DONE").status == "To Do");
}

TEST_CASE("a ticket that is found again says whose status it has") {
  const Ticket ticket;
  const NewTicket wanted = riskd::connectors::testing::ticket("a", "01");
  CHECK(must(ticket.tracker->create(wanted)).origin.actor == Actor::riskd);
  ticket.edit("Status: To Do\n", "Status: Done\n");
  CHECK(must(ticket.tracker->create(wanted)).origin.actor == Actor::person);
}

TEST_CASE("an effect that is in the file changes nothing, whatever the status is now") {
  const Ticket ticket;
  ticket.close("To Do");
  const std::string before = ticket.text(key);
  CHECK(ticket.close("To Do").origin.actor == Actor::riskd);
  CHECK(ticket.close("").origin.actor == Actor::riskd);
  CHECK(ticket.text(key) == before);
}

TEST_CASE("`By:` and `Reason:` go with the status that they spoke of") {
  const Ticket ticket;
  ticket.edit("Status: To Do\n", "BY :  Jane \nStatus: Done\nreason: fixed in 1.2\n");
  const TicketView open = ticket.reopen("Done");
  CHECK(open.status == "To Do");
  CHECK(open.origin.actor == Actor::riskd);
  CHECK(open.origin.remark.empty());
  const std::string text = ticket.text(key);
  CHECK_THAT(text, Catch::StartsWith("Status: To Do\nLabels: "));
  CHECK_THAT(text, Catch::EndsWith("## Comments\n\n### 2026-11-23 02:10\n\n"
                                   "Before: Done by Jane, reason: fixed in 1.2\n\nIt is back\n\n"
                                   "<!-- riskd:effect e2 sets To%20Do -->\n"));
  SECTION("so an old reason is none for the next status") {
    ticket.edit("Status: To Do\n", "Status: Done\n");
    CHECK(ticket.origin().actor == Actor::unknown);
    CHECK(ticket.origin().person.empty());
    CHECK(ticket.origin().remark.empty());
  }
  SECTION("and a new one is") {
    ticket.edit("Status: To Do\n", "Status: Done\nBy: Bob\nReason: now really\nReason:\n");
    CHECK(ticket.origin().person == "Bob");
    CHECK(ticket.origin().remark == "now really");
  }
}

TEST_CASE("a comment of riskd's leaves `By:` and `Reason:` where they are") {
  const Ticket ticket;
  ticket.edit("Status: To Do\n", "Status: Done\nBy: Jane\nReason: fixed\n");
  must(ticket.tracker->comment(key, "c", plain("A test failed")));
  must(ticket.tracker->close(key, "e", plain("No longer needed"), "Done"));
  CHECK_THAT(ticket.text(key), Catch::StartsWith("Status: Done\nBy: Jane\nReason: fixed\n"));
  CHECK(ticket.origin().person == "Jane");
  CHECK(ticket.origin().remark == "fixed");
}

TEST_CASE("without `Reason:` the remark is the last block under the comments that is a person's") {
  const Ticket ticket;
  ticket.edit("Status: To Do\n", "Status: Done\n");
  SECTION("of several") {
    ticket.append("\n## Comments\n\nFirst.\n\n### 2026-11-24 Jane\n\nWe have\n**done** it.\n");
    CHECK(ticket.origin().remark == "We have done it.");
  }
  SECTION("below a comment of riskd's, and above another one") {
    must(ticket.tracker->comment(key, "c1", plain("A test failed")));
    ticket.append("\nIt runs in the\nother cluster.\n");
    must(ticket.tracker->comment(key, "c2", plain("Two tests failed:\n\n- a\n- b")));
    CHECK(ticket.origin().remark == "It runs in the other cluster.");
  }
  SECTION("with a heading in code, and CRLF") {
    ticket.append("\r\n## COMMENTS\r\n\r\nRun\r\n```\r\n# make\r\n```\r\n");
    CHECK(ticket.origin().remark == "Run make");
  }
  SECTION("not elsewhere") {
    ticket.append("\n## Comments\n\n## Notes\n\nnothing of this\n");
    CHECK(ticket.origin().remark.empty());
  }
}

TEST_CASE("what people wrote before riskd's last status is no remark to a later one") {
  const Ticket ticket;
  ticket.edit("Status: To Do\n", "Status: Done\n");
  ticket.append("\n## Comments\n\nFixed in 1.2\n");
  CHECK(ticket.origin().remark == "Fixed in 1.2");
  ticket.reopen("Done");
  CHECK(ticket.origin().remark.empty());
  ticket.edit("Status: To Do\n", "Status: Done\n");
  CHECK(ticket.origin().remark.empty());
  ticket.append("\nFixed in 1.3\n");
  CHECK(ticket.origin().remark == "Fixed in 1.3");
}

TEST_CASE("a mark that a person has damaged is no mark") {
  const Ticket ticket;
  ticket.close("To Do");
  ticket.edit("e1 sets Done -->", "e1 sets");
  CHECK(ticket.origin().actor == Actor::unknown);
  CHECK(ticket.reopen("Done").origin.actor == Actor::riskd);
}

}  // namespace riskd::tests::directory_origin_test
