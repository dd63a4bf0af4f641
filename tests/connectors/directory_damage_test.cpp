// The directory tracker where files are damaged, missing, hostile or too large.
#include <sys/stat.h>

#include "engine/base/limits.hpp"
#include "tests/connectors/directory_fixture.hpp"

using namespace riskd;
using namespace riskd::connectors;
using namespace riskd::connectors::testing;
namespace fs = std::filesystem;

namespace riskd::tests::directory_damage_test {

TEST_CASE("a damaged ticket is not created a second time") {
  World world;
  must(world.tracker->create(ticket("a", "01ab")));
  world.write("shop/b", "Status:\nMarker: riskd:01ab\n\n# T\n");
  fs::remove(world.path("shop/a"));
  CHECK(error_of(world.tracker->create(ticket("a", "01ab"))).where ==
        world.path("shop/b").string() + ":1");
  world.write("shop/c", "");
  CHECK(error_of(world.tracker->create(ticket("c", "77"))).code == ErrorCode::invalid);
  CHECK(must(world.tracker->create(ticket("d", "77"))).key == "shop/d");
}

TEST_CASE("names that are no path segments are refused") {
  World world;
  for (const std::string name : {"", "..", ".a", "a/b", "a:b", "a..b", "a b", "ä", "a\n"}) {
    INFO(name);
    CHECK(error_of(world.tracker->create(ticket(name, "01"))).code == ErrorCode::invalid);
    NewTicket other = ticket("a", "01");
    other.product = name;
    CHECK(error_of(world.tracker->create(other)).code == ErrorCode::invalid);
    CHECK(error_of(world.tracker->list({{}, {name}, {}})).code == ErrorCode::invalid);
  }
  for (const std::string key :
       {"", "a", "/", "shop/", "/a", "../a", "shop/../a", "shop/.a", "shop/a/b", "shop/a\n"}) {
    INFO(key);
    CHECK(error_of(world.tracker->close(key, "e", {}, "")).code == ErrorCode::invalid);
  }
  for (const std::string marker : {"", "3G", "AB", "a b"}) {
    CHECK(error_of(world.tracker->create(ticket("a", marker))).code == ErrorCode::invalid);
  }
}

TEST_CASE("a ticket that is gone is not found, and a damaged one is reported with its line") {
  World world;
  CHECK(error_of(world.tracker->close("shop/a", "e", {}, "")).code == ErrorCode::not_found);
  must(world.tracker->create(ticket("a", "01")));
  world.write("shop/a", "Status: To Do\n\n# the marker was deleted\n");
  CHECK(error_of(world.tracker->close("shop/a", "e", {}, "")).code == ErrorCode::not_found);
  world.write("shop/a", "Marker: riskd:01\n\n# no status\n");
  const Error error = error_of(world.tracker->close("shop/a", "e", {}, ""));
  CHECK(error.code == ErrorCode::invalid);
  CHECK(error.where == world.path("shop/a").string() + ":1");
  CHECK(world.text("shop/a") == "Marker: riskd:01\n\n# no status\n");
}

TEST_CASE("a listing gives what can be read and names what cannot") {
  World world;
  must(world.tracker->create(ticket("a", "01")));
  must(world.tracker->create(ticket("b", "02")));
  world.write("shop/README", "# About\n");
  world.write("shop/deleted", "Status: To Do\n\n# T\n");
  world.write("shop/empty", "");
  world.write("shop/conflict", "<<<<<<< HEAD\nStatus: a\nMarker: riskd:05\n\n# T\n");
  world.write("shop/huge", std::string(limits::ticket_file_bytes + 1, 'x'));
  world.write("shop/.hidden", "Status: a\nMarker: riskd:09\n\n");
  fs::create_directory(world.path("shop/folder"));
  REQUIRE(::mkfifo(world.path("shop/pipe").c_str(), 0600) == 0);
  std::ofstream(world.folder / "shop/notes.txt") << "Status: a\nMarker: riskd:08\n\n";
  const TicketListing listing = world.list();
  CHECK(world.keys() == Names{"shop/a", "shop/b"});
  CHECK(listing.unreadable_keys ==
        Names{"shop/conflict", "shop/empty", "shop/folder", "shop/huge", "shop/pipe"});
  REQUIRE(listing.unreadable.size() == 5);
  CHECK(listing.unreadable[0].where == world.path("shop/conflict").string() + ":1");
  CHECK(listing.unreadable[3].code == ErrorCode::too_large);
  CHECK(must(world.tracker->list({{}, {"unknown"}, {}})).tickets.empty());
}

TEST_CASE("copies of a ticket are damaged both, because nobody can tell which is which") {
  World world;
  must(world.tracker->create(ticket("a", "01")));
  must(world.tracker->create(ticket("b", "02")));
  fs::copy_file(world.path("shop/a"), world.path("shop/copy"));
  const TicketListing listing = world.list();
  CHECK(world.keys() == Names{"shop/b"});
  CHECK(listing.unreadable_keys == Names{"shop/a", "shop/copy"});
  CHECK_THAT(listing.unreadable[0].message, Catch::Contains("`copy.md` has the same marker"));
  CHECK(must(world.tracker->create(ticket("a", "01"))).key == "shop/a");
}

TEST_CASE("a folder that is not mounted is unavailable, not empty") {
  World world;
  must(world.tracker->create(ticket("a", "01")));
  const fs::path away = world.base / "away";
  fs::rename(world.folder, away);
  CHECK(error_of(world.tracker->list({{}, {"shop"}, {}})).code == ErrorCode::unavailable);
  fs::create_directory(world.folder);
  const Error error = error_of(world.tracker->list({{}, {"shop"}, {}}));
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_THAT(error.message, Catch::Contains("is it mounted"));
  CHECK(error_of(world.tracker->create(ticket("a", "01"))).code == ErrorCode::unavailable);
  CHECK(error_of(world.tracker->close("shop/a", "e", {}, "")).code == ErrorCode::unavailable);

  DirectoryTrackerOptions options = world.options();
  options.in_use = true;
  world.tracker.reset();
  const auto restarted = must(open_directory_tracker(options));
  CHECK(error_of(restarted->list({{}, {"shop"}, {}})).code == ErrorCode::unavailable);
  CHECK(fs::is_empty(world.folder));
  fs::remove(world.folder);
  fs::rename(away, world.folder);
  CHECK(must(restarted->list({{}, {"shop"}, {}})).tickets.size() == 1);
}

TEST_CASE("symbolic links are not followed") {
  World world;
  must(world.tracker->create(ticket("a", "01")));
  const fs::path target = world.base / "outside.md";
  const std::string text = "Status: a\nMarker: riskd:07\n\n# T\n";
  std::ofstream(target) << text;
  fs::create_symlink(target, world.path("shop/link"));
  fs::create_symlink(world.base / "nowhere", world.path("shop/x"));
  CHECK(world.list().unreadable_keys == Names{"shop/link", "shop/x"});
  CHECK(error_of(world.tracker->close("shop/link", "e", {}, "")).code == ErrorCode::invalid);
  CHECK(error_of(world.tracker->create(ticket("x", "08"))).code == ErrorCode::invalid);
  CHECK(must(world.tracker->create(ticket("y", "08"))).key == "shop/y");

  fs::create_directory(world.base / "elsewhere");
  fs::create_directory_symlink(world.base / "elsewhere", world.folder / "bank");
  NewTicket other = ticket("a", "09");
  other.product = "bank";
  CHECK_FALSE(world.tracker->create(other).has_value());
  CHECK(error_of(world.tracker->list({{}, {"bank"}, {}})).code == ErrorCode::unavailable);
  CHECK(fs::is_empty(world.base / "elsewhere"));

  // What a killed process left, or somebody planted, at the temporary name is not written through.
  fs::create_symlink(target, world.folder / "shop/.riskd-new");
  CHECK(must(world.tracker->close("shop/a", "e", {}, "")).status == "Done");
  std::ifstream file(target);
  std::stringstream all;
  all << file.rdbuf();
  CHECK(all.str() == text);
}

TEST_CASE("a ticket never grows over its limit") {
  World world;
  NewTicket huge = ticket("a", "01");
  huge.body = plain(std::string(limits::ticket_file_bytes, 'x'));
  CHECK(error_of(world.tracker->create(huge)).code == ErrorCode::invalid);
  CHECK(world.files("shop").empty());
  huge.body = plain(std::string(limits::ticket_file_bytes - 500, 'x'));
  const std::string key = must(world.tracker->create(huge)).key;
  const std::string before = world.text(key);
  CHECK(error_of(world.tracker->comment(key, "e", plain(std::string(600, 'y')))).code ==
        ErrorCode::invalid);
  CHECK(world.text(key) == before);
}

TEST_CASE("a tracker that cannot work is refused when it is opened") {
  World world;
  DirectoryTrackerOptions options = world.options();
  options.close_status = "Do\nne";
  CHECK(error_of(open_directory_tracker(options)).code == ErrorCode::invalid);
  options = world.options();
  options.open_status = "";
  CHECK(error_of(open_directory_tracker(options)).code == ErrorCode::invalid);
  options = world.options();
  options.clock = nullptr;
  CHECK(error_of(open_directory_tracker(options)).code == ErrorCode::invalid);
  options = world.options();
  std::ofstream(world.base / "file") << "x";
  options.folder = (world.base / "file").string();
  CHECK(error_of(open_directory_tracker(options)).code == ErrorCode::unavailable);
  options.folder = (world.base / "no/parent").string();
  CHECK(error_of(open_directory_tracker(options)).code == ErrorCode::unavailable);
}

}  // namespace riskd::tests::directory_damage_test
