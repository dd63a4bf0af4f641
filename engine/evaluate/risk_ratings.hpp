// From the inherent rating of a risk to the current one: the steps, and the waterfall that shows them. Used inside
// engine/ only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/small_vector.hpp"
#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Decisions;
class States;
class Values;

// A risk's ratings are kept with it until it is forgotten.
class RiskRatings {
 public:
  RiskRatings(Basis& basis, const Decisions& decisions, Values& values, States& states);

  // Computes RiskInstance::inherent, current and projected, if they are not there.
  void adjust(RiskInstance& risk);
  std::vector<StepRow> steps(RiskInstance& risk);  // the waterfall
  // How much a use of a countermeasure takes off; `assumed` as Values::attribute.
  double share(std::uint32_t use, RiskInstance& risk, WeaknessInstance& weakness,
               CountermeasureInstance& countermeasure, bool* assumed = nullptr);

 private:
  struct Visit;
  struct Visited;
  using Visits = SmallVector<Visit, 16>;
  Visited visited_of(const RiskInstance& risk);
  static double value_after(const Program& program, double inherent, std::span<const Visit> visits);
  double amount(const Adjust& step, RiskInstance& risk, const Context& context);
  void visit_all(RiskInstance& risk, const Visited& visited, Visits& out);
  double run(RiskInstance& risk, const Visited& visited, bool projected,
             std::vector<StepRow>* rows);
  void add_rows(RiskInstance& risk, const Visits& visits, std::vector<StepRow>& rows);
  std::string because(const Visit& visit, const Adjust& step, RiskInstance& risk);

  Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Decisions& decisions_;
  Values& values_;
  States& states_;
};

}  // namespace riskd::engine
