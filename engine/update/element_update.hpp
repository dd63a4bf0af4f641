// The elements that a change brings, takes away and reaches, and what is reported of them. Used inside engine/update/
// only.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/evaluate/evaluator.hpp"
#include "engine/update/touched.hpp"

namespace riskd::engine {

class ElementUpdate final : public ElementWatch {
 public:
  ElementUpdate(Evaluator& evaluator, Touched& touched)
      : evaluator_(evaluator), touched_(touched) {}

  // Adds and removes the elements of patterns that begin and end.
  void change();
  // Takes what reads the touched elements too, as far as the policy reads at all.
  void close_over();
  // Computes all that is touched, and the product's rating; what differs is reported.
  void compute();
  // The elements are as they were before a change.
  void finish();

  void brought(RiskInstance& risk) override { take(risk); }
  void brought(WeaknessInstance& weakness) override { take(weakness); }
  void brought(CountermeasureInstance& countermeasure) override { take(countermeasure); }
  void touched(const WeaknessInstance& weakness) override;
  void touched(const CountermeasureInstance& countermeasure) override;

 private:
  // What is reported of elements, in order once all of it is there.
  template <typename Change>
  struct Ranked {
    std::uint32_t rank = 0;
    Change change;
  };

  // It will be computed again.
  void take(RiskInstance& risk);
  void take(WeaknessInstance& weakness);
  void take(CountermeasureInstance& measure);
  void take_all();
  void take_touched();
  void take_neighbours();
  void move_tests_about(std::uint32_t pattern);
  void end_risks(ScopeInstance& scope, std::uint32_t pattern);
  void forget();
  void compute_measures();
  void compute_weaknesses();
  void compute_risks();
  void compute_rating();
  void report(const TouchedRisk& before);
  template <typename Change>
  void sort(std::vector<Ranked<Change>>& changes, std::vector<Change>& out) const;

  Evaluator& evaluator_;
  Touched& touched_;
  std::vector<Ranked<RiskChange>> risk_changes_;
  std::vector<Ranked<StateChange>> state_changes_;
};

}  // namespace riskd::engine
