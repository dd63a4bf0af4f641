// riskd.toml: what is read, and how mistakes are reported.
#include "daemon/service/start_check.hpp"
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
       "`priorities`, `status-map`, `plain-http`, `type`, `marker-field`, `markup`, `transitions`, "
       "`link-type`"},
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
       "`groups-header`"},
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
TEST_CASE("a secret that every user can read is refused, and so is a token over plain HTTP") {
  const ScratchFolder folder;
  folder.write("token", "x\n");
  const std::string begin =
      small_config +
      "[[tracker]]\nname = \"web\"\nkind = \"redmine\"\nproject = \"p\"\ntoken-file = \"token\"\n";
  const auto message = [&](const std::string& more) {
    const auto config = read_config(folder.write("riskd.toml", begin + more));
    return config ? std::string() : config.error().message;
  };
  CHECK(message("url = \"https://redmine.example\"\n").empty());
  for (const char* here : {"http://127.0.0.1:3000", "http://localhost/x", "http://[::1]:80"})
    CHECK(message(std::string("url = \"") + here + "\"\n").empty());
  for (const char* elsewhere : {"http://redmine.example", "http://localhost.example:80",
                                "http://127.0.0.1.example", "http://127.example/x"}) {
    CHECK_THAT(message(std::string("url = \"") + elsewhere + "\"\n"),
               Catch::Contains("can read the token"));
    CHECK(message(std::string("url = \"") + elsewhere + "\"\nplain-http = true\n").empty());
  }
  std::filesystem::permissions(folder / "token", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  CHECK_THAT(message("url = \"https://redmine.example\"\n"),
             Catch::Contains("every user of this machine can read"));
}

TEST_CASE("listeners and whom they name are read, and held against each other") {
  const ScratchFolder folder;
  folder.write("riskd.key", "x");
  const std::string tls =
      "[[listen]]\nkind = \"tls\"\naddress = \"[::]:8443\"\ncertificate-file = "
      "\"riskd.pem\"\nkey-file = \"riskd.key\"\n";
  const std::string proxy = "[[listen]]\nkind = \"proxy\"\npath = \"proxy.sock\"\npeer-uid = 33\n";
  const auto read = [&](const std::string& more) {
    return read_config(folder.write("riskd.toml", small_config + more));
  };
  const auto config = read(
      tls + "client-ca-file = \"ca.pem\"\nclient-certificate = \"required\"\nminimum = \"1.3\"\n" +
      proxy + "mode = \"0600\"\nperson-header = \"X-User\"\ngroups-header = \"X-Groups\"\n" +
      "[[peer]]\nperson = \"eva\"\ngroup = \"appsec\"\nroles = [\"read\"]\n[[peer]]\ncertificate = "
      "\"CN=x\"\nroles = [\"read\"]\n");
  INFO((config ? "" : config.error().message + " " + config.error().where));
  REQUIRE(config);
  CHECK(config->tls.at(0).address == "::");
  CHECK(config->tls.at(0).port == 8443);
  CHECK(config->tls.at(0).key_file == folder / "riskd.key");
  CHECK(config->tls.at(0).needs_client_certificate);
  CHECK(config->tls.at(0).only_tls_1_3);
  CHECK(config->proxies.at(0).uid == 33);
  CHECK(config->proxies.at(0).socket.mode == 0600);
  CHECK(config->proxies.at(0).person_header == "x-user");
  CHECK(config->peers.at(0).person == "eva");
  CHECK(config->peers.at(1).certificate == "CN=x");
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[[listen]]\nkind = \"tcp\"\n", "unknown kind `tcp`"},
      {"[[listen]]\nkind = \"proxy\"\npath = \"p\"\n", "needs `peer-uid`"},
      {proxy + proxy, "another one listens at"},
      {"[[listen]]\nkind = \"proxy\"\npath = \"riskd.sock\"\npeer-uid = 33\n",
       "another one listens at"},
      {tls + tls, "another one listens at :: port 8443"},
      {proxy + "mode = \"0440\"\n", "`mode` is the mode of a file"},
      {proxy + "mode = \"rw\"\n", "`mode` is the mode of a file"},
      {proxy + "person-header = \"Authorization\"\n", "says something else already"},
      {proxy + "person-header = \"X User\"\n", "is the name of a header"},
      {proxy + "groups-header = \"X-Forwarded-User\"\n", "are two headers"},
      {tls + "client-certificate = \"required\"\n", "needs `client-ca-file`"},
      {tls + "minimum = \"1.1\"\n", "unknown minimum `1.1`"},
      {"[[peer]]\nperson = \"eva\"\nroles = [\"read\"]\n", "no [[listen]] is of kind `proxy`"},
      {tls + "[[peer]]\ncertificate = \"CN=x\"\nroles = [\"read\"]\n",
       "no [[listen]] has a `client-ca-file`"},
      {proxy + "[[peer]]\nuid = 0\nperson = \"eva\"\nroles = [\"read\"]\n",
       "write one of them for each"},
      {"[[peer]]\nroles = [\"read\"]\n", "[[peer]] needs `uid` or `gid`"},
      {"[log]\nformat = \"xml\"\n", "unknown format `xml`"},
      {"[log]\naccess = \"some\"\n", "unknown access `some`"}};
  for (const auto& [more, message] : wrong) {
    const auto refused = read(more);
    INFO(more);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Contains(message));
  }
  for (const char* address : {"8443", "localhost:8443", "127.0.0.1", "127.0.0.1:99999",
                              "127.0.0.1:x", "::8443", ":8443"}) {
    std::string other = tls;
    other.replace(other.find("[::]:8443"), 9, address);
    CHECK_FALSE(read(other));
  }
}

TEST_CASE("a check finds what a start would, and changes nothing") {
  const ScratchFolder folder;
  const auto findings = [&](const std::string& config) {
    const auto read = read_config(folder.write("riskd.toml", config));
    REQUIRE(read);
    std::vector<std::string> all;
    for (const StartFinding& each : check_start(*read)) all.push_back(each.what);
    return all;
  };
  const auto with = [](const std::string& from, const std::string& to) {
    std::string config = small_config;
    return config.replace(config.find(from), from.size(), to);
  };
  CHECK(findings(small_config).empty());
  CHECK_FALSE(std::filesystem::exists(folder / "store"));
  CHECK_FALSE(std::filesystem::exists(folder / "tickets"));
  folder.write("file", "x");
  const auto found = [&](const std::string& config, const std::string& what) {
    const auto all = findings(config);
    REQUIRE(all.size() == 1);
    CHECK_THAT(all[0], Catch::Contains(what));
  };
  found(with("\"riskd.sock\"", "\"" + std::string(120, 's') + "\""), "and the system takes 107");
  found(with("\"riskd.sock\"", "\"file\""), "something else than a socket is there");
  found(with("\"riskd.sock\"", "\"a/b/riskd.sock\""), "only the last folder is made");
  found(with("\"store\"", "\"file/store\""), "Not a directory");
  found(with("\"tickets\"", "\"file\""), "tracker `files`:");
  found(
      small_config + "[[tracker]]\nname = \"again\"\nkind = \"directory\"\npath = \"./tickets\"\n",
      "tracker `files` has the same folder");
}

TEST_CASE("a folder of tickets is one riskd's") {
  Workspace one;
  one.open();
  one.make_shop();
  one.must_sync();
  std::string shared_tickets = small_config;
  shared_tickets.replace(shared_tickets.find("\"tickets\""), 9,
                         "\"" + (one.folder / "tickets") + "\"");
  Workspace two(small_policy(), shared_tickets);
  const auto config = read_config(two.folder / "riskd.toml");
  REQUIRE(config);
  const auto found = check_start(*config);
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0].what, Catch::Contains("another riskd uses"));
  two.open();
  two.make_shop();
  static_cast<void>(two.service->sync("shop", false, "eva"));
  const auto errors = [&] { return two.service->state().trackers.at(0).errors; };
  REQUIRE_FALSE(errors().empty());
  CHECK_THAT(errors()[0], Catch::Contains("another riskd uses this folder of tickets"));
  CHECK(one.ticket_files().size() == 1);
  CHECK(check_start(*read_config(one.folder / "riskd.toml")).empty());  // its own
  one.service.reset();
  two.must_sync();
  CHECK(errors().empty());
}

}  // namespace riskd::service::testing::config_test
