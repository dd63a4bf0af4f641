// How long a replay took.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace riskd::riskctl {

using Clock = std::chrono::steady_clock;

struct ReplayStats {
  double load_ms = 0;              // reading the rule files and compiling them
  double first_ms = 0;             // the first evaluation of a product
  std::vector<double> events_us;   // each line, from its text to its answer
  std::vector<double> applied_us;  // each fact, from the fact to its deltas: the engine alone
};

double milliseconds_since(Clock::time_point start);

// Lines for people; sorts the times.
std::string show_stats(ReplayStats& stats);

}  // namespace riskd::riskctl
