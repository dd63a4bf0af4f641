// Approvals, acceptances and the times of facts: what was seen is what was meant.
#include <catch2/catch.hpp>

#include "engine/explain/review.hpp"
#include "engine/facts/clock.hpp"
#include "engine/facts/resolve.hpp"
#include "engine/update/complete.hpp"
#include "tests/engine/small_product.hpp"

namespace riskd::tests::review_test {
namespace {
using namespace engine;
using Names = std::vector<std::string>;

const char* const text = R"(library t "T"
attribute risk { harm : number = 40 }
rating risk.inherent = harm
adjust accepted "A" { for risk when accepted-until >= today and inherent <= accepted-inherent  cap risk at 10 }
rating product.rating = max(risks, current)
status-map jira { status is "Done" -> implemented  not closed -> required }
evidence junit { outcome is failed -> failed  outcome is passed -> passed }
questionnaire q "Q" { question on "On?" : yes-no  question more "More?" : yes-no  question users "Users" : number }
ticket work for countermeasure { open when state is required and approved  title "{title}" }
pattern p "P" { when on
  risk r "Risk" { harm if users > 100 then 90 else 40  weakness w CWE-1 "Weak" { test junit "w"  countermeasure c "Measure" { required  mitigates 40% } } } }
pattern p2 "P2" { when more  risk r2 "Second" { weakness w2 CWE-2 "Weak" { countermeasure c2 "Other" { required } } } }
)";

SmallProduct shop() {
  SmallProduct b(text);
  b.answer("on", true).answer("more", false).answer("users", 5.0);
  return b;
}

Review review_of(const SmallProduct& b) {
  return review(*b.policy, b.live.facts(), b.live.model());
}

ApproveFact approval(const SmallProduct& b, std::optional<Names> elements = {}) {
  return approve(*b.policy, b.live.facts(), b.live.model(), elements);
}

Names added(const Review& review) {
  Names ids;
  for (const ReviewedElement& each : review.added) ids.push_back(each.element);
  return ids;
}

}  // namespace

TEST_CASE("a review shows what is new, what changed since and what left") {
  SmallProduct b = shop();
  CHECK(added(review_of(b)) == Names{"t.c", "t.r", "t.w"});
  CHECK_FALSE(review_of(b).since);
  b.say(approval(b));
  CHECK(review_of(b).added.empty());
  CHECK(review_of(b).unchanged.size() == 3);
  CHECK(review_of(b).since);
  CHECK(b.live.model().approved);
  b.answer("more", true);
  CHECK(added(review_of(b)) == Names{"t.c2", "t.r2", "t.w2"});
  CHECK_FALSE(b.live.model().approved);
  b.answer("users", 1000.0);
  const Review changed = review_of(b);
  REQUIRE_FALSE(changed.changed.empty());
  CHECK(changed.changed[0].element == "t.r");
  bool harm = false;
  for (const ReviewChange& each : changed.changed)
    harm = harm || (each.from == "40" && each.to == "90");
  CHECK(harm);
  CHECK_FALSE(b.risk().changed.empty());
  CHECK(b.risk().approved);  // its ticket stays
  b.answer("on", false);
  CHECK(review_of(b).removed == Names{"t.c", "t.r", "t.w"});
}

TEST_CASE("some of what is new is approved beside what was") {
  SmallProduct b = shop();
  b.answer("more", true);
  b.say(approval(b, Names{"t.c", "t.r", "t.w"}));
  CHECK(b.wanted("work", "c") == "open");
  CHECK(b.wanted("work", "c2") == "none");
  CHECK(added(review_of(b)) == Names{"t.c2", "t.r2", "t.w2"});
  b.say(approval(b, Names{"t.c2"}));
  CHECK(b.wanted("work", "c") == "open");
  CHECK(b.wanted("work", "c2") == "open");
  CHECK(added(review_of(b)) == Names{"t.r2", "t.w2"});
}

TEST_CASE("the version of a review depends on what it shows") {
  SmallProduct b = shop();
  const std::string before = review_text(b.live.model(), 7);
  b.ticket("Done").result("junit", "w", TestOutcome::failed).pass_days(1);
  CHECK(review_text(b.live.model(), 7) == before);
  CHECK(review_text(b.live.model(), 8) != before);
  b.answer("users", 1000.0);
  CHECK(review_text(b.live.model(), 7) != before);
}

TEST_CASE("an acceptance holds for the rating that was accepted") {
  SmallProduct b = shop();
  FactBody body = DecisionFact{"t.r", DecisionState::accepted, "", {}, "because", b.today(30)};
  complete(b.live.model(), body);
  CHECK(std::get<DecisionFact>(body).accepted_inherent == 40);
  b.say(body);
  CHECK(b.risk().current == 10);
  CHECK_FALSE(b.risk().acceptance->is_exceeded);
  b.answer("users", 1000.0);
  CHECK(b.risk().current == 90);
  CHECK(b.risk().acceptance->is_exceeded);
  CHECK(b.risk().acceptance->inherent == 40);
  b.answer("users", 5.0);
  CHECK(b.risk().current == 10);
  // Where nobody knows what was accepted, that is said.
  b.decide("r", DecisionState::accepted, b.today(30));
  CHECK(b.risk().current == 40);
  CHECK_FALSE(b.risk().acceptance->inherent);
}

TEST_CASE("a test that fails after an acceptance stands beside it") {
  SmallProduct b = shop();
  b.result("junit", "w", TestOutcome::passed);
  b.decide("r", DecisionState::accepted, b.today(30));
  CHECK(b.risk().acceptance->failed_since.empty());
  b.result("junit", "w", TestOutcome::failed);
  CHECK(b.risk().acceptance->failed_since.size() == 1);
  b.pass_days(40);
  CHECK_FALSE(b.risk().acceptance);
}

TEST_CASE("of two facts of one time the later holds, also after the clock was set back") {
  SmallProduct b = shop();
  const Instant real = b.now;
  b.now.ms += 365LL * seconds_per_day * 1000;  // the clock was wrong
  b.answer("users", 1000.0);
  CHECK(b.risk().inherent == 90);
  b.now = real;
  b.say(ClockFact{real});
  b.answer("users", 5.0);
  CHECK(b.risk().inherent == 40);
}

}  // namespace riskd::tests::review_test
