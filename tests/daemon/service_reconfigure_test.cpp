// Another configuration while riskd runs: all of it, or nothing.
#include "daemon/service/tokens.hpp"
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::service_reconfigure_test {
namespace {

using namespace testing;

const std::string other_tracker = R"([[tracker]]
name = "other"
kind = "directory"
path = "other"
poll = "1 hour"
)";

struct Reconfigured : Workspace {
  Reconfigured() {
    open();
    make_shop();
    must_sync();
  }
  std::string with(const std::string& from, const std::string& to,
                   const std::string& more = "") const {
    std::string config = small_config;
    const std::size_t at = config.find(from);
    REQUIRE(at != std::string::npos);
    return config.replace(at, from.size(), to) + more;
  }
  Result<ReloadResult> read(const std::string& config) const {
    folder.write("riskd.toml", config);
    auto next = read_config(folder / "riskd.toml");
    INFO((next ? "" : next.error().message));
    REQUIRE(next.has_value());
    return service->reconfigure(*next, "eva");
  }
  Error must_refuse(const std::string& config) const {
    const auto result = read(config);
    REQUIRE_FALSE(result.has_value());
    return result.error();
  }
  std::vector<std::string> trackers() const {
    std::vector<std::string> names;
    for (const TrackerState& each : service->state().trackers) names.push_back(each.name);
    return names;
  }
  std::size_t files_in(const std::string& name) const {
    std::error_code missing;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / name, missing))
      count += entry.path().extension() == ".md" ? 1 : 0;
    return count;
  }
};

}  // namespace

TEST_CASE("new trackers and routes are used at once, and those that stay go on") {
  Reconfigured shop;
  CHECK(shop.files_in("tickets") == 1);
  REQUIRE(shop.read(small_config + other_tracker).has_value());
  CHECK(shop.trackers() == std::vector<std::string>{"files", "other"});
  std::string config = shop.with("tracker = \"files\"", "tracker = \"other\"");
  REQUIRE(shop.read(config.insert(config.find("[[route]]"), other_tracker)).has_value());
  // The ticket that is there stays with its tracker; one that comes now is made by the other.
  shop.folder.write("policy/shop.risk", small_policy(2));
  REQUIRE(shop.service->reload({}, "eva", "").has_value());
  shop.must_post(engine::ApproveFact{engine::approvable(shop.service->product("shop")->model())});
  shop.must_sync();
  CHECK(shop.files_in("tickets") == 1);
  CHECK(shop.files_in("other") == 1);
}

TEST_CASE("the policy comes with the configuration, or both stay") {
  Reconfigured shop;
  shop.folder.write("more/shop.risk", small_policy(2));
  const auto result = shop.read(shop.with("[\"policy\"]", "[\"more\"]", other_tracker));
  REQUIRE(result.has_value());
  CHECK(result->done);
  CHECK(result->revision == 2);
  CHECK(shop.service->policy().poster == "eva");
  CHECK(shop.trackers().size() == 2);

  shop.folder.write("broken/shop.risk", "pattern {");
  const auto broken = shop.read(shop.with("[\"policy\"]", "[\"broken\"]"));
  REQUIRE(broken.has_value());
  CHECK_FALSE(broken->done);
  CHECK(shop.trackers().size() == 2);
  CHECK(shop.service->policy().revision == 2);
  const auto reloaded = shop.service->reload({}, "eva", "");  // of the paths that hold
  REQUIRE(reloaded.has_value());
  CHECK(reloaded->plan.same_policy);
}

TEST_CASE("what takes a start is refused by name, and nothing is changed") {
  Reconfigured shop;
  CHECK(shop.must_refuse(shop.with("path = \"store\"", "path = \"elsewhere\"", other_tracker))
            .message == "[store] path takes another start of riskd");
  CHECK(shop.must_refuse(shop.with("path = \"riskd.sock\"",
                                   "path = \"r.sock\"\n[limits]\npeer-requests = 5"))
            .message == "[socket], [limits] peer-requests take another start of riskd");
  CHECK(shop.trackers() == std::vector<std::string>{"files"});
}

TEST_CASE("a tracker that cannot be opened leaves everything as it was") {
  Reconfigured shop;
  const Error error = shop.must_refuse(
      shop.with("poll = \"1 hour\"", "poll = \"1 hour\"\ntransitions = { close = \"Do\\nne\" }"));
  CHECK(error.where.ends_with("riskd.toml:8"));
  CHECK(shop.trackers() == std::vector<std::string>{"files"});
  shop.must_post(engine::AnswersFact{{}, {{"reach", std::string("office")}}});
  shop.must_sync();
}

TEST_CASE("what waits goes where the routes say now") {
  Workspace shop(small_policy(3), [] {
    std::string config = small_config;
    return config.replace(config.find("[[route]]"), std::string::npos, "");
  }());
  shop.open();
  shop.make_shop();
  CHECK(shop.service->state().unrouted_effects == 3);
  shop.folder.write("riskd.toml", small_config);
  const auto next = read_config(shop.folder / "riskd.toml");
  REQUIRE(next.has_value());
  REQUIRE(shop.service->reconfigure(*next, "eva").has_value());
  shop.must_sync();
  CHECK(shop.service->state().unrouted_effects == 0);
  CHECK(shop.ticket_files().size() == 3);
  CHECK(shop.service->effects("").empty());
}

TEST_CASE("a tracker that is not configured any more is asked nothing more") {
  Reconfigured shop;
  REQUIRE(shop.read(small_config + other_tracker).has_value());
  std::string config = small_config;
  config.replace(config.find("[[tracker]]"), std::string::npos,
                 other_tracker + "[[route]]\nproducts = \"shop*\"\ntracker = \"other\"\n");
  REQUIRE(shop.read(config).has_value());
  CHECK(shop.trackers() == std::vector<std::string>{"other"});
  shop.must_sync();
  CHECK(shop.files_in("tickets") == 1);  // what was made stays
}

}  // namespace riskd::service::service_reconfigure_test
