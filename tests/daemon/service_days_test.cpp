// The ends of days: what is kept of each, and that it stays.
#include <fmt/core.h>

#include <atomic>
#include <memory>
#include <thread>

#include "daemon/service/day_roll.hpp"
#include "daemon/service/past.hpp"
#include "daemon/store/backup.hpp"
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::testing::service_days_test {
namespace {

using Records = std::vector<store::DayRecord>;

constexpr std::int64_t hour = 3'600'000;
constexpr Date first_day{20'700};
constexpr std::size_t all = 1'000;

Date day(int number) { return {first_day.days + number}; }

Posting posting(const std::string& product, engine::FactBody body, bool make,
                std::optional<Instant> at = std::nullopt) {
  Posting posting;
  posting.product = product;
  posting.facts.push_back({std::move(body), at});
  posting.poster = "tester";
  posting.make_product = make;
  return posting;
}

// A service whose clock says what the test says: day 0 is the first, and it is noon.
class Daily : public Workspace {
 public:
  explicit Daily(const std::string& store_lines = "")
      : Workspace(small_policy(), with_store(store_lines)) {}

  void open() {
    service.reset();
    const auto config = read_config(folder / "riskd.toml");
    REQUIRE(config.has_value());
    auto opened = open_service(*config, [clock = clock_] { return Instant{*clock}; });
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened.has_value());
    service = std::move(*opened);
  }
  void set_time(int number, std::int64_t hours = 12) const {
    *clock_ = start_of(day(number)).ms + hours * hour;
  }
  void open_on(int number) {
    service.reset();
    set_time(number);
    open();
  }
  void answer(const std::string& reach) const {
    must_post(engine::AnswersFact{{}, {{"reach", reach}}});
  }
  void accept_until(Date last) const {
    engine::DecisionFact fact;
    fact.element = "shop.break-in";
    fact.state = engine::DecisionState::accepted;
    fact.reason = "We move out soon.";
    fact.until = last;
    must_post(fact);
  }
  Records days(const std::string& product = "shop") const {
    auto found = service->days(product, {0}, day(5'000), all);
    REQUIRE(found.has_value());
    return std::move(*found);
  }
  // Those of the product, when there are so many.
  Records wait_for(std::size_t count, const std::string& product = "shop") const {
    for (int i = 0; i < 1'000 && days(product).size() < count; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    Records found = days(product);
    REQUIRE(found.size() == count);
    return found;
  }
  // Takes away what is kept, as if riskd had never kept any day.
  void forget_days() {
    service.reset();
    auto store = store::open_store(folder / "store");
    REQUIRE(store.has_value());
    auto transaction = (*store)->begin();
    REQUIRE(transaction.has_value());
    REQUIRE((*transaction)->remove_days({0}));
    REQUIRE((*transaction)->commit());
  }

 private:
  static std::string with_store(const std::string& lines) {
    std::string config = small_config;
    const std::string path = "path = \"store\"\n";
    return config.insert(config.find(path) + path.size(), lines);
  }
  std::shared_ptr<std::atomic<std::int64_t>> clock_ =
      std::make_shared<std::atomic<std::int64_t>>(start_of(first_day).ms + 12 * hour);
};

// What was counted, without when.
bool is_same(const store::DayRecord& a, const store::DayRecord& b) {
  return a.rating == b.rating && a.band == b.band && a.is_approved == b.is_approved &&
         a.counts == b.counts && a.policy == b.policy;
}

}  // namespace

TEST_CASE("the end of a day is kept as riskd said it, and a late fact does not change it") {
  Daily shop;
  shop.open();
  shop.make_shop();
  shop.accept_until(day(30));
  shop.must_sync();
  const engine::Model model = shop.service->product("shop")->model();
  REQUIRE(model.rating > 0);
  shop.set_time(1, 0);
  const Records first = shop.wait_for(1);
  CHECK(first[0].day == day(0));
  CHECK(first[0].policy == 1);
  CHECK_FALSE(first[0].riskd.empty());
  CHECK_FALSE(first[0].is_late);
  CHECK(first[0].written >= start_of(day(1)));
  CHECK(is_same(first[0], [&] {
    store::DayRecord record = summed(model);
    record.policy = 1;
    return record;
  }()));
  CHECK(first[0].counts.accepted == 1);
  CHECK(first[0].counts.risks ==
        std::vector<std::pair<std::string, std::uint64_t>>{{model.risks.at(0).band, 1}});
  CHECK(first[0].counts.countermeasures.at(static_cast<std::size_t>(engine::State::required)) == 1);

  // It speaks of the day before.
  std::promise<bool> done;
  shop.service->post(posting("shop", engine::AnswersFact{{}, {{"reach", std::string("office")}}},
                             false, Instant{start_of(day(0)).ms + 13 * hour}),
                     [&](const auto& posted) { done.set_value(posted.has_value()); });
  REQUIRE(done.get_future().get());
  CHECK(shop.service->product("shop")->live.rating() == 0);
  shop.set_time(2, 0);
  const Records second = shop.wait_for(2);
  CHECK(is_same(second[0], first[0]));
  CHECK(second[0].written == first[0].written);
  CHECK(second[1].rating == 0);
  CHECK(second[1].counts.risks.empty());
}

TEST_CASE("what comes right after midnight is not of the day that ended") {
  Daily shop;
  shop.open();
  shop.make_shop();
  shop.accept_until(day(0));  // and ends with it
  shop.must_sync();
  store::DayRecord before = summed(shop.service->product("shop")->model());
  before.policy = 1;
  shop.set_time(1, 0);
  shop.answer("office");
  shop.folder.write("policy/shop.risk", small_policy(3));
  REQUIRE(shop.service->reload({}, "tester", "").has_value());
  CHECK(is_same(shop.wait_for(1)[0], before));
  CHECK(before.counts.accepted == 1);

  shop.answer("internet");
  shop.set_time(2, 0);
  const Records days = shop.wait_for(2);
  CHECK(is_same(days[0], before));
  CHECK(days[1].policy == 2);
  CHECK(days[1].counts.accepted == 0);
  CHECK(days[1].counts.countermeasures != days[0].counts.countermeasures);
}

TEST_CASE("days on which riskd did not run are evaluated when it starts, and say so") {
  Daily shop;
  shop.open();
  shop.make_shop();
  shop.accept_until(day(3));
  shop.set_time(1);
  shop.wait_for(1);
  shop.answer("office");
  shop.answer("internet");
  shop.open_on(8);
  const Records days = shop.wait_for(8);
  for (std::size_t i = 0; i < days.size(); ++i) {
    CAPTURE(i);
    CHECK(days[i].day == day(static_cast<int>(i)));
    CHECK(days[i].is_late == (i > 0));
    CHECK(days[i].counts.accepted == (i <= 3 ? 1 : 0));
    const auto then = shop.service->then("shop", {end_of(days[i].day), {}});
    REQUIRE(then.has_value());
    store::DayRecord computed = summed(then->view->model());
    computed.policy = then->policy.compiled.revision;
    CHECK(is_same(days[i], computed));
  }
}

TEST_CASE("days that were never kept are made of the facts, as they would have been") {
  Daily shop;
  shop.open();
  shop.make_shop();
  for (int i = 1; i <= 6; ++i) {
    shop.set_time(i);
    if (i == 2) shop.answer("office");
    if (i == 4) {
      shop.folder.write("policy/shop.risk", small_policy(2));
      REQUIRE(shop.service->reload({}, "tester", "").has_value());
      shop.answer("internet");
    }
    shop.wait_for(static_cast<std::size_t>(i));
  }
  const Records kept = shop.days();
  shop.forget_days();
  shop.open();
  const Records made = shop.wait_for(6);
  for (std::size_t i = 0; i < made.size(); ++i) {
    CAPTURE(i);
    CHECK(made[i].day == kept[i].day);
    CHECK(made[i].is_late);
    CHECK(is_same(made[i], kept[i]));
  }
  CHECK(made[1].policy == 1);
  CHECK(made[5].policy == 2);
}

TEST_CASE("riskd goes back a bounded number of days") {
  Daily shop;
  shop.open();
  shop.make_shop();
  shop.open_on(limits::days_back + 50);
  const Records days = shop.wait_for(limits::days_back);
  CHECK(days.front().day == day(50));
  CHECK(days.back().day == day(limits::days_back + 49));
}

TEST_CASE("a removed product has no more days; made again, it has") {
  Daily shop;
  shop.open();
  shop.make_shop();
  shop.set_time(1);
  shop.wait_for(1);
  engine::ProductFact removed;
  removed.removed = true;
  shop.must_post(removed);
  shop.open_on(5);
  shop.must_post(engine::ProductFact{}, true);
  shop.set_time(6, 0);
  const Records days = shop.wait_for(2);
  CHECK(days[0].day == day(0));
  CHECK(days[1].day == day(5));
}

TEST_CASE("days that a wrong clock has ended go when it is corrected") {
  Daily shop;
  shop.open();
  shop.make_shop();
  shop.set_time(1);
  shop.wait_for(1);
  shop.set_time(10);
  shop.wait_for(10);
  shop.answer("office");
  shop.set_time(2);
  REQUIRE(shop.service->bring_back_times("admin").has_value());
  CHECK(shop.days().size() == 2);
  shop.answer("internet");
  shop.set_time(3, 0);
  const Records days = shop.wait_for(3);
  CHECK(days[2].day == day(2));
  CHECK(days[2].rating > 0);
  CHECK_FALSE(days[2].is_late);
}

TEST_CASE("the ends of days stay when results are removed, and are in a backup") {
  Daily shop("keep-uploads = 1\n");
  shop.open();
  shop.make_shop();
  for (int i = 1; i <= 5; ++i) {
    shop.set_time(i);
    engine::RunFact fact;
    fact.suite = "ci";
    fact.run = fmt::format("run-{}", i);
    fact.source = "junit";
    engine::TestResult result;
    result.id = "door";
    result.cwe = {306};
    result.outcome = i % 2 == 0 ? engine::TestOutcome::passed : engine::TestOutcome::failed;
    fact.results.push_back(std::move(result));
    shop.must_post(fact);
    shop.wait_for(static_cast<std::size_t>(i));
  }
  shop.set_time(6);
  const Records kept = shop.wait_for(6);
  CHECK(kept[1].counts.tests_failed == 1);
  CHECK(kept[2].counts.tests_passed == 1);
  const Moment second{end_of(day(1)), {}};
  for (int i = 0; i < 500 && shop.service->then("shop", second).has_value(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  REQUIRE_FALSE(shop.service->then("shop", second).has_value());
  shop.service.reset();
  REQUIRE(store::copy_store(shop.folder / "store", shop.folder / "copy"));
  const auto copy = store::open_store_to_read(shop.folder / "copy");
  REQUIRE(copy.has_value());
  const auto copied = (*copy)->days("shop", day(1), day(3), all);
  REQUIRE(copied.has_value());
  REQUIRE(copied->size() == 3);
  CHECK(is_same(copied->front(), kept[1]));
  CHECK(copied->front().written == kept[1].written);
  const auto page = (*copy)->days("shop", day(1), day(3), 2);
  REQUIRE(page.has_value());
  CHECK(page->size() == 2);
  // What can still be known is made anew.
  shop.forget_days();
  shop.open();
  const Date last = day(5);
  for (int i = 0; i < 500 && (shop.days().empty() || shop.days().back().day != last); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const Records made = shop.days();
  REQUIRE_FALSE(made.empty());
  CHECK(made.size() < kept.size());
  for (const store::DayRecord& each : made)
    CHECK(is_same(each, kept.at(static_cast<std::size_t>(each.day.days - first_day.days))));
}

TEST_CASE("two thousand products are quick, and those that did not change quicker") {
  Daily shop;
  shop.open();
  constexpr int products = 2'000;
  std::atomic<int> left = 2 * products;
  std::promise<void> posted;
  const auto done = [&](const auto&) {
    if (--left == 0) posted.set_value();
  };
  for (int i = 0; i < products; ++i) {
    const std::string name = fmt::format("p{:04}", i);
    const auto post = [&](engine::FactBody body, bool make) {
      while (shop.service->state().queued > limits::writer_queue / 2)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      shop.service->post(posting(name, std::move(body), make), done);
    };
    post(engine::ProductFact{}, true);
    post(engine::AnswersFact{{}, {{"reach", std::string("internet")}}}, false);
  }
  posted.get_future().get();
  const std::string last = fmt::format("p{:04}", products - 1);
  const auto time_of = [&](int number) {
    const auto begin = std::chrono::steady_clock::now();
    shop.set_time(number, 0);
    shop.wait_for(static_cast<std::size_t>(number), last);
    return std::chrono::steady_clock::now() - begin;
  };
  const auto first = time_of(1);
  const auto second = time_of(2);
  CAPTURE(std::chrono::duration_cast<std::chrono::milliseconds>(first).count());
  CAPTURE(std::chrono::duration_cast<std::chrono::milliseconds>(second).count());
  CHECK(first < std::chrono::seconds(15));
  CHECK(second < std::chrono::seconds(10));
  CHECK(shop.days("p0000").size() == 2);
}

}  // namespace riskd::service::testing::service_days_test
