// No answer says where on the machine riskd has its files.
#include "daemon/api/routes.hpp"
#include "daemon/api/server_paths.hpp"
#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::api_paths_test {
namespace {

using namespace testing;

void check_hides(const Daemon& daemon, const std::string& method, const std::string& target,
                 const std::string& body = {}) {
  const client::Response response = daemon.send(method, target, body);
  CAPTURE(method, target, response.status, response.body);
  CHECK(response.body.find(daemon.workspace.folder / "") == std::string::npos);
}

// The path of a GET route, of the product and suite that the tests make.
std::string target_of(const Route& route) {
  std::string target(route.path);
  const auto put = [&](const std::string& name, const std::string& value) {
    const std::size_t at = target.find(name);
    if (at != std::string::npos) target.replace(at, name.size(), value);
  };
  put("{product}", "shop");
  put("{suite}", "unit");
  REQUIRE(target.find('{') == std::string::npos);
  if (route.answer == nullptr) target += "?follow=false&after=0";  // the stream, which ends then
  return target;
}

}  // namespace

TEST_CASE("every answer names files of a policy relative to its folder") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "POST", "/v1/products/shop/approve");
  daemon.must(200, "POST", "/v1/products/shop/results?suite=unit", junit_report);
  daemon.must(200, "POST", "/v1/sync?wait=true&product=shop");
  // A ticket that cannot be read: the tracker's error names its file.
  daemon.workspace.folder.write(daemon.workspace.ticket_files().at(0), "\xff mangled");
  CHECK(daemon.send("POST", "/v1/sync?wait=true&product=shop").status >= 400);
  const std::string health = daemon.send("GET", "/v1/health").body;
  CHECK(health.find("\"last-error\":\"shop/requirement--shop.lock-1.md") != std::string::npos);

  for (const Route& route : routes()) {
    const bool tells_admins = route.path == "/v1/store";
    if (route.method == "GET" && !tells_admins) check_hides(daemon, "GET", target_of(route));
  }
  for (const char* element : {"lock-1", "open-door", "break-in", "exposed", "reach"})
    check_hides(daemon, "GET", std::string("/v1/products/shop/why?element=") + element);
  check_hides(daemon, "POST", "/v1/sync?wait=true&product=shop");
  check_hides(daemon, "POST", "/v1/trackers/check");

  const json::value files = daemon.must(200, "GET", "/v1/policy").at("files");
  CHECK(files.at(0).as_string() == "shop.risk");
  CHECK(files.at(1).as_string() == "core/core.risk");
  const std::string why = daemon.send("GET", "/v1/products/shop/why?element=lock-1").body;
  CHECK(why.find("\"place\":\"shop.risk:") != std::string::npos);
}

TEST_CASE("a policy that is checked, planned or swapped in has the same names") {
  const Daemon daemon;
  daemon.make_shop();
  const auto& folder = daemon.workspace.folder;
  folder.write("policy/more/extra.risk", "library extra \"E\" version \"1\"\nquestionnaire q {}\n");
  for (const char* target : {"/v1/policy/check", "/v1/policy/plan", "/v1/policy/reload"}) {
    check_hides(daemon, "POST", target);
    CHECK(daemon.send("POST", target).body.find("\"file\":\"more/extra.risk\"") !=
          std::string::npos);
  }
  std::filesystem::remove_all(folder / "policy/more");
  // Two files of one name: the last folder of the path where each was found stands before it.
  folder.write("policy/core/core.risk",
               "library extra \"E\" version \"1.0.0\"\nfield product.more \"More\" : text\n");
  daemon.must(200, "POST", "/v1/policy/reload");
  check_hides(daemon, "GET", "/v1/policy");
  CHECK(daemon.send("GET", "/v1/policy")
            .body.find(R"(["policy/core/core.risk","shop.risk","rules/core/core.risk")") !=
        std::string::npos);
  std::filesystem::remove_all(folder / "policy");
  for (const char* target : {"/v1/policy/check", "/v1/policy/plan", "/v1/policy/reload"}) {
    check_hides(daemon, "POST", target);
    CHECK(daemon.must(404, "POST", target).at("detail").as_string() ==
          "policy: no such file or folder");
  }
}

TEST_CASE("a path of the machine is left out, and nothing else") {
  service::Config config;
  config.file = "/etc/riskd/riskd.toml";
  config.policy_paths = {"/srv/policy", "/srv/policy/web/"};
  config.store_path = "/var/lib/riskd";
  config.trackers.resize(1);
  config.trackers[0].path = "/srv/tickets";
  const ServerPaths paths(config);
  const std::vector<std::pair<std::string, std::string>> texts{
      {"/srv/tickets/shop/a.md:3: no status", "shop/a.md:3: no status"},
      {"cannot open `/srv/tickets`", "cannot open `tickets`"},
      {"/srv/policy/web/x.risk and /srv/policy/x.risk", "x.risk and x.risk"},
      {"/srv/policy-2/x.risk, /mnt/srv/policy/x.risk",
       "/srv/policy-2/x.risk, /mnt/srv/policy/x.risk"},
      {"/etc/riskd/riskd.toml:12", "riskd.toml:12"},
      {"/etc/riskd/token", "token"},
      {"the disk of /var/lib/riskd is full", "the disk of riskd is full"},
  };
  for (const auto& [text, hidden] : texts) CHECK(paths.hidden(text) == hidden);
}

}  // namespace riskd::api::api_paths_test
