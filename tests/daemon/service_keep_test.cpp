// What the store keeps beside the history: snapshots, and what retention leaves.
#include <fmt/core.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "daemon/log/verify.hpp"
#include "daemon/service/recall.hpp"
#include "daemon/store/backup.hpp"
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::testing::service_keep_test {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr const char* told_test = "what the log of a store says";

std::string with_store(const std::string& lines) {
  std::string config = small_config;
  const std::string path = "path = \"store\"\n";
  return config.insert(config.find(path) + path.size(), lines);
}

// A service whose clock says what the test says.
class Kept : public Workspace {
 public:
  explicit Kept(const std::string& lines = "") : Workspace(small_policy(), with_store(lines)) {}

  void open() {
    service.reset();
    const auto config = read_config(folder / "riskd.toml");
    INFO((config ? "" : config.error().message));
    REQUIRE(config.has_value());
    auto opened = open_service(*config, [clock = clock_] { return clock->load(); });
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened.has_value());
    service = std::move(*opened);
  }
  void set_day(std::int64_t day) const { *clock_ = Instant{begin_.ms + day * day_ms}; }
  void pass_hours(std::int64_t hours) const {
    *clock_ = Instant{clock_->load().ms + hours * 3'600'000};
  }
  static Instant on_day(std::int64_t day) { return {begin_.ms + day * day_ms}; }

  void upload(const std::string& run, engine::TestOutcome outcome) const {
    engine::RunFact fact;
    fact.suite = "ci";
    fact.run = run;
    fact.source = "junit";
    engine::TestResult result;
    result.id = "door";
    result.title = "The door is locked";
    result.cwe = {306};
    result.outcome = outcome;
    fact.results.push_back(std::move(result));
    must_post(fact);
  }
  // One run each day, from day 1 to `last`.
  void upload_daily(int last) const {
    for (int day = 1; day <= last; ++day) {
      set_day(day);
      upload(fmt::format("run-{}", day),
             day % 2 == 0 ? engine::TestOutcome::passed : engine::TestOutcome::failed);
    }
  }
  // Opens on that day, and waits until so many facts are removed; the service is closed afterwards.
  void keep_on(std::int64_t day, std::size_t removed) {
    service.reset();
    set_day(day);
    open();
    for (int i = 0; i < 200 && verified().removed < removed; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    service.reset();
    CHECK_FALSE(verified().has_fault);
    CHECK(verified().removed == removed);
  }
  struct Verified {
    std::uint64_t facts = 0, removed = 0;
    bool has_fault = false;
  };
  // By another process: one that has a store open twice loses track of its readers. A program of its own, and no fork:
  // the service's threads may hold locks that a fork's memory has for ever.
  Verified verified() const {
    const std::string answer = folder / "verified";
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::string command =
        fmt::format("RISKD_TEST_STORE='{}' RISKD_TEST_ANSWER='{}' '{}' '{}' > /dev/null",
                    folder / "store", answer, program, told_test);
    REQUIRE(std::system(command.c_str()) == 0);
    Verified told;
    std::ifstream file(answer);
    file >> told.facts >> told.removed >> told.has_fault;
    REQUIRE(file);
    return told;
  }
  // Where no service has it open.
  std::unique_ptr<store::Store> open_to_read() const {
    auto store = store::open_store_to_read(folder / "store");
    INFO((store ? "" : store.error().message + " " + store.error().where));
    REQUIRE(store.has_value());
    return std::move(*store);
  }

 private:
  static constexpr Instant begin_{1'790'000'000'000};
  std::shared_ptr<std::atomic<Instant>> clock_ = std::make_shared<std::atomic<Instant>>(begin_);
};

// For `verified`, which runs it alone.
TEST_CASE(told_test, "[.]") {
  const char* folder = std::getenv("RISKD_TEST_STORE");
  const char* answer = std::getenv("RISKD_TEST_ANSWER");
  REQUIRE(folder != nullptr);
  REQUIRE(answer != nullptr);
  const auto store = store::open_store_to_read(folder);
  const log::Verified all = store ? log::verify(**store, {}) : log::Verified();
  const bool has_fault = !store || all.fault;
  std::ofstream(answer) << all.facts << ' ' << all.removed << ' ' << has_fault << '\n';
}

std::size_t count_facts(const store::Store& store) {
  std::size_t count = 0;
  REQUIRE(store.facts_of("shop", 0, [&](const store::FactRecord&) {
    ++count;
    return true;
  }));
  return count;
}

std::size_t count_tests(const Kept& shop) {
  std::size_t count = 0;
  const auto view = shop.service->product("shop");
  for (const auto& [name, suite] : view->facts().suites) count += suite.tests.size();
  return count;
}

}  // namespace

TEST_CASE("a start reads snapshots, and evaluates nothing that was evaluated before") {
  Kept shop;
  shop.open();
  shop.make_shop();
  shop.upload_daily(3);
  shop.must_sync();
  const std::string version = shop.service->product("shop")->version();
  const double rating = shop.service->product("shop")->live.rating();
  shop.service.reset();
  {
    const auto store = shop.open_to_read();
    const auto snapshot = first_facts(*store, "shop");
    REQUIRE(snapshot.has_value());
    CHECK(snapshot->facts.last_seq == store->last_seq());
    CHECK(snapshot->derived.rating == rating);
  }
  shop.open();
  const auto view = shop.service->product("shop");
  CHECK(view->is_cool());
  CHECK(view->version() == version);
  CHECK(view->live.rating() == rating);
  const engine::LiveProduct anew(view->live.policy(), view->facts(), view->live.now());
  CHECK(anew.rating() == rating);
  CHECK(anew.next_change() == view->live.next_change());
  shop.upload("run-4", engine::TestOutcome::failed);
  CHECK(shop.service->product("shop")->live.rating() ==
        engine::LiveProduct(view->live.policy(), shop.service->product("shop")->facts(),
                            view->live.now())
            .rating());
}

TEST_CASE("a snapshot of another policy gives the facts, and is evaluated anew") {
  Kept shop;
  shop.open();
  shop.make_shop();
  shop.service.reset();
  shop.folder.write("policy/shop.risk", small_policy(3));
  shop.open();
  CHECK(shop.service->product("shop")->model().countermeasures.size() == 3);
  CHECK(shop.service->product("shop")->revision == 2);
}

TEST_CASE("superseded results are removed by age, what they led to stays, and the log says so") {
  Kept shop("keep-results = \"3 days\"\n");
  shop.open();
  shop.make_shop();
  shop.upload_daily(10);
  const double rating = shop.service->product("shop")->live.rating();
  const auto on_day_8 = shop.service->then("shop", {Kept::on_day(8), {}});
  REQUIRE(on_day_8.has_value());
  const double rating_then = on_day_8->view->live.rating();
  shop.keep_on(11, 7);  // of the days 1 to 7
  shop.service.reset();
  CHECK(shop.verified().facts == count_facts(*shop.open_to_read()) + 7);

  shop.open();
  CHECK(shop.service->product("shop")->live.rating() == rating);
  CHECK(count_tests(shop) == 1);
  const auto still = shop.service->then("shop", {Kept::on_day(8), {}});
  REQUIRE(still.has_value());
  CHECK(still->view->live.rating() == rating_then);
  CHECK(still->recorded->differences.empty());
  const auto gone = shop.service->then("shop", {Kept::on_day(3), {}});
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().code == ErrorCode::gone);
  CHECK(shop.service->then("shop", {Kept::on_day(0), {}}).has_value());
}

TEST_CASE("superseded results are removed by count; a change of what is left is found") {
  Kept shop("keep-uploads = 2\n");
  shop.open();
  shop.make_shop();
  shop.upload_daily(6);
  shop.keep_on(7, 4);
  {
    auto store = store::open_store(shop.folder / "store");
    REQUIRE(store.has_value());
    auto transaction = (*store)->begin();
    REQUIRE(transaction.has_value());
    // As if somebody wrote another base: the digest is in the chain.
    store::PruneRecord record;
    record.product = "shop";
    REQUIRE((*transaction)->prune(record, "another").has_value());
    REQUIRE((*transaction)->close_entry({store::EntryKind::prune, {}, {}, 1, false, "", {"shop"}}));
    REQUIRE((*transaction)->commit());
  }
  REQUIRE(shop.verified().has_fault);
  std::filesystem::remove_all(shop.folder / "store");
}

TEST_CASE("results are removed several times while the time passes for which they are kept") {
  Kept shop("keep-results = \"10 hours\"\n");
  shop.open();
  shop.make_shop();
  shop.set_day(1);
  for (int hour = 1; hour <= 20; ++hour) {
    shop.pass_hours(1);
    shop.upload("run-" + std::to_string(hour), engine::TestOutcome::passed);
    const auto removed = static_cast<std::size_t>(std::max(0, hour - 11));
    for (int i = 0; i < 300 && shop.verified().removed < removed; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(shop.verified().removed >= removed);
  }
  CHECK_FALSE(shop.verified().has_fault);
}

TEST_CASE("results are removed that came after the last snapshot, and a kill loses nothing") {
  Kept shop("keep-uploads = 2\n");
  shop.open();
  shop.make_shop();
  shop.upload_daily(1);
  shop.service.reset();  // takes a snapshot
  shop.open();
  for (int day = 2; day <= 5; ++day) {
    shop.set_day(day);
    // Another test in each run: the first runs are all that is known of theirs.
    engine::RunFact fact;
    fact.suite = "suite-" + std::to_string(day);
    fact.source = "junit";
    engine::TestResult result;
    result.id = "test";
    result.cwe = {306};
    result.outcome = engine::TestOutcome::failed;
    fact.results.push_back(std::move(result));
    shop.must_post(fact);
  }
  shop.set_day(6);
  for (int i = 0; i < 300 && shop.verified().removed < 3; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  REQUIRE(shop.verified().removed >= 3);
  // The store as a kill leaves it.
  REQUIRE(store::copy_store(shop.folder / "store", shop.folder / "copy"));
  const auto copy = store::open_store_to_read(shop.folder / "copy");
  REQUIRE(copy.has_value());
  const auto recalled = recall(**copy, shop.service->policy(), "shop");
  REQUIRE(recalled.has_value());
  CHECK(recalled->view->facts().suites.size() == 5);
  CHECK(recalled->view->live.rating() == shop.service->product("shop")->live.rating());
}

TEST_CASE("what holds is kept, however old it is") {
  Kept shop("keep-uploads = 1\n");
  shop.open();
  shop.make_shop();
  shop.set_day(1);
  {
    engine::RunFact other;
    other.suite = "nightly";
    other.run = "only";
    other.source = "junit";
    engine::TestResult result;
    result.id = "window";
    result.cwe = {306};
    result.outcome = engine::TestOutcome::failed;
    other.results.push_back(std::move(result));
    shop.must_post(other);
  }
  shop.upload_daily(3);

  REQUIRE(count_tests(shop) == 2);
  shop.keep_on(9, 3);
  shop.open();
  CHECK(count_tests(shop) == 2);
}

}  // namespace riskd::service::testing::service_keep_test
