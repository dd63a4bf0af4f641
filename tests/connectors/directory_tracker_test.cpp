#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "connectors/trackers/directory.hpp"
#include "engine/limits.hpp"

using namespace riskd;
using namespace riskd::connectors;
namespace fs = std::filesystem;

namespace {

template <typename T>
T must(Result<T> result) {
  INFO((result ? "" : result.error().where + ": " + result.error().message));
  REQUIRE(result.has_value());
  return std::move(*result);
}

template <typename T>
Error error_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

// A tracker on a folder of its own; the folder goes with it.
struct World {
  fs::path base;
  fs::path folder;
  std::unique_ptr<Tracker> tracker;

  World() {
    std::string shape = (fs::temp_directory_path() / "riskd-tickets-XXXXXX").string();
    REQUIRE(::mkdtemp(shape.data()) != nullptr);
    base = shape;
    folder = base / "tickets";
    tracker = must(open_directory_tracker(options()));
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    std::error_code ignored;
    fs::remove_all(base, ignored);
  }

  DirectoryTrackerOptions options() const {
    DirectoryTrackerOptions made;
    made.name = "files";
    made.folder = folder.string();
    made.clock = [] { return *parse_instant("2026-11-23T02:10:00Z"); };
    return made;
  }
  fs::path path(const std::string& key) const { return folder / (key + ".md"); }
  std::string text(const std::string& key) const {
    std::ifstream file(path(key), std::ios::binary);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }
  void write(const std::string& key, const std::string& text) const {
    fs::create_directories(path(key).parent_path());
    std::ofstream(path(key), std::ios::binary) << text;
  }
  std::vector<std::string> files(const std::string& product) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / product)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  TicketListing list(Instant since = {}) const { return must(tracker->list("shop", since)); }
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const TicketView& view : list().tickets) keys.push_back(view.key);
    return keys;
  }
};

using Names = std::vector<std::string>;

RichText plain(const std::string& text) { return {{text, false}}; }

NewTicket ticket(const std::string& name, const std::string& marker) {
  NewTicket made;
  made.marker = marker;
  made.product = "shop";
  made.name = name;
  made.title = plain("Throttle sign-ins");
  made.body = {{"Why: ", false}, {"<b>", true}};
  made.labels = {"security-requirement"};
  made.priority = "Highest";
  return made;
}

}  // namespace

TEST_CASE("a new ticket is a file that says what was asked for") {
  World world;
  const TicketView view = must(world.tracker->create(ticket("requirement--web.tls", "3f0c")));
  CHECK(view.key == "shop/requirement--web.tls");
  CHECK(view.marker == "3f0c");
  CHECK(view.status == "To Do");
  CHECK(view.labels == Names{"security-requirement"});
  CHECK(view.updated.ms > 0);
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
  CHECK(must(world.tracker->close("shop/Drosselung für Login", "e", {})).status == "Done");
}

TEST_CASE("a name that is taken gets a suffix and the other file stays as it is") {
  World world;
  world.write("shop/a", "my notes");
  CHECK(must(world.tracker->create(ticket("a", "01"))).key == "shop/a-2");
  CHECK(must(world.tracker->create(ticket("a", "02"))).key == "shop/a-3");
  CHECK(must(world.tracker->create(ticket("a", "01"))).key == "shop/a-2");
  CHECK(world.text("shop/a") == "my notes");
}

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
    CHECK(error_of(world.tracker->list(name, {})).code == ErrorCode::invalid);
  }
  for (const std::string key :
       {"", "a", "/", "shop/", "/a", "../a", "shop/../a", "shop/.a", "shop/a/b", "shop/a\n"}) {
    INFO(key);
    CHECK(error_of(world.tracker->close(key, "e", {})).code == ErrorCode::invalid);
  }
  for (const std::string marker : {"", "3G", "AB", "a b"}) {
    CHECK(error_of(world.tracker->create(ticket("a", marker))).code == ErrorCode::invalid);
  }
}

TEST_CASE("a very long name is cut and told apart by its marker") {
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
  const TicketView closed = must(world.tracker->close(key, "e1", plain("No longer needed")));
  CHECK(closed.status == "Done");
  std::string expected = before;
  expected.replace(expected.find("To Do"), 5, "Done");
  expected +=
      "\n## Comments\n\n### 2026-11-23 02:10\n\nNo longer needed <!-- riskd:effect e1 -->\n";
  CHECK(world.text(key) == expected);
  must(world.tracker->close(key, "e1", plain("No longer needed")));
  CHECK(world.text(key) == expected);

  std::string edited = expected;
  edited.replace(edited.find("Done"), 4, "In Progress");
  world.write(key, edited);
  CHECK(must(world.tracker->close(key, "e1", plain("No longer needed"))).status == "In Progress");
  CHECK(world.text(key) == edited);
  CHECK(must(world.tracker->close(key, "e2", {})).status == "Done");
  CHECK(must(world.tracker->reopen(key, "e3", plain("Again"))).status == "To Do");
  CHECK(must(world.tracker->reopen(key, "e2", {})).status == "To Do");
}

TEST_CASE("a status that differs in letter case alone is left as the person wrote it") {
  World world;
  world.write("shop/a", "Status: DONE\r\nMarker: riskd:01\r\n\r\n# T\r\n");
  CHECK(must(world.tracker->close("shop/a", "e", {})).status == "DONE");
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

TEST_CASE("a ticket that is gone is not found, and a damaged one is told with its line") {
  World world;
  CHECK(error_of(world.tracker->close("shop/a", "e", {})).code == ErrorCode::not_found);
  must(world.tracker->create(ticket("a", "01")));
  world.write("shop/a", "Status: To Do\n\n# the marker was deleted\n");
  CHECK(error_of(world.tracker->close("shop/a", "e", {})).code == ErrorCode::not_found);
  world.write("shop/a", "Marker: riskd:01\n\n# no status\n");
  const Error error = error_of(world.tracker->close("shop/a", "e", {}));
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
  CHECK(must(world.tracker->list("unknown", {})).tickets.empty());
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

TEST_CASE("a folder that is not mounted is unavailable, not empty") {
  World world;
  must(world.tracker->create(ticket("a", "01")));
  const fs::path away = world.base / "away";
  fs::rename(world.folder, away);
  CHECK(error_of(world.tracker->list("shop", {})).code == ErrorCode::unavailable);
  fs::create_directory(world.folder);
  const Error error = error_of(world.tracker->list("shop", {}));
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_THAT(error.message, Catch::Contains("is it mounted"));
  CHECK(error_of(world.tracker->create(ticket("a", "01"))).code == ErrorCode::unavailable);
  CHECK(error_of(world.tracker->close("shop/a", "e", {})).code == ErrorCode::unavailable);

  DirectoryTrackerOptions options = world.options();
  options.in_use = true;
  const auto restarted = must(open_directory_tracker(options));
  CHECK(error_of(restarted->list("shop", {})).code == ErrorCode::unavailable);
  CHECK(fs::is_empty(world.folder));
  fs::remove(world.folder);
  fs::rename(away, world.folder);
  CHECK(must(restarted->list("shop", {})).tickets.size() == 1);
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
  CHECK(error_of(world.tracker->close("shop/link", "e", {})).code == ErrorCode::invalid);
  CHECK(error_of(world.tracker->create(ticket("x", "08"))).code == ErrorCode::invalid);
  CHECK(must(world.tracker->create(ticket("y", "08"))).key == "shop/y");

  fs::create_directory(world.base / "elsewhere");
  fs::create_directory_symlink(world.base / "elsewhere", world.folder / "bank");
  NewTicket other = ticket("a", "09");
  other.product = "bank";
  CHECK_FALSE(world.tracker->create(other).has_value());
  CHECK(error_of(world.tracker->list("bank", {})).code == ErrorCode::unavailable);
  CHECK(fs::is_empty(world.base / "elsewhere"));

  // What a killed process left, or somebody planted, at the temporary name is not written through.
  fs::create_symlink(target, world.folder / "shop/.riskd-new");
  CHECK(must(world.tracker->close("shop/a", "e", {})).status == "Done");
  std::ifstream file(target);
  std::stringstream all;
  all << file.rdbuf();
  CHECK(all.str() == text);
}

TEST_CASE("a file keeps its mode, and nothing else is left in the folder") {
  World world;
  const std::string key = must(world.tracker->create(ticket("a", "01"))).key;
  REQUIRE(::chmod(world.path(key).c_str(), 0640) == 0);
  must(world.tracker->close(key, "e", {}));
  struct stat status {};
  REQUIRE(::stat(world.path(key).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
  CHECK(world.files("shop") == Names{"a.md"});
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
