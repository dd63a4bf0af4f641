// The past: the facts and the rules of then, and what the record says of it.
#include <fmt/core.h>

#include <atomic>
#include <memory>

#include "daemon/log/local_log.hpp"
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::testing::service_then_test {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

std::string mild_policy() { return replaced(small_policy(), "integrity high", "integrity low"); }

// A service whose clock says what the test says.
class Timed : public Workspace {
 public:
  void open() {
    service.reset();
    const auto config = read_config(folder / "riskd.toml");
    REQUIRE(config.has_value());
    auto opened = open_service(*config, [clock = clock_] { return clock->load(); });
    INFO((opened ? "" : opened.error().message));
    REQUIRE(opened.has_value());
    service = std::move(*opened);
  }
  void set_day(std::int64_t day) const { *clock_ = on_day(day); }
  static Instant on_day(std::int64_t day) { return {begin_.ms + day * day_ms}; }

  void reload(const std::string& policy) const {
    const auto done = service->reload({{"shop.risk", policy}}, "admin", "");
    REQUIRE(done.has_value());
    REQUIRE(done->done);
  }
  void answer(const std::string& reach) const {
    must_post(engine::AnswersFact{{}, {{"reach", reach}}});
  }
  Then must_then(const Moment& moment) const {
    auto then = service->then("shop", moment);
    INFO((then ? "" : then.error().message));
    REQUIRE(then.has_value());
    return std::move(*then);
  }
  Then must_then(std::int64_t day) const { return must_then({on_day(day), std::nullopt}); }
  Error refused(const Moment& moment) const {
    auto then = service->then("shop", moment);
    REQUIRE_FALSE(then.has_value());
    return then.error();
  }

  // Adds an entry of a policy to the closed store; returns its revision.
  std::uint64_t archive(store::PolicyRecord record) {
    service.reset();
    auto opened = store::open_store(folder / "store");
    REQUIRE(opened.has_value());
    auto transaction = (*opened)->begin();
    REQUIRE(transaction.has_value());
    const auto revision = (*transaction)->append_policy(record);
    REQUIRE(revision.has_value());
    REQUIRE((*transaction)
                ->close_entry({store::EntryKind::policy,
                               record.at,
                               record.at,
                               *revision,
                               false,
                               record.poster,
                               {}}));
    REQUIRE((*transaction)->commit());
    return *revision;
  }
  // Adds a change to the closed store.
  void record(const store::ChangeRecord& change) {
    service.reset();
    auto opened = store::open_store(folder / "store");
    REQUIRE(opened.has_value());
    auto transaction = (*opened)->begin();
    REQUIRE(transaction.has_value());
    REQUIRE((*transaction)->append_change(change));
    REQUIRE((*transaction)
                ->close_entry({store::EntryKind::time,
                               change.at,
                               change.at,
                               change.policy,
                               false,
                               "riskd",
                               {change.product}}));
    REQUIRE((*transaction)->commit());
  }
  // What a test has forged does not replay.
  void forget_store() {
    service.reset();
    std::filesystem::remove_all(folder / "store");
  }

 private:
  static constexpr Instant begin_{1'780'000'000'000};
  const std::shared_ptr<std::atomic<Instant>> clock_ =
      std::make_shared<std::atomic<Instant>>(begin_);
};

// Day 1: the product; day 3: another policy; day 5: another answer.
void make_past(Timed& shop) {
  shop.set_day(0);
  shop.open();
  shop.set_day(1);
  shop.make_shop();
  shop.set_day(3);
  shop.reload(mild_policy());
  shop.set_day(5);
  shop.answer("office");
  shop.set_day(7);
}

void check_past(const Timed& shop) {
  const Then harsh = shop.must_then(2);
  const Then mild = shop.must_then(4);
  const Then none = shop.must_then(6);
  CHECK(harsh.policy.compiled.revision == 1);
  CHECK(harsh.policy.compiled.since == Timed::on_day(0));
  CHECK(mild.policy.compiled.revision == 2);
  CHECK(mild.policy.compiled.since == Timed::on_day(3));
  CHECK(mild.policy.compiled.poster == "admin");
  CHECK(harsh.view->model().rating > mild.view->model().rating);
  CHECK(mild.view->model().rating > none.view->model().rating);
  CHECK(none.view->model().risks.empty());
  for (const Then* each : {&harsh, &mild, &none}) {
    CHECK_FALSE(each->is_to_come);
    // The texts that are kept are whole: they compile to the same program.
    CHECK(each->policy.hash == each->policy.compiled.program->hash);
    REQUIRE(each->recorded.has_value());
    CHECK(each->recorded->differences.empty());
  }
  CHECK(harsh.recorded->policy == 1);
  CHECK(harsh.recorded->at == Timed::on_day(1));
  CHECK(mild.recorded->policy == 2);
  CHECK(mild.recorded->at == Timed::on_day(3));
}

}  // namespace

TEST_CASE("the past has the facts and the rules of then, after a restart too") {
  Timed shop;
  make_past(shop);
  check_past(shop);
  // Of the moment itself, what came then is there.
  CHECK(shop.must_then(3).policy.compiled.revision == 2);
  CHECK(shop.must_then({Instant{Timed::on_day(3).ms - 1}, {}}).policy.compiled.revision == 1);
  shop.folder.write("policy/shop.risk", mild_policy());
  shop.open();
  check_past(shop);
}

TEST_CASE("the facts of a moment can be seen under another policy") {
  Timed shop;
  make_past(shop);
  const Then harsh = shop.must_then({Timed::on_day(4), 1});
  const Then mild = shop.must_then({Timed::on_day(4), 2});
  CHECK(harsh.policy.compiled.revision == 1);
  CHECK(harsh.view->model().rating > mild.view->model().rating);
  CHECK_FALSE(harsh.recorded.has_value());
  CHECK(mild.recorded.has_value());
  shop.service->stop_trackers();  // which report what they have made
  const Then today = shop.must_then({std::nullopt, 1});
  CHECK(today.view->facts().last_seq == shop.service->product("shop")->facts().last_seq);
  CHECK_FALSE(today.recorded.has_value());
  const Error none = shop.refused({std::nullopt, 9});
  CHECK(none.code == ErrorCode::not_found);
  CHECK(none.message == "the policy has no revision 9; the newest is 2");
}

TEST_CASE("before its first fact, and after its removal, there is no product") {
  Timed shop;
  make_past(shop);
  Error none = shop.refused({Timed::on_day(0), {}});
  CHECK(none.code == ErrorCode::not_found);
  CHECK(none.message == fmt::format("there was no product `shop` at {}; its first fact is of {}",
                                    to_string(Timed::on_day(0)), to_string(Timed::on_day(1))));
  engine::ProductFact removal;
  removal.removed = true;
  shop.must_post(removal);
  shop.set_day(9);
  shop.must_post(engine::ProductFact{}, true);
  none = shop.refused({Timed::on_day(8), {}});
  CHECK(none.message == fmt::format("there was no product `shop` at {}; it was removed at {}",
                                    to_string(Timed::on_day(8)), to_string(Timed::on_day(7))));
  CHECK(shop.must_then(9).view->facts().id == "shop");
  CHECK(shop.must_then(2).view->model().risks.size() == 1);
}

TEST_CASE("a moment to come has today's facts and rules, and nothing is recorded of it") {
  Timed shop;
  make_past(shop);
  const Then then = shop.must_then(100);
  CHECK(then.is_to_come);
  CHECK(then.at == Timed::on_day(100));
  CHECK(then.policy.compiled.revision == 2);
  CHECK_FALSE(then.recorded.has_value());
}

TEST_CASE(
    "an archived policy that does not compile is named, with the reasons, and nothing else is "
    "shown") {
  Timed shop;
  shop.set_day(0);
  shop.open();
  shop.set_day(1);
  shop.make_shop();
  const std::uint64_t broken = shop.archive({0,
                                             "0123456789abcdef",
                                             Timed::on_day(2),
                                             "admin",
                                             {{"shop.risk", "pattern of nothing {\n"}}});
  shop.set_day(3);
  shop.open();
  const Error error = shop.refused({Timed::on_day(2), {}});
  CHECK(error.code == ErrorCode::unsupported);
  CHECK_THAT(error.message,
             Catch::StartsWith(fmt::format("revision {} of the policy, in force since ", broken)));
  CHECK_THAT(error.message, Catch::Contains("shop.risk:1"));
  CHECK(shop.must_then(1).policy.compiled.revision == 1);
  CHECK(shop.must_then(3).policy.compiled.revision == 3);
  shop.forget_store();
}

TEST_CASE(
    "what holds of a product from its beginning is in no line of changes, and is no difference") {
  Timed shop;
  shop.folder.write("policy/shop.risk",
                    replaced(small_policy(), "when reach is internet", "when yes"));
  shop.set_day(0);
  shop.open();
  shop.set_day(1);
  shop.make_shop();
  shop.set_day(2);
  shop.must_post(engine::DecisionFact{
      "lock-1", engine::DecisionState::rejected, {}, {}, "nobody wants it", {}, {}});
  shop.set_day(3);
  const Then then = shop.must_then(3);
  REQUIRE(then.view->model().risks.size() == 1);
  REQUIRE(then.recorded.has_value());
  CHECK(then.recorded->differences.empty());
}

TEST_CASE("where the record says otherwise than riskd computes, both are known") {
  Timed shop;
  make_past(shop);
  const std::string rating = engine::print_number(shop.must_then(4).view->model().rating);
  const std::string current =
      engine::print_number(shop.must_then(4).view->model().risks.front().current);
  shop.answer("internet");
  const std::uint64_t seq = shop.service->product("shop")->facts().last_seq;
  shop.record(
      {seq, 0, "shop", Timed::on_day(8), 2, "time",
       R"({"seq":1,"product":"shop","rating":1.5,"changed":[{"id":"shop.break-in","current":2,"band":"low"},)"
       R"({"id":"shop.gone","inherent":1,"current":1,"projected":1,"band":"low","weaknesses":[]}],)"
       R"("states":[{"id":"shop.lock-1","state":"implemented"}]})"});
  shop.set_day(10);
  shop.open();
  const Then then = shop.must_then(9);
  REQUIRE(then.recorded.has_value());
  CHECK(then.recorded->at == Timed::on_day(8));
  std::vector<std::string> found;
  for (const Difference& each : then.recorded->differences)
    found.push_back(each.element + " " + each.value + ": " + each.recorded + ", " + each.computed);
  CHECK(std::find(found.begin(), found.end(), " rating: 1.5, " + rating) != found.end());
  CHECK(std::find(found.begin(), found.end(), "shop.break-in current: 2, " + current) !=
        found.end());
  CHECK(std::find(found.begin(), found.end(), "shop.gone applies: true, false") != found.end());
  CHECK(std::find(found.begin(), found.end(), "shop.lock-1 state: implemented, required") !=
        found.end());
  CHECK(shop.must_then(4).recorded->differences.empty());
  shop.forget_store();
}

TEST_CASE("facts and policies from a clock that was ahead are of the time of the correction") {
  Timed shop;
  shop.set_day(0);
  shop.open();
  shop.set_day(30);  // the clock is ahead
  shop.make_shop();
  shop.reload(mild_policy());
  shop.set_day(2);
  shop.folder.write("policy/shop.risk", mild_policy());
  shop.open();
  REQUIRE(shop.service->bring_back_times("admin").has_value());
  shop.set_day(3);
  const Then then = shop.must_then(2);
  CHECK(then.policy.compiled.revision == 2);
  CHECK(then.policy.compiled.since == Timed::on_day(2));
  CHECK(then.view->model().risks.size() == 1);
  REQUIRE(then.recorded.has_value());
  CHECK(then.recorded->at == Timed::on_day(2));
  CHECK(then.recorded->differences.empty());
  CHECK(shop.refused({Timed::on_day(1), {}}).code == ErrorCode::not_found);
}

TEST_CASE("a policy is in force since its entry in the log, whatever the machine's clock says") {
  Timed shop;
  shop.set_day(0);
  shop.open();
  shop.set_day(30);
  shop.make_shop();
  shop.set_day(2);  // behind the store, whose time goes on from day 30
  shop.reload(mild_policy());
  CHECK(shop.service->policy().since == Timed::on_day(30));
  CHECK(shop.must_then(30).policy.compiled.revision == 2);
  CHECK(shop.must_then({Timed::on_day(30), 1}).policy.compiled.since == Timed::on_day(0));
  CHECK(shop.service->product("shop")->live.now() == Timed::on_day(30));
}

TEST_CASE("more policies than are kept compiled can be seen one after the other") {
  Timed shop;
  shop.set_day(0);
  shop.open();
  shop.make_shop();
  for (int i = 1; i <= 6; ++i) {
    shop.set_day(i);
    shop.reload(small_policy(i + 1));
  }
  for (int round = 0; round < 2; ++round) {
    for (int day = 0; day <= 6; ++day) {
      const Then then = shop.must_then(day);
      CHECK(then.policy.compiled.revision == static_cast<std::uint64_t>(day + 1));
      CHECK(then.view->model().countermeasures.size() == static_cast<std::size_t>(day + 1));
    }
  }
}

}  // namespace riskd::service::testing::service_then_test
