// Whether a change would be stored.
#include <chrono>
#include <future>

#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::service_proof_test {
namespace {

using namespace testing;
using Clock = std::chrono::steady_clock;

// When riskd last wrote to see whether it can; empty: never.
std::string tried(const Workspace& shop) {
  const auto store = store::open_store(shop.folder / "store");
  REQUIRE(store.has_value());
  const auto value = (*store)->meta("tried");
  REQUIRE(value.has_value());
  return value->value_or("");
}

}  // namespace

TEST_CASE("a commit proves that the store takes what is written, outside the log") {
  Workspace shop;
  shop.open();
  shop.make_shop();
  shop.must_sync();  // nothing is left to be stored
  const std::uint64_t position = shop.service->state().position;
  CHECK(shop.service->prove_write().has_value());
  shop.service.reset();
  CHECK(tried(shop).empty());  // a post has just been stored

  shop.open();  // writes nothing: the policy is the same
  CHECK(shop.service->prove_write().has_value());
  CHECK(shop.service->prove_write().has_value());
  CHECK(shop.service->state().position == position);
  shop.service.reset();
  CHECK_FALSE(tried(shop).empty());
}

TEST_CASE("a proof fails while a write does not end") {
  Workspace shop;
  shop.open();
  shop.make_shop();
  shop.service.reset();
  shop.open();
  std::promise<void> go_on, begun;
  std::promise<void> posted;
  Posting posting{"shop", {}, "tester", false, {}, {}, {}};
  posting.facts.push_back({engine::ProductFact{}, {}});
  posting.tell = [&](const ProductView&) {
    begun.set_value();
    go_on.get_future().wait();
    return std::string();
  };
  shop.service->post(std::move(posting), [&](const auto&) { posted.set_value(); });
  REQUIRE(begun.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  const auto start = Clock::now();
  const Status proven = shop.service->prove_write();
  CHECK(Clock::now() - start < std::chrono::seconds(10));
  REQUIRE_FALSE(proven.has_value());
  CHECK(proven.error().code == ErrorCode::unavailable);
  go_on.set_value();
  posted.get_future().wait();
  CHECK(shop.service->prove_write().has_value());
}

}  // namespace riskd::service::service_proof_test
