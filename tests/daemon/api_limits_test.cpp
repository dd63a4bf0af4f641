// How many facts a second one peer may post.
#include "daemon/api/fact_rates.hpp"
#include "tests/daemon/api_fixture.hpp"
#include "tests/daemon/server_fixture.hpp"

namespace riskd::api::api_limits_test {
namespace {

using namespace testing;
using std::chrono::milliseconds, std::chrono::seconds;

const std::string eva = "1001", ben = "1002";

}  // namespace

TEST_CASE("a post is taken whole, and what it was too much is waited for") {
  FactRates rates(100);
  const auto start = FactRates::Clock::now();
  CHECK(rates.wait(eva, start) == seconds(0));
  rates.count(eva, 350, start);
  CHECK(rates.wait(eva, start) == seconds(3));
  CHECK(rates.wait(eva, start + milliseconds(2'000)) == seconds(1));
  CHECK(rates.wait(eva, start + milliseconds(2'600)) == seconds(0));
}

TEST_CASE("the share of one peer is not that of another, and is not saved up") {
  FactRates rates(100);
  const auto start = FactRates::Clock::now();
  rates.count(eva, 1'000, start);
  CHECK(rates.wait(ben, start) == seconds(0));
  const auto later = start + std::chrono::hours(1);
  CHECK(rates.wait(eva, later) == seconds(0));
  rates.count(eva, 200, later);
  CHECK(rates.wait(eva, later) == seconds(2));
}

TEST_CASE("a peer that posts too many facts gets 429 before its body is read; it may still read") {
  const Daemon daemon({}, service::testing::small_policy(),
                      service::testing::small_config + "[limits]\npeer-facts-per-second = 5\n");
  daemon.make_shop();
  std::string lines;
  for (int i = 0; i < 50; ++i)
    lines += "{\"product\": \"shop\", \"answers\": {\"reach\": \"office\"}}\n";
  CHECK(daemon.send("POST", "/v1/facts", lines).status == 200);

  server::RawClient client(daemon.workspace.folder / "api.sock");
  client.send("POST /v1/facts HTTP/1.1\r\nContent-Length: 900\r\nExpect: 100-continue\r\n\r\n");
  CHECK_THAT(client.read_until("a second"), Catch::StartsWith("HTTP/1.1 429 "));
  const client::Response refused =
      daemon.send("PATCH", "/v1/products/shop/answers", R"({"answers": {"reach": "internet"}})");
  CHECK(refused.status == 429);
  CHECK(std::stoi(header(refused, "retry-after")) > 1);
  CHECK(std::count_if(refused.headers.begin(), refused.headers.end(),
                      [](const auto& field) { return field.first == "retry-after"; }) == 1);
  CHECK(daemon.send("POST", "/v1/products/shop/results?suite=s", junit_report).status == 429);
  daemon.must(200, "GET", "/v1/products/shop/model");
  daemon.must(200, "POST", "/v1/sync");
}

}  // namespace riskd::api::api_limits_test
