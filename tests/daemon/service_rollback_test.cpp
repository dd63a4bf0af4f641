// A policy is put in force only if it changes what was planned; that of an earlier revision, again, to stay.
#include <future>

#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::service_rollback_test {
namespace {

using namespace testing;

struct Policies : Workspace {
  void write(int measures) const { folder.write("policy/shop.risk", small_policy(measures)); }
  void reload(int measures) const {
    write(measures);
    const auto done = service->reload({}, "alice", "");
    REQUIRE(done.has_value());
    REQUIRE(done->done);
  }
  void start() {
    service.reset();
    open();
  }
  Rollback must_roll_back(std::optional<std::uint64_t> revision = {}) const {
    auto done = service->rollback(revision, "alice");
    INFO((done ? "" : done.error().message));
    REQUIRE(done.has_value());
    return std::move(*done);
  }
  std::uint64_t revision() const { return service->policy().revision; }
  std::size_t measures() const { return service->product("shop")->model().countermeasures.size(); }
};

}  // namespace

TEST_CASE("a rollback puts the policy of an earlier revision in force, also after a start") {
  Policies shop;
  shop.open();
  shop.make_shop();
  shop.reload(2);
  REQUIRE(shop.measures() == 2);
  const std::string configured = shop.service->policy().program->hash;

  const Rollback done = shop.must_roll_back();
  CHECK(done.of == 1);
  CHECK(done.reloaded.revision == 3);
  CHECK(done.reloaded.plan.products.size() == 1);
  CHECK(shop.measures() == 1);
  CHECK(shop.service->policy().poster == "alice");
  CHECK(shop.service->policy().instead_of == configured);

  shop.start();
  CHECK(shop.revision() == 3);
  CHECK(shop.measures() == 1);
  CHECK(shop.service->policy().instead_of == configured);
  shop.start();
  CHECK(shop.revision() == 3);

  SECTION("until somebody reloads") {
    shop.reload(2);
    CHECK(shop.revision() == 4);
    CHECK(shop.service->policy().instead_of.empty());
    shop.start();
    CHECK(shop.revision() == 4);
    CHECK(shop.measures() == 2);
  }
  SECTION("until the configured policy is another one") {
    shop.write(3);
    shop.start();
    CHECK(shop.revision() == 4);
    CHECK(shop.measures() == 3);
    CHECK(shop.service->policy().instead_of.empty());
    shop.write(2);  // it had been rolled back from, and is new now
    shop.start();
    CHECK(shop.revision() == 5);
    CHECK(shop.measures() == 2);
  }
  SECTION("and files that somebody sends do not end it, unless they are the configured policy") {
    const auto send = [&](int measures) {
      const auto sent = shop.service->reload({{"shop.risk", small_policy(measures)}}, "alice", "");
      REQUIRE(sent.has_value());
      REQUIRE(sent->done);
    };
    send(3);
    CHECK(shop.service->policy().instead_of == configured);
    shop.start();
    CHECK(shop.revision() == 4);
    CHECK(shop.measures() == 3);
    send(2);
    CHECK(shop.service->policy().instead_of.empty());
    shop.start();
    CHECK(shop.revision() == 5);
    CHECK(shop.measures() == 2);
  }
  SECTION("and a reload of the same policy ends it") {
    shop.reload(1);
    CHECK(shop.service->policy().instead_of.empty());
    shop.write(2);
    shop.start();
    CHECK(shop.measures() == 2);
  }
  SECTION("a second one goes on from there") {
    CHECK(shop.must_roll_back().of == 2);
    CHECK(shop.measures() == 2);
    CHECK(shop.must_roll_back(1).of == 1);
    CHECK(shop.measures() == 1);
  }
}

TEST_CASE("a rollback from a policy that is broken on the disk") {
  Policies shop;
  shop.open();
  shop.make_shop();
  shop.reload(2);
  shop.folder.write("policy/shop.risk", "library shop");
  CHECK(shop.must_roll_back().of == 1);
  shop.start();
  CHECK(shop.revision() == 3);
  CHECK(shop.measures() == 1);
  shop.write(2);
  shop.start();
  CHECK(shop.measures() == 2);
}

TEST_CASE("a reload changes what was planned, or nothing") {
  Policies shop;
  shop.open();
  shop.make_shop();
  shop.write(2);
  const auto plan = shop.service->plan({});
  REQUIRE(plan.has_value());
  REQUIRE_FALSE(plan->hash.empty());
  CHECK(shop.service->plan({})->hash == plan->hash);
  const auto refused = [&] {
    const auto done = shop.service->reload({}, "alice", plan->hash);
    return !done && done.error().code == ErrorCode::conflict && shop.revision() == 1;
  };

  SECTION("a fact that changes nothing of it") {
    engine::ProductFact named;
    named.title = "The shop";
    shop.must_post(named);
    const auto done = shop.service->reload({}, "alice", plan->hash);
    REQUIRE(done.has_value());
    CHECK(done->revision == 2);
    CHECK(done->plan.hash == plan->hash);
    CHECK(shop.measures() == 2);
  }
  SECTION("a fact that changes it") {
    shop.must_post(engine::AnswersFact{{}, {{"reach", std::string("office")}}});
    CHECK(refused());
  }
  SECTION("another policy") {
    shop.write(3);
    CHECK(refused());
  }
  SECTION("a product that it changes too") {
    std::promise<void> posted;
    shop.service->post({"web", {{engine::ProductFact{}, {}}}, "tester", true, {}, {}, {}},
                       [&](const auto&) { posted.set_value(); });
    posted.get_future().wait();
    CHECK(shop.service->plan({})->hash == plan->hash);  // it has no answers yet
    std::promise<void> answered;
    shop.service->post({"web",
                        {{engine::AnswersFact{{}, {{"reach", std::string("internet")}}}, {}}},
                        "tester",
                        false,
                        {},
                        {},
                        {}},
                       [&](const auto&) { answered.set_value(); });
    answered.get_future().wait();
    CHECK(refused());
  }
  SECTION("the same policy is a plan too") {
    REQUIRE(shop.service->reload({}, "alice", "").has_value());
    CHECK_FALSE(shop.service->reload({}, "alice", plan->hash).has_value());
    const auto same = shop.service->plan({});
    REQUIRE(same->same_policy);
    CHECK(shop.service->reload({}, "alice", same->hash).has_value());
  }
}

TEST_CASE("a rollback that cannot be done changes nothing") {
  Policies shop;
  shop.open();
  shop.make_shop();
  const auto refused = [&](std::optional<std::uint64_t> revision, ErrorCode code) {
    const auto done = shop.service->rollback(revision, "alice");
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == code);
  };
  refused({}, ErrorCode::not_found);
  refused(1, ErrorCode::invalid);
  refused(7, ErrorCode::not_found);
  CHECK(shop.revision() == 1);
  CHECK(shop.service->policy().instead_of.empty());
}

}  // namespace riskd::service::service_rollback_test
