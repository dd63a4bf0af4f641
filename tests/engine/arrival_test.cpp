// Facts that are evaluated before they are stored.
#include "engine/update/arrival.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "dsl/compile.hpp"
#include "engine/facts/stamps.hpp"
#include "engine/update/apply.hpp"
#include "tests/engine/generator.hpp"

namespace riskd::tests::arrival_test {
namespace {

using namespace engine;

std::vector<Fact> facts_of(const Program& program) {
  return random_facts(program,
                      *rc::gen::resize(60, rc::gen::arbitrary<std::vector<std::uint32_t>>()));
}

Instant moment_of(const std::vector<Fact>& facts) {
  return facts.empty() ? Instant{1'795'392'000'000} : facts.back().from.at;
}

Product known_of(const std::vector<Fact>& facts) {
  Product product;
  product.id = "p";
  for (const Fact& fact : facts) fold(product, fact);
  return product;
}

// All stamps of a product, those of each test among them, and its newest number.
std::string stamps_of(const LiveProduct& live) {
  Product product = live.facts();
  std::ostringstream all;
  all << product.last_seq;
  const auto write = [&](const Provenance& from) {
    all << "\n" << from.seq << " " << from.at.ms << " " << from.received.ms << " " << from.poster;
  };
  each_stamp(product, write);
  for (const auto& [name, suite] : product.suites) {
    for (const KeptTest& test : suite.tests) {
      for (const Listing& each : test.listed) write(each.said->from);
    }
  }
  return all.str();
}

void check_arrival(const std::string& path) {
  const auto sources = dsl::read_sources({std::string(RISKD_SOURCE_DIR) + "/" + path});
  REQUIRE(sources);
  const dsl::Compilation compiled = dsl::compile(*sources);
  REQUIRE(compiled.sound());
  const Policy policy = compiled.program;
  const bool holds = rc::check("arrive later " + path, [&] {
    const std::vector<Fact> facts = facts_of(*policy);
    Dice dice{*rc::gen::arbitrary<std::uint64_t>()};
    const std::size_t count = dice.below(facts.size() + 1);
    const std::vector<Fact> first(facts.begin(),
                                  facts.begin() + static_cast<std::ptrdiff_t>(count));
    LiveProduct early(policy, known_of(first), moment_of(first)), late = early;
    Arrival arrival{early.facts().last_seq, dice.below(1'000), moment_of(facts), {}};
    arrival.at = {arrival.expected.ms + static_cast<std::int64_t>(dice.below(1'000))};
    // Some speak of the moment at which they arrive, some of an earlier one; runs of that at which they came.
    std::vector<Fact> expected, stored;
    for (std::size_t i = count; i < facts.size(); ++i) {
      if (!may_arrive_later(facts[i].body)) continue;
      Fact fact = facts[i];
      fact.from.seq = arrival.after + expected.size() + 1;
      const bool is_run = std::holds_alternative<RunFact>(fact.body);
      if (is_run && dice.one_in(2)) fact.from.at = arrival.expected;
      const bool earlier = is_run || (fact.from.at < arrival.expected && dice.one_in(2));
      if (earlier) fact.from.received = arrival.expected;
      if (!earlier) fact.from.at = arrival.expected;
      expected.push_back(fact);
      fact.from.seq += arrival.later;
      (earlier ? fact.from.received : fact.from.at) = arrival.at;
      stored.push_back(std::move(fact));
    }
    early.apply(expected, arrival.expected);
    early.arrive(arrival);
    early.apply({}, arrival.at);
    late.apply(stored, arrival.at);
    RC_ASSERT(to_text(early.model()) == to_text(late.model()));
    RC_ASSERT(stamps_of(early) == stamps_of(late));
    RC_ASSERT(to_text(early.model()) ==
              to_text(LiveProduct(policy, early.facts(), arrival.at).model()));
  });
  CHECK(holds);
}

}  // namespace

TEST_CASE("facts that are numbered after their evaluation have the same effect") {
  for (const char* path :
       {"tests/engine/policies/shop.risk", "tests/engine/policies/steps.risk", "rules"})
    check_arrival(path);
}

}  // namespace riskd::tests::arrival_test
