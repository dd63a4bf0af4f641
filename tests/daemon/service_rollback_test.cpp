// The policy of an earlier revision is put in force again, and stays so.
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::service_rollback_test {
namespace {

using namespace testing;

struct Policies : Workspace {
  void write(int measures) const { folder.write("policy/shop.risk", small_policy(measures)); }
  void reload(int measures) const {
    write(measures);
    const auto done = service->reload({}, "alice");
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
