// A reload as a diff: products that no changed rule reaches are the same under both policies.
#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "dsl/compile.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/update/apply.hpp"
#include "engine/update/policy_diff.hpp"
#include "tests/engine/generator.hpp"
#include "tests/engine/variants.hpp"

namespace riskd::tests::reload_test {
namespace {

using namespace engine;

dsl::Sources sources_of(const std::string& path) {
  auto sources = dsl::read_sources({std::string(RISKD_SOURCE_DIR) + "/" + path});
  REQUIRE(sources);
  return *sources;
}

std::string wanted_effects(const LiveProduct& product) {
  std::string all;
  for (const Effect& effect : reconcile(product)) {
    all += effect.key + " " + effect.priority + " " + to_plain(effect.title) + "\n" +
           to_plain(effect.body) + to_plain(effect.text) + "\n";
  }
  return all;
}

void check_reload(const std::string& path) {
  const dsl::Sources sources = sources_of(path);
  const dsl::Compilation compiled = dsl::compile(sources);
  REQUIRE(compiled.sound());
  const Policy policy = compiled.program;
  const std::vector<Policy> others = variants(sources, 60);
  REQUIRE(others.size() == 60);
  std::vector<PolicyDiff> diffs;
  for (const Policy& other : others) diffs.emplace_back(policy, other);
  std::size_t apart = 0, reached = 0;
  const bool holds = rc::check("reload " + path, [&] {
    const auto seeds = *rc::gen::resize(40, rc::gen::arbitrary<std::vector<std::uint32_t>>());
    const std::vector<Fact> facts = random_facts(*policy, seeds);
    LiveProduct live(policy, "p");
    live.apply(facts, facts.empty() ? Instant{1'795'392'000'000} : facts.back().from.at);
    const PolicyDiff& diff = diffs[*rc::gen::inRange<std::size_t>(0, diffs.size())];
    const LiveProduct fresh(diff.after(), live.facts(), live.now());
    if (diff.reaches(live)) {
      ++reached;
      const LiveProduct under = live.under(diff.after(), live.now());
      RC_ASSERT(difference(under, fresh).empty());
      RC_ASSERT(under.rating() == fresh.rating());
      return;
    }
    ++apart;
    const LiveProduct carried = live.carried_to(diff.after());
    RC_LOG() << (diff.patterns().empty() ? std::string("no pattern") : diff.patterns().front());
    RC_ASSERT(difference(live, fresh).empty());
    RC_ASSERT(turnover(live, fresh).added.empty());
    RC_ASSERT(turnover(live, fresh).removed.empty());
    RC_ASSERT(carried.rating() == fresh.rating());
    RC_ASSERT(carried.next_change() == fresh.next_change());
    RC_ASSERT(wanted_effects(live) == wanted_effects(fresh));
  });
  CHECK(holds);
  CHECK(apart > 0);
  CHECK(reached > 0);
}

}  // namespace

TEST_CASE("a product that no changed rule reaches is the same under the new policy") {
  check_reload("tests/engine/policies/shop.risk");
  check_reload("tests/engine/policies/steps.risk");
  check_reload("rules");
}

TEST_CASE("layout, comments and the order of the files are no change") {
  const dsl::Sources sources = sources_of("rules");
  const dsl::Compilation before = dsl::compile(sources);
  dsl::Sources moved;
  for (auto each = sources.rbegin(); each != sources.rend(); ++each)
    moved.emplace_back("other/" + each->name(), "# A remark.\n\n" + std::string(each->text()));
  const dsl::Compilation after = dsl::compile(std::move(moved));
  REQUIRE(before.sound());
  REQUIRE(after.sound());
  const PolicyDiff diff(before.program, after.program);
  CHECK(diff.patterns().empty());
  CHECK_FALSE(diff.reaches_all());
}

TEST_CASE("a pattern that waits for an answer reaches a product only where those are counted") {
  const auto compiled = [](const std::string& rating, const std::string& condition) {
    dsl::Sources sources;
    sources.emplace_back("t.risk",
                         "library t \"T\"\nattribute risk { harm : number = 50 }\n"
                         "rating risk.inherent = harm\nrating product.rating = " +
                             rating +
                             "\nquestionnaire q \"Q\" { question on \"On?\" : yes-no  "
                             "question off \"Off?\" : yes-no }\npattern p \"P\" {\n  when " +
                             condition +
                             "\n  risk r \"R\" { weakness w CWE-79 \"W\" { "
                             "countermeasure c \"C\" } }\n}\n");
    const dsl::Compilation done = dsl::compile(std::move(sources));
    for (const auto& each : done.diagnostics) UNSCOPED_INFO(each.message);
    REQUIRE(done.sound());
    return done.program;
  };
  const auto reaches = [&](const std::string& rating, const std::string& condition, bool answered) {
    const PolicyDiff diff(compiled(rating, "on"), compiled(rating, condition));
    Product facts;
    facts.id = "p";
    if (answered)
      fold(facts, {{1, Instant{1'795'392'000'000}, "test"}, AnswersFact{"", {{"t.off", true}}}});
    return diff.reaches(LiveProduct(diff.before(), facts, Instant{1'795'392'000'000}));
  };
  CHECK_FALSE(reaches("max(risks, current)", "on and not off", false));
  CHECK_FALSE(reaches("max(risks, current)", "on and not off", true));
  CHECK(reaches("max(risks, current)", "on or off", true));
  CHECK_FALSE(reaches("count(undecided)", "on and not off", false));  // one waits under both
  CHECK(reaches("count(undecided)", "on and not off", true));
}

TEST_CASE("facts that two products share are copied before one of them changes") {
  const dsl::Compilation compiled = dsl::compile(sources_of("tests/engine/policies/shop.risk"));
  REQUIRE(compiled.sound());
  const Policy policy = compiled.program;
  std::vector<std::uint32_t> seeds;
  for (std::uint32_t i = 0; i < 40; ++i) seeds.push_back(i * 7919);
  const std::vector<Fact> facts = random_facts(*policy, seeds);
  LiveProduct first(policy, "p");
  first.apply({facts.begin(), facts.begin() + 20}, facts[19].from.at);
  const LiveProduct kept = first;
  LiveProduct second = first.under(policy, first.now());
  LiveProduct third = second.carried_to(policy);
  first.apply({facts.begin() + 20, facts.end()}, facts.back().from.at);
  third.apply({facts[20]}, facts[20].from.at);
  CHECK(difference(kept, second).empty());
  CHECK(&first.facts() != &second.facts());
  CHECK(second.facts().last_seq == kept.facts().last_seq);
  CHECK(third.facts().last_seq == facts[20].from.seq);
  LiveProduct whole(policy, "p");
  whole.apply(facts, facts.back().from.at);
  CHECK(difference(whole, first).empty());
}

}  // namespace riskd::tests::reload_test
