// A product under a small policy, to which one thing is said after the other. The policy is of the library
// `t`, and what is said leaves that out: `answer("reach", …)` answers `t.reach`.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dsl/compile.hpp"
#include "engine/update/apply.hpp"

namespace riskd::tests {

struct SmallProduct {
  engine::Policy policy;
  engine::LiveProduct live{nullptr, "shop"};
  Instant now{1'795'392'000'000};  // 2026-11-23
  std::uint64_t seq = 0;

  // Fails the test where the text is no policy.
  explicit SmallProduct(const std::string& text) {
    const dsl::Compilation compiled = dsl::compile({dsl::SourceFile("t.risk", text)});
    for (const auto& each : compiled.diagnostics) UNSCOPED_INFO(each.message);
    REQUIRE(compiled.sound());
    policy = compiled.program;
    live = engine::LiveProduct(policy, "shop");
    live.apply({}, now);
  }

  // ── what is said ───────────────────────────────────────────────────────────────────────────────

  SmallProduct& say(engine::FactBody body) {
    now.ms += 1000;
    live.apply({{{++seq, now, "x"}, std::move(body)}}, now);
    return evaluated_anew();
  }
  SmallProduct& answer(const std::string& id, engine::RawValue value) {
    return say(engine::AnswersFact{"", {{"t." + id, std::move(value)}}});
  }
  SmallProduct& decide(const std::string& id, engine::DecisionState state,
                       std::optional<Date> until = {}) {
    return say(engine::DecisionFact{"t." + id, state, "", {}, "because", until});
  }
  SmallProduct& ticket(const std::string& status, bool own = false, bool deleted = false,
                       const std::string& id = "t.c", const std::string& name = "work") {
    engine::TicketFact fact;
    fact.ticket = name;
    fact.element = id;
    fact.kind = fact.tracker = "jira";
    fact.key = "T-1";
    fact.status = status;
    fact.own = own;
    fact.deleted = deleted;
    return say(fact);
  }
  SmallProduct& result(const std::string& source, const std::string& id,
                       engine::TestOutcome outcome) {
    engine::TestResult test;
    test.id = id;
    test.outcome = outcome;
    return say(engine::ResultFact{source, source, test});
  }
  SmallProduct& run(const std::string& id, std::vector<engine::TestResult> results,
                    bool failed = false) {
    engine::RunFact fact;
    fact.suite = fact.source = "zap";
    fact.run = id;
    fact.failed = failed;
    fact.results = std::move(results);
    return say(fact);
  }
  SmallProduct& pass_days(int days) {
    now.ms += days * seconds_per_day * 1000;
    live.apply({}, now);
    return evaluated_anew();
  }

  // ── what comes of it ───────────────────────────────────────────────────────────────────────────

  const engine::RiskRow& risk(const std::string& id = "r") const {
    return *live.model().risk("t." + id);
  }
  engine::State state(const std::string& id = "c") const {
    return live.model().countermeasure("t." + id)->state;
  }
  engine::Tested tested(const std::string& id = "w") const {
    return live.model().weakness("t." + id)->tested;
  }
  bool applies() const { return !live.model().applying.empty(); }
  bool undecided() const { return !live.model().undecided.empty(); }
  bool assumed() const { return !live.model().assumed.empty(); }
  std::string wanted(const std::string& name, const std::string& id) const {
    const engine::TicketRow* row = live.model().ticket(name, "t." + id);
    return row == nullptr ? "none" : row->desired == engine::Desired::open ? "open" : "closed";
  }
  Date today(int days = 0) const { return Date{date_of(now).days + days}; }

 private:
  // Whatever is said, what is kept from change to change equals an evaluation from nothing.
  SmallProduct& evaluated_anew() {
    const engine::LiveProduct fresh(policy, live.facts(), now);
    REQUIRE(engine::difference(live, fresh).empty());
    return *this;
  }
};

}  // namespace riskd::tests
