// Adjustment steps whose condition reads the state and the tests of what they visit and nothing else: a
// table says whether they act. Made once a program. Used inside engine/ only.
#pragma once

#include <array>
#include <vector>

#include "engine/plan/conditions.hpp"

namespace riskd::engine {

struct ActsBy {
  bool possible = false;                           // otherwise its condition must be evaluated
  std::array<bool, ElementBytes::numbers> acts{};  // by ElementBytes::number
  // Its amount is how much the countermeasure takes off the risk through the use that is visited.
  bool by_share = false;
};

// By Program::adjusts.
std::vector<ActsBy> acts_of_steps(const Program& program, const Conditions& conditions);

}  // namespace riskd::engine
