// How the tests of a suite are kept: in order, unchanged by what copies do, and each content once.
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "engine/facts/product.hpp"

namespace riskd::tests::kept_tests_test {
namespace {

using namespace engine;

const Instant noon{1'795'392'000'000};

TestResult passed(const std::string& id) {
  TestResult result;
  result.id = id;
  result.outcome = TestOutcome::passed;
  result.verdict = false;
  return result;
}

Fact run_of(std::uint64_t day, std::vector<TestResult> results) {
  RunFact run;
  run.suite = "s";
  run.source = "junit";
  run.run = std::to_string(day);
  run.results = std::move(results);
  const Instant at{noon.ms + static_cast<std::int64_t>(day) * 86'400'000};
  return {{day, at, "ci"}, std::move(run)};
}

const KeptTests& tests_of(const Product& product) { return product.suites.at("s").tests; }

const Listing& newest(const Product& product, const std::string& id) {
  return tests_of(product).find({"", id, ""})->listed.back();
}

}  // namespace

TEST_CASE("tests are found, listed in order and removed as in a map, however they came") {
  std::mt19937 random(1);
  KeptTests tests;
  std::map<TestKey, int> expected;
  const auto any_key = [&] {
    return TestKey(random() % 2 == 0 ? "" : "api", "t" + std::to_string(random() % 3000),
                   random() % 8 == 0 ? "site" : "");
  };
  for (int i = 0; i < 20'000; ++i) {
    const TestKey key = any_key();
    if (i % 5 == 4) {
      tests.remove(key);
      expected.erase(key);
    } else {
      tests.change(key);
      ++expected[key];
    }
    REQUIRE(tests.size() == expected.size());
    const TestKey other = any_key();
    REQUIRE((tests.find(other) != nullptr) == expected.contains(other));
    const KeptTest* after = tests.after(other);
    const auto wanted = expected.upper_bound(other);
    REQUIRE((after == nullptr) == (wanted == expected.end()));
    if (after != nullptr) REQUIRE(TestKey(after->key()) == wanted->first);
  }
  auto wanted = expected.begin();
  for (const KeptTest& test : tests) REQUIRE(TestKey(test.key()) == (wanted++)->first);
  CHECK(wanted == expected.end());
}

TEST_CASE("a result is read as it was said, also where its texts repeat the id") {
  TestResult result = passed("com.shop.CartTest.adds");
  result.component = "api";
  result.scope = "com.shop";
  result.title = "adds";
  result.cwe = {79, -1, 100'000};
  result.aliases = {"outer.CartTest.adds", "", "s", "com.shop.CartTest.adds",
                    "x com.shop.CartTest.adds"};
  result.tags = {"@slow"};
  result.attributes = {
      {"class", "com.shop.CartTest"}, {"name", "adds"}, {"long", std::string(70'000, 'x')}};
  const KeptTest test{KeptKey::make({"api", "com.shop.CartTest.adds", "com.shop"}), {}};
  const TestResult read = result_of(test.key(), *content_of(result));
  CHECK(read.id == result.id);
  CHECK(read.component == result.component);
  CHECK(read.scope == result.scope);
  CHECK(read.title == result.title);
  CHECK(read.cwe == result.cwe);
  CHECK(read.aliases == result.aliases);
  CHECK(read.tags == result.tags);
  CHECK(read.attributes == result.attributes);
  CHECK(read.outcome == result.outcome);
  CHECK(read.verdict == result.verdict);
}

TEST_CASE("what says the same is kept once: of several tests, and on several days") {
  Product product;
  const auto named = [](const std::string& name) {
    TestResult result = passed("shop.CartTest." + name);
    result.title = name;
    result.attributes = {{"class", "shop.CartTest"}, {"name", name}};
    return result;
  };
  for (std::uint64_t day = 1; day <= 3; ++day)
    fold(product, run_of(day, {named("adds"), named("removes")}));
  const Listing& adds = newest(product, "shop.CartTest.adds");
  CHECK(adds.content == newest(product, "shop.CartTest.removes").content);
  CHECK(adds.content == tests_of(product).begin()->listed.front().content);
  CHECK(adds.said == newest(product, "shop.CartTest.removes").said);
  // One that fails says something else, until it passes again.
  TestResult failed = named("adds");
  failed.outcome = TestOutcome::failed;
  fold(product, run_of(4, {failed}));
  CHECK(newest(product, "shop.CartTest.adds").content->outcome == TestOutcome::failed);
  fold(product, run_of(5, {named("adds")}));
  CHECK(newest(product, "shop.CartTest.adds").content ==
        tests_of(product).begin()->listed.front().content);
}

TEST_CASE("a copy of a product keeps its tests where the other one changes") {
  Product product;
  std::vector<TestResult> results;
  for (int i = 0; i < 1'000; ++i) results.push_back(passed("t" + std::to_string(i)));
  fold(product, run_of(1, results));
  const Product copy = product;
  fold(product, run_of(2, {passed("t500"), passed("u")}));
  CHECK(tests_of(product).size() == 1'001);
  CHECK(tests_of(copy).size() == 1'000);
  CHECK(tests_of(product).find({"", "t500", ""})->listed.size() == 2);
  CHECK(tests_of(copy).find({"", "t500", ""})->listed.size() == 1);
  // What stands elsewhere is one and the same.
  CHECK(tests_of(product).find({"", "t0", ""}) == tests_of(copy).find({"", "t0", ""}));
  fold(product, {{3, noon, "riskd"}, ClockFact{noon}});
  CHECK(newest(product, "t0").said->from.at == noon);
  CHECK(newest(product, "t0").said == newest(product, "t1").said);
  CHECK(newest(copy, "t0").said->from.at > noon);
}

}  // namespace riskd::tests::kept_tests_test
