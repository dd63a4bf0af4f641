// What facts, and time, touch directly: where a change begins. Used inside engine/update/ only.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/evaluate/evaluator.hpp"
#include "engine/update/cell_update.hpp"
#include "engine/update/touched.hpp"

namespace riskd::engine {

class FactTouches {
 public:
  FactTouches(Evaluator& evaluator, Touched& touched, CellUpdate& cells)
      : evaluator_(evaluator), touched_(touched), cells_(cells) {}

  // Notes what `fact` will touch, before it is folded into the product.
  void expect(const Fact& fact);
  // After the facts were folded: finds their decisions, and brings the evaluation's time to `now`. What ends or
  // becomes stale by then is touched.
  void pass_time(Instant now);
  // Judges again what suites have said of tests, and brings results to elements.
  void bind_tests();
  void reset();

 private:
  void expect(const ProductFact& fact);
  void expect(const AnswersFact& fact);
  void expect(const FieldsFact& fact);
  void expect(const ComponentFact& fact);
  void expect(const DecisionFact& fact);
  void expect(const ApproveFact& fact);
  void expect(const TicketFact& fact);
  void expect(const ToldFact& fact);
  void expect(const ResultFact& fact);
  void expect(const RunFact& fact);
  void expect(const SuiteFact& fact);
  void expect(const ClockFact& fact);

  void answers(ScopeInstance& scope, const std::vector<std::pair<std::string, RawValue>>& values);
  void fields(ScopeInstance& scope, const std::vector<std::pair<std::string, RawValue>>& values);
  void touch(const ElementReference& named);
  void touch_decided(const DecisionKey& key);
  const DecisionEntry* earlier_decision(const ElementReference& named,
                                        const DecisionKey& key) const;

  Evaluator& evaluator_;
  Touched& touched_;
  CellUpdate& cells_;
  std::vector<const DecisionEntry*> decided_again_;
  std::set<const DecisionEntry*> ending_;  // the ones among them that had an end
  std::set<DecisionKey> decided_;          // for the first time
  std::set<std::string> suites_;           // all of their tests
  std::set<TestOf> tests_;                 // that had no result
  std::vector<BoundTest*> reported_;       // that had one; each once
};

}  // namespace riskd::engine
