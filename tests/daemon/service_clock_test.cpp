// A clock that was ahead, and is right again: what is counted meanwhile, and how its facts are corrected.
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::testing::service_clock_test {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

// A service whose clock is as far ahead as `ahead` says.
class Clocked : public Workspace {
 public:
  void open_with(std::int64_t ahead) {
    service.reset();
    const auto config = read_config(folder / "riskd.toml");
    REQUIRE(config.has_value());
    auto opened = open_service(*config, [ahead] { return Instant{now().ms + ahead}; });
    REQUIRE(opened.has_value());
    service = std::move(*opened);
  }
  void answer(const std::string& reach) const {
    must_post(engine::AnswersFact{{}, {{"reach", reach}}});
  }
  const engine::Stamped<engine::RawValue>& answered() const {
    return service->product("shop")->facts().answers.begin()->second;
  }
};

}  // namespace

TEST_CASE(
    "facts from a clock that was ahead are counted in their order, and corrected when asked") {
  Clocked shop;
  shop.open_with(3 * day_ms);
  shop.must_post(engine::ProductFact{}, true);
  shop.answer("internet");
  const std::uint64_t before = shop.service->state().last_seq;

  shop.open_with(0);
  CHECK(shop.service->state().clock_behind_ms > 2 * day_ms);
  shop.answer("office");
  CHECK(std::get<std::string>(shop.answered().value) == "office");
  CHECK(shop.answered().from.at > Instant{Workspace::now().ms + day_ms});

  const auto corrected = shop.service->bring_back_times("admin");
  REQUIRE(corrected.has_value());
  CHECK(*corrected == 1);
  CHECK(shop.service->state().clock_behind_ms < day_ms);
  CHECK(shop.answered().from.at <= Workspace::now());
  CHECK(shop.service->product("shop")->live.now() <= Workspace::now());
  // Nothing was written over: there is one fact more.
  CHECK(shop.service->state().last_seq == before + 2);
  const auto history = shop.service->history("shop", 0, 100);
  REQUIRE(history.has_value());
  CHECK(history->front().at > Instant{Workspace::now().ms + day_ms});
  CHECK(*shop.service->bring_back_times("admin") == 0);

  // So it is after a restart, and what is said then is newer than all that.
  shop.open_with(0);
  CHECK(shop.service->state().clock_behind_ms < day_ms);
  CHECK(std::get<std::string>(shop.answered().value) == "office");
  shop.answer("internet");
  CHECK(std::get<std::string>(shop.answered().value) == "internet");
  CHECK(shop.answered().from.at <= Workspace::now());
}

}  // namespace riskd::service::testing::service_clock_test
