// What the tests of the routes share: a real service behind a real socket, and short ways to ask it.
#pragma once

#include <unistd.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/api/api.hpp"
#include "daemon/client/client.hpp"
#include "tests/daemon/service_fixture.hpp"

namespace riskd::api::testing {

namespace json = boost::json;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Daemon {
  explicit Daemon(std::vector<service::PeerConfig> peers = {},
                  const std::string& policy = service::testing::small_policy(),
                  const std::string& settings = service::testing::small_config)
      : workspace(policy, settings) {
    workspace.open();
    auto config = service::read_config(workspace.folder / "riskd.toml");
    REQUIRE(config);
    config->peers = std::move(peers);
    serve(*config);
  }
  // The workspace's service, behind a socket.
  void serve(const service::Config& config) {
    handler = make_handler(*workspace.service, config);
    server::ServerOptions options;
    options.socket_path = workspace.folder / "api.sock";
    options.spool_folder = workspace.folder / "spool";
    auto started = server::start_server(options, *handler);
    REQUIRE(started);
    server = std::move(*started);
  }
  ~Daemon() {
    workspace.service->stop_trackers();
    server.reset();
    handler.reset();
  }

  client::Response send(std::string method, std::string target, std::string body = {},
                        Headers headers = {}) const {
    client::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    request.headers = std::move(headers);
    auto response = client::request(workspace.folder / "api.sock", request, 30'000);
    REQUIRE(response);
    return std::move(*response);
  }
  // The answer, which must have this status.
  json::value must(int status, std::string method, std::string target, std::string body = {},
                   Headers headers = {}) const {
    const client::Response response =
        send(std::move(method), std::move(target), std::move(body), std::move(headers));
    INFO(response.body);
    REQUIRE(response.status == status);
    json::error_code error;
    json::value value = json::parse(response.body, error);
    REQUIRE(!error);
    return value;
  }
  void make_shop() const {
    must(201, "PUT", "/v1/products/shop");
    must(200, "PATCH", "/v1/products/shop/answers", R"({"answers": {"reach": "internet"}})");
  }

  service::testing::Workspace workspace;
  std::unique_ptr<server::Handler> handler;
  std::unique_ptr<server::Server> server;
};

inline std::string header(const client::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

inline service::PeerConfig me(std::vector<service::Role> roles,
                              std::vector<std::string> products = {}) {
  return {::geteuid(), std::nullopt, std::move(roles), std::move(products)};
}

inline std::vector<json::value> lines_of(const client::Response& response) {
  std::vector<json::value> values;
  std::istringstream lines(response.body);
  for (std::string line; std::getline(lines, line);) values.push_back(json::parse(line));
  return values;
}

// Where a report is posted; `query` names its suite and run: "suite=s&run=1".
inline std::string upload(const std::string& query) { return "/v1/products/shop/results?" + query; }

inline const std::string junit_report =
    R"(<testsuite name="unit" tests="1"><testcase classname="Door" name="locks"/></testsuite>)";

}  // namespace riskd::api::testing
