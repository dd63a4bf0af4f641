// Runs the scenarios of a policy: given facts, then more of them, expect what the model says.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "dsl/compile/compilation.hpp"
#include "engine/base/instant.hpp"
#include "engine/evaluate/trace.hpp"

namespace riskd::dsl {

struct ScenarioFailure {
  Span span;                         // of the line that failed
  std::string message;               // what was expected and what is
  std::vector<std::string> details;  // the values behind it: sub-expressions, the waterfall
};

// A scenario, or one case of a scenario that has cases.
struct ScenarioResult {
  std::string title;  // of a case: `TITLE (reach = staff)`
  Span span;          // its first line
  std::chrono::microseconds took{0};
  std::vector<ScenarioFailure> failures;  // empty: it passed
};

// What the scenarios reached. Counts of patterns are scenarios, the others are evaluations.
struct Reached {
  engine::Trace trace;
  std::vector<std::uint64_t> patterns;  // by index in the program: it applied
  std::vector<std::uint64_t> tickets;   // by index in the program: one was opened
};

struct ScenarioRun {
  std::vector<ScenarioResult> scenarios;        // in the order of the files
  std::vector<std::string> uncovered_patterns;  // of the given files, that applied in none of them
  Reached reached;
};

// Runs every scenario of a sound policy's given files whose title contains `filter`. A ticket that
// should open is opened as a tracker would, with the status "To Do"; one that should close is closed.
// Where a scenario does not say what today is, it is `now`.
ScenarioRun run_scenarios(const Compilation& policy, const std::string& filter, Instant now);

}  // namespace riskd::dsl
