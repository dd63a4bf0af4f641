// The directory tracker does what a tracker does, once, and leaves alone what people wrote.
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/connectors/directory_fixture.hpp"

using namespace riskd;
using namespace riskd::connectors;
using namespace riskd::connectors::testing;
namespace fs = std::filesystem;

namespace riskd::tests::directory_tracker_test {

TEST_CASE("a new ticket is a file that says what was asked for") {
  World world;
  const TicketView view = must(world.tracker->create(ticket("requirement--web.tls", "3f0c")));
  CHECK(view.key == "shop/requirement--web.tls");
  CHECK(view.marker == "3f0c");
  CHECK(view.status == "To Do");
  CHECK(view.labels == Names{"security-requirement"});
  CHECK(view.updated.ms > 0);
  CHECK(view.origin.actor == Actor::riskd);
  CHECK_FALSE(view.closed.has_value());
  CHECK(world.text(view.key) ==
        "Status: To Do\nLabels: security-requirement\nPriority: Highest\nMarker: riskd:3f0c\n\n"
        "# Throttle sign-ins\n\nWhy: &lt;b&gt;\n");
  CHECK(world.files("shop") == Names{"requirement--web.tls.md"});
  CHECK(world.tracker->kind() == "directory");
  CHECK(world.tracker->name() == "files");
}

TEST_CASE("creating a ticket again finds it by its marker, also under another name") {
  World world;
  must(world.tracker->create(ticket("a", "01")));
  CHECK(must(world.tracker->create(ticket("a", "01"))).key == "shop/a");
  fs::rename(world.path("shop/a"), world.path("shop/Drosselung für Login"));
  CHECK(must(world.tracker->create(ticket("a", "01"))).key == "shop/Drosselung für Login");
  CHECK(world.keys() == Names{"shop/Drosselung für Login"});
  CHECK(must(world.tracker->close("shop/Drosselung für Login", "e", {}, "")).status == "Done");
}

TEST_CASE("looking for a ticket makes nothing") {
  World world;
  CHECK_FALSE(must(world.tracker->look_for(ticket("a", "01"))).has_value());
  CHECK_FALSE(fs::exists(fs::path(world.path("shop/a")).parent_path()));
  must(world.tracker->create(ticket("a", "01")));
  CHECK(must(world.tracker->look_for(ticket("a", "01")))->key == "shop/a");
  CHECK_FALSE(must(world.tracker->look_for(ticket("a", "02"))).has_value());
}

TEST_CASE("a ticket is not made where its maker cannot store that it is about to be") {
  World world;
  connectors::NewTicket wanted = ticket("a", "01");
  wanted.before_making = [] { return fail(ErrorCode::unavailable, "no room"); };
  CHECK(error_of(world.tracker->create(wanted)).message == "no room");
  CHECK(world.files("shop").empty());
}

TEST_CASE("a name that is taken gets a suffix and the other file stays as it is") {
  World world;
  world.write("shop/a", "my notes");
  CHECK(must(world.tracker->create(ticket("a", "01"))).key == "shop/a-2");
  CHECK(must(world.tracker->create(ticket("a", "02"))).key == "shop/a-3");
  CHECK(must(world.tracker->create(ticket("a", "01"))).key == "shop/a-2");
  CHECK(world.text("shop/a") == "my notes");
}

TEST_CASE("a very long name is cut, and its marker keeps it distinct") {
  World world;
  const std::string name(250, 'n');
  const std::string first = must(world.tracker->create(ticket(name, "01"))).key;
  const std::string second = must(world.tracker->create(ticket(name, "02"))).key;
  CHECK(first != second);
  CHECK(must(world.tracker->create(ticket(name, "01"))).key == first);
  CHECK(world.keys() == Names{first, second});
}

TEST_CASE("closing sets the status and comments once, and what a person does later stays") {
  World world;
  const std::string key = must(world.tracker->create(ticket("a", "01"))).key;
  const std::string before = world.text(key);
  const TicketView closed = must(world.tracker->close(key, "e1", plain("No longer needed"), ""));
  CHECK(closed.status == "Done");
  std::string expected = before;
  expected.replace(expected.find("To Do"), 5, "Done");
  expected +=
      "\n## Comments\n\n### 2026-11-23 02:10\n\nNo longer needed <!-- riskd:effect e1 sets Done "
      "-->\n";
  CHECK(world.text(key) == expected);
  must(world.tracker->close(key, "e1", plain("No longer needed"), ""));
  CHECK(world.text(key) == expected);

  std::string edited = expected;
  edited.replace(edited.find("Done"), 4, "In Progress");
  world.write(key, edited);
  CHECK(must(world.tracker->close(key, "e1", plain("No longer needed"), "")).status ==
        "In Progress");
  CHECK(world.text(key) == edited);
  CHECK(must(world.tracker->close(key, "e2", {}, "")).status == "Done");
  CHECK(must(world.tracker->reopen(key, "e3", plain("Again"), "")).status == "To Do");
  CHECK(must(world.tracker->reopen(key, "e2", {}, "")).status == "To Do");
}

TEST_CASE("a status that differs in letter case alone is left as the person wrote it") {
  World world;
  world.write("shop/a", "Status: DONE\r\nMarker: riskd:01\r\n\r\n# T\r\n");
  CHECK(must(world.tracker->close("shop/a", "e", {}, "")).status == "DONE");
  CHECK(world.text("shop/a") ==
        "Status: DONE\r\nMarker: riskd:01\r\n\r\n# T\r\n\r\n<!-- riskd:effect e -->\r\n");
}

TEST_CASE("a comment is written once for each effect key") {
  World world;
  const std::string key = must(world.tracker->create(ticket("a", "01"))).key;
  must(world.tracker->comment(key, "e1", {{"Failed: ", false}, {"@bob <x>", true}}));
  must(world.tracker->comment(key, "e1", plain("other")));
  must(world.tracker->comment(key, "e2", plain("second")));
  const std::string text = world.text(key);
  CHECK_THAT(text, Catch::Contains("Failed: @\xe2\x80\x8b"
                                   "bob &lt;x&gt; <!-- riskd:effect e1 -->"));
  CHECK_THAT(text, !Catch::Contains("other"));
  CHECK_THAT(text, Catch::EndsWith("### 2026-11-23 02:10\n\nsecond <!-- riskd:effect e2 -->\n"));
  CHECK(text.find("## Comments") == text.rfind("## Comments"));
  CHECK(error_of(world.tracker->comment(key, "", plain("x"))).code == ErrorCode::invalid);
}

TEST_CASE("a link stands once in both tickets, and with its product where that differs") {
  World world;
  must(world.tracker->create(ticket("a", "01")));
  must(world.tracker->create(ticket("b", "02")));
  NewTicket other = ticket("a", "03");
  other.product = "bank";
  must(world.tracker->create(other));
  must(world.tracker->link("shop/a", "shop/b"));
  must(world.tracker->link("shop/a", "shop/b"));
  must(world.tracker->link("shop/b", "shop/a"));
  must(world.tracker->link("shop/a", "bank/a"));
  must(world.tracker->link("shop/a", "bank/a"));
  CHECK_THAT(world.text("shop/a"), Catch::StartsWith("Status: To Do\nLabels: security-requirement\n"
                                                     "Priority: Highest\nRelates-to: b\n"
                                                     "Relates-to: bank/a\nMarker: riskd:01\n\n"));
  CHECK_THAT(world.text("shop/b"), Catch::Contains("Relates-to: a\nMarker"));
  CHECK_THAT(world.text("bank/a"), Catch::Contains("Highest\nRelates-to: shop/a\nMarker"));
  const std::string before = world.text("shop/a");
  CHECK(error_of(world.tracker->link("shop/a", "shop/none")).code == ErrorCode::not_found);
  CHECK(error_of(world.tracker->link("shop/a", "shop/a")).code == ErrorCode::invalid);
  CHECK(world.text("shop/a") == before);
  world.write("shop/b", "status: x\nrelates-to: z , a\nmarker: riskd:02\n\n");
  must(world.tracker->link("shop/a", "shop/b"));
  CHECK(world.text("shop/b") == "status: x\nrelates-to: z , a\nmarker: riskd:02\n\n");
}

TEST_CASE("a listing leaves out only what certainly did not change since") {
  World world;
  const Instant updated = must(world.tracker->create(ticket("a", "01"))).updated;
  CHECK(world.list(updated).tickets.size() == 1);
  CHECK(world.list(Instant{updated.ms + 1000}).tickets.size() == 1);
  CHECK(world.list(Instant{updated.ms + 3'600'000}).tickets.empty());
  // Put back with an old time: news all the same.
  const struct timespec old[2] = {{1000, 0}, {1000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, world.path("shop/a").c_str(), old, 0) == 0);
  CHECK(world.list(updated).tickets.size() == 1);
}

TEST_CASE("a file keeps its mode, and nothing else is left in the folder") {
  World world;
  const std::string key = must(world.tracker->create(ticket("a", "01"))).key;
  REQUIRE(::chmod(world.path(key).c_str(), 0640) == 0);
  must(world.tracker->close(key, "e", {}, ""));
  struct stat status {};
  REQUIRE(::stat(world.path(key).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
  CHECK(world.files("shop") == Names{"a.md"});
}

}  // namespace riskd::tests::directory_tracker_test
