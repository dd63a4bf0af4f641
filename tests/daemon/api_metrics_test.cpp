// /v1/metrics: a text as Prometheus reads it, whose numbers follow what riskd does.
#include "daemon/service/tokens.hpp"
#include "tests/daemon/api_fixture.hpp"
#include "tests/daemon/metrics_text.hpp"

namespace riskd::api::api_metrics_test {
namespace {

using namespace testing;
using service::Role;

MetricsText metrics_of(const Daemon& daemon) {
  const client::Response response = daemon.send("GET", "/v1/metrics");
  REQUIRE(response.status == 200);
  CHECK(header(response, "content-type") == "text/plain; version=0.0.4");
  MetricsText metrics = read_metrics(response.body);
  check_metrics(metrics);
  return metrics;
}

double must_have(const MetricsText& metrics, const std::string& name,
                 const SampleLabels& labels = {}) {
  INFO(name);
  const auto value = value_of(metrics, name, labels);
  REQUIRE(value.has_value());
  return *value;
}

// What there is now, 0 where nothing is counted yet.
double now_of(const Daemon& daemon, const std::string& name, const SampleLabels& labels = {}) {
  return value_of(metrics_of(daemon), name, labels).value_or(0);
}

// Each counter and each part of a histogram.
void check_none_fell(const MetricsText& before, const MetricsText& after) {
  for (const auto& [name, family] : before) {
    if (family.type == "gauge") continue;
    for (const MetricSample& sample : family.samples) {
      INFO(sample.name);
      CHECK(must_have(after, sample.name, sample.labels) >= sample.value);
    }
  }
}

const char* hostile_config = R"([policy]
paths = ["policy"]
rules = "rules"
[store]
path = "store"
[socket]
path = "riskd.sock"
[[tracker]]
name = "a\"b\\c\nriskd_products{x=\"1\"} 99"
kind = "directory"
path = "tickets"
poll = "1 hour"
[[route]]
products = "*"
tracker = "a\"b\\c\nriskd_products{x=\"1\"} 99"
)";

}  // namespace

TEST_CASE("the metrics are a text as Prometheus reads it, and no counter ever falls") {
  const Daemon daemon;
  const MetricsText before = metrics_of(daemon);
  daemon.make_shop();
  daemon.must(200, "POST", "/v1/products/shop/approve");
  daemon.must(200, "POST", "/v1/sync?wait=true&product=shop");
  daemon.must(404, "GET", "/v1/products/none/model");
  daemon.must(404, "GET", "/v1/none");
  daemon.must(200, "POST", "/v1/policy/reload");
  const MetricsText after = metrics_of(daemon);
  check_none_fell(before, after);
  CHECK(must_have(after, "riskd_products") == 1);
  CHECK(must_have(after, "riskd_build_info") == 1);
  CHECK(must_have(after, "riskd_store_writable") == 1);
  CHECK(must_have(after, "riskd_store_damaged") == 0);
  CHECK(must_have(after, "riskd_store_disk_bytes") >
        must_have(after, "riskd_store_disk_free_bytes"));
  CHECK(must_have(after, "riskd_commit_seconds_count") >= 3);
  CHECK(must_have(after, "riskd_batch_works_count") >= 3);
  CHECK(must_have(after, "riskd_evaluation_seconds_count", {{"cause", "posting"}}) >= 3);
  CHECK(must_have(after, "riskd_tracker_calls_total",
                  {{"tracker", "files"}, {"call", "create"}, {"outcome", "ok"}}) == 1);
  CHECK(must_have(after, "riskd_tracker_call_seconds_count", {{"tracker", "files"}}) >= 2);
  CHECK(must_have(after, "riskd_http_connections") >= 1);
  CHECK(must_have(after, "process_resident_memory_bytes") > 1'000'000);
  CHECK(must_have(after, "process_open_fds") > 3);
  CHECK(must_have(after, "process_start_time_seconds") > 1.7e9);
}

TEST_CASE("requests are counted by their route, never by what stood in it") {
  const Daemon daemon;
  daemon.make_shop();
  daemon.must(200, "GET", "/v1/products/shop");
  daemon.must(404, "GET", "/v1/products/secret-name");
  daemon.send("BREW", "/v1/secret-path");
  const client::Response response = daemon.send("GET", "/v1/metrics");
  CHECK(response.body.find("secret-") == std::string::npos);
  CHECK(response.body.find("BREW") == std::string::npos);
  const MetricsText metrics = read_metrics(response.body);
  const SampleLabels route{{"method", "GET"}, {"route", "/v1/products/{product}"}};
  const auto of = [&](const std::string& status) {
    SampleLabels labels = route;
    labels["status"] = status;
    return must_have(metrics, "riskd_http_requests_total", labels);
  };
  CHECK(of("2xx") == 1);
  CHECK(of("4xx") == 1);
  CHECK(must_have(metrics, "riskd_http_request_seconds_count", route) == 2);
  CHECK(must_have(metrics, "riskd_http_requests_total", {{"route", "none"}, {"status", "4xx"}}) ==
        1);
}

TEST_CASE("a tracker's name in a label cannot become a line, a label or another metric") {
  const Daemon daemon({me({Role::read, Role::admin})}, service::testing::small_policy(),
                      hostile_config);
  const MetricsText metrics = metrics_of(daemon);
  const std::string name = "a\"b\\c\nriskd_products{x=\"1\"} 99";
  CHECK(must_have(metrics, "riskd_effects_pending", {{"tracker", name}}) == 0);
  CHECK(metrics.at("riskd_products").samples.size() == 1);
  CHECK(must_have(metrics, "riskd_products") == 0);
}

TEST_CASE("products are counted by band for those who may read all, and for nobody else") {
  const Daemon all({me({Role::read, Role::answer, Role::retire, Role::admin})});
  all.make_shop();
  all.must(201, "PUT", "/v1/products/office");
  all.must(201, "PUT", "/v1/products/gone");
  all.must(200, "DELETE", "/v1/products/gone");
  const MetricsText metrics = metrics_of(all);
  double products = 0;
  for (const MetricSample& sample : metrics.at("riskd_products_by_band").samples)
    products += sample.value;
  CHECK(products == 2);
  CHECK(metrics.at("riskd_products_by_band").samples.size() > 2);  // empty bands too
  const std::string band(all.must(200, "GET", "/v1/products/shop").at("band").as_string().c_str());
  CHECK(must_have(metrics, "riskd_products_by_band", {{"band", band}}) >= 1);

  const Daemon some({me({Role::read}, {"shop*"})});
  const MetricsText fewer = metrics_of(some);
  CHECK_FALSE(fewer.contains("riskd_products_by_band"));
  CHECK(fewer.contains("riskd_products"));
}

TEST_CASE("reloads are counted by what came of them") {
  const Daemon daemon;
  const auto reloads = [&](const char* outcome) {
    return now_of(daemon, "riskd_policy_reloads_total", {{"outcome", outcome}});
  };
  daemon.must(200, "POST", "/v1/policy/reload");
  CHECK(reloads("done") == 1);
  daemon.must(422, "POST", "/v1/policy/reload", R"({"files": {"x.risk": "no policy"}})");
  CHECK(reloads("refused") == 1);
  daemon.must(404, "POST", "/v1/policy/rollback", R"({"revision": 99})");
  CHECK(reloads("refused") == 2);
  CHECK(reloads("failed") == 0);
  CHECK(now_of(daemon, "riskd_policy_plan_seconds_count") >= 1);
}

TEST_CASE("what the server refuses is counted by its status") {
  const Daemon daemon({me({Role::read})});
  const auto refusals = [&](const char* status) {
    return now_of(daemon, "riskd_http_refusals_total", {{"status", status}});
  };
  CHECK(refusals("403") == 0);
  daemon.must(403, "DELETE", "/v1/products/shop");
  CHECK(refusals("403") == 1);
  daemon.send("GET", "/v1/products", {}, {{"X-Long", std::string(20'000, 'x')}});
  CHECK(refusals("431") == 1);
  daemon.must(401, "GET", "/v1/products", {}, {{"Authorization", "Bearer riskd_nobody"}});
  CHECK(refusals("401") == 1);
}

TEST_CASE("tokens that expire within 14 days are counted") {
  const Daemon daemon;
  auto& tokens = daemon.workspace.service->tokens();
  const Instant now = daemon.workspace.service->now();
  const auto give = [&](const char* name, std::optional<int> days) {
    service::TokenGrant grant{name, {Role::read}, {}, std::nullopt};
    if (days) grant.expires = Instant{now.ms + *days * 24LL * 3'600'000};
    REQUIRE(tokens.give(grant, "eva"));
  };
  give("for-ever", std::nullopt);
  give("soon", 13);
  give("later", 15);
  give("revoked", 13);
  REQUIRE(tokens.revoke("revoked", "eva"));
  const MetricsText metrics = metrics_of(daemon);
  CHECK(must_have(metrics, "riskd_tokens", {{"state", "live"}}) == 3);
  CHECK(must_have(metrics, "riskd_tokens", {{"state", "revoked"}}) == 1);
  CHECK(must_have(metrics, "riskd_tokens_expiring") == 1);
}

}  // namespace riskd::api::api_metrics_test
