// What `riskctl test` writes: for people, as JSON, as JUnit XML.
#pragma once

#include <string>
#include <vector>

#include "daemon/riskctl/text.hpp"
#include "dsl/scenario/coverage.hpp"
#include "engine/base/result.hpp"

namespace riskd::riskctl {

std::string place_of(const dsl::Compilation& policy, dsl::Span span);

// The failures, each with the values behind it.
Text failures_text(const dsl::Compilation& policy, const dsl::ScenarioRun& run);

// With the coverage where `covered` is not null.
std::string run_json(const dsl::Compilation& policy, const dsl::ScenarioRun& run,
                     const std::vector<dsl::CoverageItem>* covered);

// One testsuite a file, one testcase a scenario. Characters that XML cannot hold become U+FFFD.
std::string run_junit(const dsl::Compilation& policy, const dsl::ScenarioRun& run);

}  // namespace riskd::riskctl
