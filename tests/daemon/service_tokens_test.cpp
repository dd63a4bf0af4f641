// Tokens: given, shown, revoked; what the store has of them, and what it does not.
#include "daemon/service/tokens.hpp"

#include <atomic>
#include <functional>

#include "daemon/log/verify.hpp"
#include "daemon/store/key.hpp"
#include "tests/daemon/service_fixture.hpp"

namespace riskd::service::service_tokens_test {
namespace {

using namespace testing;

// A service whose clock says what the test says.
struct Clocked : Workspace {
  void open() {
    service.reset();
    const auto config = read_config(folder / "riskd.toml");
    REQUIRE(config.has_value());
    auto opened = open_service(*config, [clock = clock] { return clock->load(); });
    REQUIRE(opened.has_value());
    service = std::move(*opened);
  }
  void pass(std::int64_t minutes) const { *clock = Instant{clock->load().ms + minutes * 60'000}; }

  std::shared_ptr<std::atomic<Instant>> clock = std::make_shared<std::atomic<Instant>>(now());
};

TokenGrant grant(const std::string& name) {
  return {name, {Role::report, Role::read}, {"shop*"}, std::nullopt};
}

std::string must_give(const Workspace& shop, const TokenGrant& wanted) {
  auto secret = shop.service->tokens().give(wanted, "eva");
  INFO((secret ? "" : secret.error().message));
  REQUIRE(secret.has_value());
  return *secret;
}

std::string refusal(const Workspace& shop, std::string_view secret) {
  const auto shown = shop.service->tokens().show(secret);
  REQUIRE_FALSE(shown.has_value());
  CHECK(shown.error().code == ErrorCode::forbidden);
  return shown.error().message;
}

}  // namespace

TEST_CASE("a token gives what it was given for, also after a start, until it is revoked") {
  Workspace shop;
  shop.open();
  const std::string secret = must_give(shop, grant("ci"));
  CHECK(secret.size() == 49);
  CHECK(secret.starts_with("riskd_"));
  CHECK(must_give(shop, grant("other")) != secret);
  for (int starts = 0; starts < 2; ++starts) {
    const auto shown = shop.service->tokens().show(secret);
    REQUIRE(shown.has_value());
    CHECK(shown->name == "ci");
    CHECK(shown->roles == std::vector{Role::report, Role::read});
    CHECK(shown->products == std::vector<std::string>{"shop*"});
    shop.service.reset();
    shop.open();
  }
  REQUIRE(shop.service->tokens().revoke("ci", "ben").has_value());
  for (int starts = 0; starts < 2; ++starts) {
    CHECK(refusal(shop, secret).starts_with("the token `ci` was revoked at "));
    CHECK_FALSE(shop.service->tokens().holds("ci"));
    const Token token = shop.service->tokens().all().at(0);
    CHECK(token.giver == "eva");
    CHECK(token.revoker == "ben");
    shop.service.reset();
    shop.open();
  }
  CHECK(shop.service->tokens().revoke("ci", "ben").error().code == ErrorCode::conflict);
  CHECK(shop.service->tokens().revoke("nobody", "ben").error().code == ErrorCode::not_found);
}

TEST_CASE("what is not a token's secret gives nothing, however near it is") {
  Workspace shop;
  shop.open();
  const std::string secret = must_give(shop, grant("ci"));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    std::string near = secret;
    near[i] = near[i] == 'x' ? 'y' : 'x';
    CHECK(refusal(shop, near) == "no token has this secret");
  }
  for (const std::string& wrong : {std::string(), secret.substr(1), secret + "=",
                                   std::string(100'000, 'a'), std::string("ci")})
    CHECK(refusal(shop, wrong) == "no token has this secret");
}

TEST_CASE("a token expires by the clock") {
  Clocked shop;
  shop.open();
  TokenGrant short_lived = grant("ci");
  short_lived.expires = Instant{shop.clock->load().ms + 60'000};
  const std::string secret = must_give(shop, short_lived);
  CHECK(shop.service->tokens().show(secret).has_value());
  shop.pass(2);
  CHECK(refusal(shop, secret).starts_with("the token `ci` expired at "));
  CHECK_FALSE(shop.service->tokens().holds("ci"));
  short_lived.name = "late";
  CHECK(shop.service->tokens().give(short_lived, "eva").error().message ==
        "the token would have expired already");
}

TEST_CASE("a name is one token's for ever, and is plain") {
  Workspace shop;
  shop.open();
  must_give(shop, grant("ci"));
  REQUIRE(shop.service->tokens().revoke("ci", "eva").has_value());
  shop.service.reset();
  shop.open();
  CHECK(shop.service->tokens().give(grant("ci"), "eva").error().code == ErrorCode::conflict);
  for (const char* name : {"", "a b", "a:b", "a\nb", "ä", "../x", "..", "-ci", "a,b"})
    CHECK(shop.service->tokens().give(grant(name), "eva").error().code == ErrorCode::invalid);
  CHECK(shop.service->tokens().give(grant(std::string(65, 'a')), "eva").error().code ==
        ErrorCode::invalid);
  TokenGrant nothing = grant("nothing");
  nothing.roles.clear();
  CHECK(shop.service->tokens().give(nothing, "eva").error().code == ErrorCode::invalid);
}

TEST_CASE("the store has no secret, and its log has who gave and revoked what") {
  Workspace shop;
  shop.open();
  shop.make_shop();
  const std::string secret = must_give(shop, grant("ci"));
  CHECK(shop.service->tokens().show(secret).has_value());
  REQUIRE(shop.service->tokens().revoke("ci", "ben").has_value());
  shop.service.reset();
  CHECK(shop.folder.read("store/data.mdb").find(secret.substr(6)) == std::string::npos);

  const auto store = store::open_store_to_read(shop.folder / "store");
  REQUIRE(store.has_value());
  CHECK_FALSE(log::verify(**store, {}).fault);
  std::vector<std::string> told;
  REQUIRE((*store)->each_access(
      [&](const store::EntryRecord& entry, const store::AccessRecord& access) {
        told.push_back(
            access.token +
            (access.change == store::AccessRecord::Change::given ? " given by " : " revoked by ") +
            entry.head.poster);
      }));
  CHECK(told == std::vector<std::string>{"ci given by eva", "ci revoked by ben"});
}

TEST_CASE("who changes what a token gives is found by the log") {
  Workspace shop;
  shop.open();
  must_give(shop, grant("ci"));
  shop.service.reset();
  {
    const auto environment =
        store::Environment::open(shop.folder / "store", std::uint64_t{1} << 30);
    REQUIRE(environment.has_value());
    auto batch = (*environment)->write();
    REQUIRE(batch.has_value());
    std::string key, value;
    REQUIRE(batch->scan(store::Table::access, {}, [&](const store::Entry& entry) {
      key = entry.key;
      value = entry.value;
      return false;
    }));
    auto record = store::decode_access(value);
    REQUIRE(record);
    record->roles = {"admin"};
    REQUIRE(batch->put(store::Table::access, key, store::encode_access(*record)));
    REQUIRE(batch->commit());
  }
  const auto store = store::open_store_to_read(shop.folder / "store");
  REQUIRE(store.has_value());
  const auto found = log::verify(**store, {});
  REQUIRE(found.fault);
  CHECK(found.fault->where == "log/2");
}

TEST_CASE("a token that was revoked stays so, and none comes from outside of the log") {
  Workspace shop;
  shop.open();
  shop.make_shop();
  must_give(shop, grant("ci"));
  REQUIRE(shop.service->tokens().revoke("ci", "eva").has_value());
  shop.service.reset();
  const auto change = [&](const std::function<Status(store::Batch&)>& step) {
    const auto environment =
        store::Environment::open(shop.folder / "store", std::uint64_t{1} << 30);
    REQUIRE(environment.has_value());
    auto batch = (*environment)->write();
    REQUIRE(batch.has_value());
    REQUIRE(step(*batch));
    REQUIRE(batch->commit());
  };
  std::vector<std::uint64_t> positions;
  {
    const auto store = store::open_store_to_read(shop.folder / "store");
    REQUIRE(store.has_value());
    positions = *(*store)->marked(store::EntryKind::access);
    REQUIRE(positions.size() == 2);
  }
  const auto fault_after = [&](const std::function<Status(store::Batch&)>& step) {
    change(step);
    const auto store = store::open_store_to_read(shop.folder / "store");
    REQUIRE(store.has_value());
    const auto found = log::verify(**store, {});
    REQUIRE(found.fault);
    return found.fault->where;
  };
  const std::string revoked = store::mark_key(store::EntryKind::access, positions[1]);
  CHECK(fault_after([&](store::Batch& batch) {
          return batch.remove(store::Table::marks, revoked);
        }) == "marks/access");
  change([&](store::Batch& batch) { return batch.put(store::Table::marks, revoked, {}); });
  // At the place of an entry with facts, whose body does not have it.
  store::AccessRecord forged{
      store::AccessRecord::Change::given, "mine", {}, {"admin"}, {}, std::nullopt};
  CHECK(fault_after([&](store::Batch& batch) {
          return batch.put(store::Table::access, store::number_key(positions[0] - 1),
                           store::encode_access(forged));
        }) == "access");
  CHECK(fault_after([&](store::Batch& batch) {
          return batch.put(store::Table::marks,
                           store::mark_key(store::EntryKind::access, positions[0] - 1), {});
        }) == "marks/access");
  CHECK_FALSE(shop.try_open().has_value());
}

TEST_CASE("when a token was used last is known, and stored now and then") {
  Clocked shop;
  shop.open();
  const std::string secret = must_give(shop, grant("ci"));
  const auto used = [&] { return shop.service->tokens().all().at(0).used; };
  CHECK_FALSE(used());
  REQUIRE(shop.service->tokens().show(secret).has_value());
  const Instant first = shop.clock->load();
  shop.pass(5);
  REQUIRE(shop.service->tokens().show(secret).has_value());
  CHECK(used() == shop.clock->load());
  const std::uint64_t position = shop.service->state().position;
  shop.open();
  CHECK(used() == first);  // five minutes are not enough to be stored again
  CHECK(shop.service->state().position == position);
  shop.pass(6);
  REQUIRE(shop.service->tokens().show(secret).has_value());
  const Instant second = shop.clock->load();
  shop.open();
  CHECK(used() == second);
}

TEST_CASE("there are no more tokens than a limit says") {
  Workspace shop;
  shop.open();
  for (std::size_t i = 0; i < limits::tokens; ++i) must_give(shop, grant("t" + std::to_string(i)));
  CHECK(shop.service->tokens().give(grant("more"), "eva").error().code == ErrorCode::too_large);
  REQUIRE(shop.service->tokens().revoke("t0", "eva").has_value());
  must_give(shop, grant("more"));
}

}  // namespace riskd::service::service_tokens_test
