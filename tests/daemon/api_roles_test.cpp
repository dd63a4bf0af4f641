// Each route answers the peers that have the role of its row, and no others.
#include <algorithm>
#include <array>

#include "daemon/api/routes.hpp"
#include "tests/daemon/api_fixture.hpp"
#include "tests/daemon/metrics_text.hpp"
#include "tests/daemon/server_fixture.hpp"

namespace riskd::api::api_roles_test {
namespace {

using namespace testing;
using service::Role;

constexpr std::array all_roles = {Role::read,   Role::report,  Role::retire, Role::answer,
                                  Role::review, Role::tracker, Role::admin};

// The route's path, of the product `product` and of a component, suite or tracker of that name.
std::string target_of(const Route& route, const std::string& product) {
  std::string target(route.path);
  for (std::size_t open = target.find('{'); open != std::string::npos; open = target.find('{'))
    target.replace(open, target.find('}', open) + 1 - open, product);
  if (route.answer == nullptr) target += "?follow=false";
  return target;
}

int status_of(const Daemon& daemon, const Route& route, const std::string& target) {
  const std::string method(route.method);
  return daemon.send(method, target, method == "GET" ? "" : "{}").status;
}

// A peer of the Unix socket needs no role for it.
bool is_open(const Route& route) {
  return route.needs.scope == Scope::anybody || route.needs.scope == Scope::known;
}

}  // namespace

TEST_CASE(
    "no route but health, webhooks and the OpenAPI document answers a peer without any role") {
  const Daemon daemon({{::geteuid() + 1, std::nullopt, {Role::admin}, {}}});
  std::vector<std::string> open;
  for (const Route& route : routes()) {
    const std::string target = target_of(route, "shop");
    const int status = status_of(daemon, route, target);
    CAPTURE(route.method, target, status);
    if (is_open(route)) {
      CHECK(status != 403);
      open.emplace_back(route.path);
    } else {
      CHECK(status == 403);
    }
  }
  // A webhook is signed with the secret of its tracker.
  CHECK(open == std::vector<std::string>{"/v1/trackers/{tracker}/webhook", "/v1/whoami",
                                         "/v1/health", "/v1/health/live", "/v1/health/ready",
                                         "/v1/openapi.json"});
}

TEST_CASE("a peer without the role gets 403 before its body is read") {
  const Daemon daemon({{::geteuid() + 1, std::nullopt, {Role::admin}, {}}});
  for (const Route& route : routes()) {
    if (is_open(route)) continue;
    server::RawClient client(daemon.workspace.folder / "api.sock");
    client.send(std::string(route.method) + " " + target_of(route, "shop") +
                " HTTP/1.1\r\nContent-Length: 900\r\nExpect: 100-continue\r\n\r\n");
    const std::string answer = client.read_until("this needs");
    CAPTURE(route.method, route.path, answer);
    CHECK(answer.starts_with("HTTP/1.1 403 "));
  }
}

TEST_CASE("a request that is refused for its role counts in the metrics") {
  const Daemon daemon({me({Role::read})});
  const auto refusals = [&] {
    const std::string metrics = daemon.send("GET", "/v1/metrics").body;
    return value_of(read_metrics(metrics), "riskd_http_requests_total",
                    {{"method", "DELETE"}, {"status", "4xx"}})
        .value_or(0);
  };
  const double before = refusals();
  daemon.must(403, "DELETE", "/v1/products/shop");
  CHECK(refusals() == before + 1);
}

TEST_CASE("a route answers a peer that has its role, and none that has another one") {
  for (const Role role : all_roles) {
    const Daemon daemon({me({role})});
    for (const Route& route : routes()) {
      const Scope scope = route.needs.scope;
      const bool fits = is_open(route) || scope == Scope::any_role || route.needs.role == role;
      const std::string target = target_of(route, "shop");
      const int status = status_of(daemon, route, target);
      CAPTURE(to_string(role), route.method, target, status);
      CHECK((status != 403) == fits);
    }
    const int released = daemon.send("POST", "/v1/sync?release=true").status;
    CHECK((released != 403) == (role == Role::admin));
  }
}

TEST_CASE("a role counts for the products that it is given for") {
  const Daemon daemon({me({all_roles.begin(), all_roles.end()}, {"shop*"})});
  for (const Route& route : routes()) {
    const std::string other = target_of(route, "office");
    const int status = status_of(daemon, route, other);
    CAPTURE(route.method, other, status);
    switch (route.needs.scope) {
      case Scope::anybody:
      case Scope::known:
      case Scope::any_role:
      case Scope::some:
        CHECK(status != 403);
        break;
      case Scope::product:
        CHECK(status == 403);
        CHECK(status_of(daemon, route, target_of(route, "shop-2")) != 403);
        break;
      case Scope::all:
        CHECK(status == 403);
        break;
      case Scope::queried_or_some:
      case Scope::queried_or_all:
        CHECK((status == 403) == (route.needs.scope == Scope::queried_or_all));
        CHECK(status_of(daemon, route, other + "?product=office") == 403);
        CHECK(status_of(daemon, route, other + "?product=shop-2") != 403);
        break;
    }
  }
}

TEST_CASE("what a body brings beyond its route takes the role of its kind") {
  const Daemon daemon({me({Role::admin})});
  daemon.must(201, "PUT", "/v1/products/shop", R"({"title": "Shop"})");
  const json::value problem =
      daemon.must(403, "PUT", "/v1/products/shop", R"({"fields": {"owner": "eva"}})");
  CHECK(problem.at("detail").as_string().find("`answer`") != json::string::npos);
}

}  // namespace riskd::api::api_roles_test
