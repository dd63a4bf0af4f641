// The route that answers with the ends of days.
#include <chrono>
#include <thread>

#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::api_days_test {
namespace {

using namespace testing;

constexpr std::int64_t day_ms = 86'400'000;
const std::string days = "/v1/products/shop/days";

// A shop three days later: riskd did not run meanwhile.
struct Later : Daemon {
  Later() {
    make_shop();
    today = date_of(service::testing::Workspace::now()).days;
    server.reset();
    handler.reset();
    workspace.service.reset();
    const auto config = service::read_config(workspace.folder / "riskd.toml");
    REQUIRE(config);
    auto opened = service::open_service(
        *config, [] { return Instant{service::testing::Workspace::now().ms + 3 * day_ms}; });
    REQUIRE(opened);
    workspace.service = std::move(*opened);
    serve(*config);
    for (int i = 0; i < 500 && items(days).size() < 3; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  json::array items(const std::string& target) const {
    return must(200, "GET", target).at("items").as_array();
  }
  std::string day(int number) const { return to_string(Date{today + number}); }
  int today = 0;
};

}  // namespace

TEST_CASE("the ends of days are listed with what riskd said then") {
  const Later shop;
  const json::array items = shop.items(days);
  REQUIRE(items.size() == 3);
  const json::object& first = items[0].as_object();
  const json::value model = shop.must(200, "GET", "/v1/products/shop/model");
  CHECK(first.at("day") == json::value(shop.day(0)));
  CHECK(first.at("rating") == model.at("rating"));
  CHECK(first.at("band") == model.at("band"));
  CHECK(first.at("policy") == 1);
  CHECK(first.at("late") == true);
  CHECK(first.at("approved") == false);
  CHECK(first.at("risks").as_object().size() == 1);
  CHECK(first.at("weaknesses").at("untested") == 1);
  CHECK(first.at("countermeasures").at("required") == 1);
  CHECK(first.at("countermeasures").at("implemented") == 0);
  CHECK(first.at("open-questions") == 0);
  CHECK(first.at("tickets").as_object().size() == 2);
  CHECK(first.at("tests").as_object().size() == 6);
  CHECK(items[2].at("day") == json::value(shop.day(2)));
}

TEST_CASE("days are asked for by their dates, page by page") {
  const Later shop;
  CHECK(shop.items(days + "?from=" + shop.day(1)).size() == 2);
  CHECK(shop.items(days + "?to=" + shop.day(1)).size() == 2);
  CHECK(shop.items(days + "?from=" + shop.day(1) + "&to=" + shop.day(1)).size() == 1);
  CHECK(shop.items(days + "?from=2999-01-01").empty());
  const json::value page = shop.must(200, "GET", days + "?limit=2");
  CHECK(page.at("items").as_array().size() == 2);
  CHECK(page.at("next") == json::value(shop.day(1)));
  const json::value rest = shop.must(200, "GET", days + "?limit=2&after=" + shop.day(1));
  CHECK(rest.at("items").as_array().size() == 1);
  CHECK(rest.at("next").is_null());
  shop.must(400, "GET", days + "?from=yesterday");
  shop.must(400, "GET", days + "?to=2026-02-30");
  shop.must(400, "GET", days + "?after=1");
  shop.must(404, "GET", "/v1/products/none/days");
}

}  // namespace riskd::api::api_days_test
