// How long a replay took.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace riskd::cli {

using Clock = std::chrono::steady_clock;

struct ReplayStats {
  double load_ms = 0;             // reading the rule files and compiling them
  double first_ms = 0;            // the first evaluation of a product
  std::vector<double> events_us;  // each later line, from its text to its answer
};

double milliseconds_since(Clock::time_point start);

// Lines for people; sorts `stats.events_us`.
std::string show_stats(ReplayStats& stats);

}  // namespace riskd::cli
