// riskd.toml: what is read, and how mistakes are reported.
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::testing::config_test {
namespace {

// The mistake in `text` as "line:column: message".
std::string mistake_in(const std::string& text) {
  const ScratchFolder folder;
  const std::string file = folder.write("riskd.toml", text);
  const auto config = read_config(file);
  REQUIRE_FALSE(config.has_value());
  const Error& error = config.error();
  REQUIRE(error.where.substr(0, file.size()) == file);
  return error.where.substr(std::min(file.size() + 1, error.where.size())) + ": " + error.message;
}

const std::string head = R"([policy]
paths = ["policy"]
[store]
path = "store"
[socket]
path = "riskd.sock"
)";
const std::string tracker = R"([[tracker]]
name = "files"
kind = "directory"
path = "tickets"
)";

const std::string on_the_web = R"([[tracker]]
name = "issues"
kind = "redmine"
url = "https://redmine.example.com/base/"
project = "shop"
)";
const bool has_token = setenv("RISKD_TEST_TOKEN", "from-the-environment", 1) == 0;

TEST_CASE("paths are relative to the file") {
  const ScratchFolder folder;
  const auto config = read_config(folder.write("riskd.toml", small_config));
  REQUIRE(config.has_value());
  CHECK(config->policy_paths == std::vector<std::string>{folder / "policy"});
  CHECK(config->store_path == folder / "store");
  CHECK(config->socket_path == folder / "riskd.sock");
  REQUIRE(config->trackers.size() == 1);
  CHECK(config->trackers[0].path == folder / "tickets");
  CHECK(config->trackers[0].poll_seconds == 3'600);
  CHECK(config->trackers[0].line == 8);
  CHECK(config->routes.size() == 1);
}

TEST_CASE("the example reads") {
  const auto config = read_config(std::string(RISKD_SOURCE_DIR) + "/examples/shop/riskd.toml");
  REQUIRE(config.has_value());
  CHECK(config->trackers[0].close_path == std::vector<std::string>{"Done"});
}

TEST_CASE("a tracker on the web has an address, a secret, and a way through its statuses") {
  const ScratchFolder folder;
  folder.write("token", "from-a-file\n");
  const auto config = read_config(
      folder.write("riskd.toml",
                   head + on_the_web +
                       "token-file = \"token\"\npriorities = { Highest = \"Immediate\" }\n"
                       "transitions = { close = [\"In Progress\", \"Done\"], reopen = \"New\" }\n"
                       "[[route]]\nproducts = \"*\"\ntracker = \"issues\"\nproject = \"other\"\n"));
  REQUIRE(config.has_value());
  const TrackerConfig& issues = config->trackers[0];
  CHECK(issues.url == "https://redmine.example.com/base");
  CHECK(issues.token == "from-a-file");
  CHECK(issues.close_path == std::vector<std::string>{"In Progress", "Done"});
  CHECK(issues.reopen_path == std::vector<std::string>{"New"});
  CHECK(issues.priorities.at("Highest") == "Immediate");
  CHECK(config->routes[0].project == "other");
  REQUIRE(has_token);
  const auto other = read_config(
      folder.write("riskd.toml", head + on_the_web + "token-env = \"RISKD_TEST_TOKEN\"\n"));
  REQUIRE(other.has_value());
  CHECK(other->trackers[0].token == "from-the-environment");
}

TEST_CASE("Azure DevOps finds out the states that are not named") {
  const ScratchFolder folder;
  const std::string azure =
      "[[tracker]]\nname = \"boards\"\nkind = \"azure\"\nurl = \"https://dev.azure.com/acme\"\n"
      "project = \"My Shop\"\ntoken-env = \"RISKD_TEST_TOKEN\"\ntype = \"Issue\"\n"
      "marker-field = \"Custom.Riskd\"\nlabel = \"risk\"\nlink-type = "
      "\"System.LinkTypes.Related\"\n"
      "webhook-secret-env = \"RISKD_TEST_TOKEN\"\n";
  const auto config = read_config(folder.write("riskd.toml", head + azure));
  REQUIRE(config.has_value());
  CHECK(config->trackers[0].close_path.empty());
  CHECK(config->trackers[0].reopen_path.empty());
  CHECK(config->trackers[0].ticket_type == "Issue");
  const auto named = read_config(
      folder.write("riskd.toml", head + azure + "transitions = { close = \"Released\" }\n"));
  REQUIRE(named.has_value());
  CHECK(named->trackers[0].close_path == std::vector<std::string>{"Released"});
  CHECK(named->trackers[0].reopen_path.empty());
}

TEST_CASE("peers are numbers or names") {
  const ScratchFolder folder;
  const auto config = read_config(folder.write(
      "riskd.toml", head + "[[peer]]\nuid = \"root\"\ngid = 12\nroles = [\"read\", \"admin\"]\n"
                           "products = [\"shop*\"]\n"));
  REQUIRE(config.has_value());
  REQUIRE(config->peers.size() == 1);
  CHECK(config->peers[0].uid == 0u);
  CHECK(config->peers[0].gid == 12u);
  CHECK(config->peers[0].roles == std::vector<Role>{Role::read, Role::admin});
}

TEST_CASE("limits are numbers, with the built-in ones where they are left out") {
  const ScratchFolder folder;
  const auto config = read_config(folder.write(
      "riskd.toml", head + "[limits]\npeer-connections = 5\npeer-requests = 4\npeer-mebibytes = 9\n"
                           "peer-facts-per-second = 3\nbody-mebibytes = 10\n"));
  REQUIRE(config.has_value());
  CHECK(config->peer_connections == 5);
  CHECK(config->peer_requests == 4);
  CHECK(config->peer_mebibytes == 9);
  CHECK(config->peer_facts_per_second == 3);
  CHECK(config->body_mebibytes == 10);
  CHECK(config->warm_products == limits::warm_products);
}

TEST_CASE("every mistake names its line and what would be right") {
  const auto [text, expected] = GENERATE_COPY(table<std::string, std::string>({
      {head + "[lgo]\n", "7:2: unknown key `lgo` in the configuration; did you mean `log`?"},
      {head + "[log]\nlevle = \"info\"\n",
       "8:1: unknown key `levle` in [log]; did you mean `level`?"},
      {head + "[log]\nlevel = \"inof\"\n", "8:9: unknown level `inof`; did you mean `info`?"},
      {head + "[[tracker]]\nname = \"j\"\nkind = \"jra\"\n",
       "9:8: unknown kind `jra`; did you mean `jira`?"},
      {head + on_the_web, "7:1: a tracker of kind `redmine` needs `token-file` or `token-env`"},
      {head + on_the_web + "token-file = \"token\"\ntoken-env = \"TOKEN\"\n",
       "13:13: `token-file` or `token-env`, not both"},
      {head + on_the_web + "token-env = \"RISKD_TEST_NOT_THERE\"\n",
       "12:13: the environment has no variable `RISKD_TEST_NOT_THERE`"},
      {head + on_the_web + "token-env = \"RISKD_TEST_TOKEN\"\napi = \"cloud\"\n",
       "13:1: unknown key `api` in a tracker of kind `redmine`; known here: `name`, `kind`, `url`, "
       "`project`, `token-file`, `token-env`, `poll`, `proxy`, `ca-file`, `timeout`, "
       "`priorities`, `status-map`, `type`, `marker-field`, `markup`, `transitions`, `link-type`"},
      {head + on_the_web + "token-env = \"RISKD_TEST_TOKEN\"\ntransitions = { close = [] }\n",
       "13:25: `close` names no status"},
      {head + tracker + "poll = \"often\"\n",
       "11:8: `poll` is a duration of a second or more, as \"5 minutes\""},
      {head + tracker + "[[route]]\nproducts = \"*\"\ntracker = \"fies\"\n",
       "13:11: there is no tracker `fies`; did you mean `files`?"},
      {head + tracker + "[[route]]\nproducts = \"*\"\ntracker = \"files\"\nproject = \"X\"\n",
       "14:11: a tracker of kind `directory` has no projects; leave out `project`"},
      {head + "[[peer]]\nuid = 1\nroles = [\"raed\"]\n",
       "9:10: unknown role `raed`; did you mean `read`?"},
      {head +
           "[[listen]]\nkind = \"proxy\"\npath = \"a\"\npeer-uid = 1\n"
           "[[listen]]\nkind = \"proxy\"\npath = \"b\"\npeer-uid = 1\nperson-header = \"X-User\"\n",
       "11:1: the proxies of one user name persons in the same headers: `person-header` and "
       "`groups-header` as in line 7"},
      {head + "[limits]\neffects-per-change = 0\n",
       "8:22: `effects-per-change` is a whole number from 1"},
      {head + "[limits]\nwarm-products = \"all\"\n",
       "8:17: `warm-products` is a whole number from 1"},
      {head + "[limits]\npeer-connection = 5\n",
       "8:1: unknown key `peer-connection` in [limits]; did you mean `peer-connections`?"},
      {head + "[limits]\npeer-mebibytes = 7\n",
       "8:18: `peer-mebibytes` is 8 or more: so large may one body be"},
      {"[policy]\npaths = []\n", "2:9: `paths` names no rule file and no folder"},
      {"[policy]\npaths = [\"p\"]\n", ": the table [store] is missing"},
  }));
  CHECK(mistake_in(text) == expected);
}

TEST_CASE("text that is not TOML is refused with its place") {
  CHECK(mistake_in("[policy]\npaths = \n").substr(0, 2) == "2:");
}

}  // namespace
}  // namespace riskd::service::testing::config_test
