// Runs the scenarios of a policy: given facts, then more of them, expect what the model says.
#pragma once

#include <string>
#include <vector>

#include "dsl/compile.hpp"
#include "engine/instant.hpp"

namespace riskd::dsl {

struct ScenarioFailure {
  Span span;                         // of the line that failed
  std::string message;               // what was expected and what is
  std::vector<std::string> details;  // the values behind it
};

struct ScenarioResult {
  std::string title;
  Span span;
  std::vector<ScenarioFailure> failures;  // empty: it passed
};

struct ScenarioRun {
  std::vector<ScenarioResult> scenarios;        // in the order of the files
  std::vector<std::string> uncovered_patterns;  // that applied in none of them
};

// Runs every scenario of a sound policy whose title contains `filter`. A ticket that should open is
// opened as a tracker would, with the status "To Do"; one that should close is closed. Where a
// scenario does not say what today is, it is `now`.
ScenarioRun run_scenarios(const Compilation& policy, const std::string& filter, Instant now);

}  // namespace riskd::dsl
