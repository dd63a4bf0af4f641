// Products as bytes: all that later facts and policies can read of them comes back.
#include "daemon/snapshot/snapshot.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "daemon/snapshot/product_bytes.hpp"
#include "dsl/compile.hpp"
#include "engine/update/apply.hpp"
#include "tests/engine/generator.hpp"

namespace riskd::tests::snapshot_test {
namespace {

using namespace engine;

Policy policy_of(const std::string& path) {
  const auto sources = dsl::read_sources({std::string(RISKD_SOURCE_DIR) + "/" + path});
  REQUIRE(sources);
  const dsl::Compilation compiled = dsl::compile(*sources);
  REQUIRE(compiled.sound());
  return compiled.program;
}

Product read_back(const Product& product) {
  const std::string bytes = snapshot::write_product(product);
  auto read = snapshot::read_product(bytes);
  REQUIRE(read.has_value());
  CHECK(snapshot::write_product(*read) == bytes);
  return std::move(*read);
}

// The same facts after a snapshot and without one give the same model, and the same bytes.
void check_facts(const Policy& policy, std::uint64_t seed) {
  Dice dice{seed};
  std::vector<std::uint32_t> seeds;
  for (int i = 0; i < 60; ++i) seeds.push_back(static_cast<std::uint32_t>(dice.next()));
  const std::vector<Fact> facts = random_facts(*policy, seeds);
  const std::size_t cut = dice.below(facts.size());
  Product whole, first;
  whole.id = first.id = "p";
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (i == cut) first = read_back(first);
    fold(whole, facts[i]);
    fold(first, facts[i]);
  }
  INFO("seed " << seed << "\n" << to_text(facts));
  CHECK(snapshot::write_product(first) == snapshot::write_product(whole));
  const Instant now = facts.back().from.at;
  CHECK(to_text(LiveProduct(policy, first, now).model()) ==
        to_text(LiveProduct(policy, whole, now).model()));
}

}  // namespace

TEST_CASE("facts go on after a snapshot as if there were none") {
  const Policy shop = policy_of("tests/engine/policies/shop.risk");
  const Policy steps = policy_of("tests/engine/policies/steps.risk");
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    check_facts(shop, seed);
    check_facts(steps, seed);
  }
}

TEST_CASE("what was derived comes back with the facts") {
  Product product;
  product.id = "shop";
  product.last_seq = 17;
  const snapshot::Derived derived{"hash", "0.1.0", 12.5, Instant{1'800'000'000'000}, true};
  const auto read =
      snapshot::read_snapshot(snapshot::write_snapshot(product, Instant{-5}, derived, Instant{3}));
  REQUIRE(read.has_value());
  CHECK(read->facts.last_seq == 17);
  CHECK(read->evaluated == Instant{-5});
  CHECK(read->derived.policy == "hash");
  CHECK(read->derived.riskd == "0.1.0");
  CHECK(read->derived.rating == 12.5);
  CHECK(read->derived.next_change == Instant{1'800'000'000'000});
  CHECK(read->derived.has_notes);
  CHECK(read->removed_since == Instant{3});
}

TEST_CASE("runs that are closed come back with the facts") {
  Product product;
  for (std::uint64_t seq = 1; seq <= 100; ++seq) {
    RunFact fact;
    fact.suite = "s";
    fact.source = "junit";
    fact.run = "run-" + std::to_string(seq);
    fold(product, {{seq, Instant{static_cast<std::int64_t>(seq)}, "ci"}, fact});
  }
  const std::size_t closed = product.suites.at("s").closed.size();
  CHECK(closed > 0);
  CHECK(read_back(product).suites.at("s").closed.size() == closed);
}

// Retention has folded facts into it that are nowhere else.
TEST_CASE("what an earlier riskd wrote is read, and is told apart") {
  Product product;
  RunFact fact;
  fact.suite = "s";
  fact.source = "junit";
  fold(product, {{1, Instant{1}, "ci"}, fact});
  std::string bytes = snapshot::write_product(product);
  REQUIRE(bytes.ends_with(std::string("\0\1", 2)));  // no closed runs; the last seq
  bytes.erase(bytes.size() - 2, 1);
  bytes.front() = 1;
  const auto read = snapshot::read_product(bytes);
  REQUIRE(read.has_value());
  CHECK(read->last_seq == 1);
  CHECK(snapshot::write_product(*read) == snapshot::write_product(product));
  CHECK(snapshot::layout_of_product(bytes) != snapshot::product_layout);

  const std::string now = snapshot::write_snapshot(product, Instant{}, {});
  CHECK(snapshot::read_snapshot(now)->is_current);
}

TEST_CASE("no cut of a snapshot is read, and none out of bounds") {
  const Policy shop = policy_of("tests/engine/policies/shop.risk");
  Product product;
  product.id = "p";
  for (const Fact& fact : random_facts(*shop, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
    fold(product, fact);
  const std::string bytes = snapshot::write_product(product);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    CHECK_FALSE(snapshot::read_product(std::string(bytes, 0, i)).has_value());
  CHECK_FALSE(snapshot::read_product(bytes + "x").has_value());
}

}  // namespace riskd::tests::snapshot_test
