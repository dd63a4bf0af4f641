// Scenarios, checked like everything else: their names, the types of their answers, and what they
// expect, which becomes a condition of the element that it is about.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "dsl/compile/lowering.hpp"
#include "dsl/compile/records.hpp"

namespace riskd::dsl {

// What the names in a scenario's clause stand for (Compilation::scenario_ids).
using ScenarioIds = std::unordered_map<ClauseId, std::vector<std::string>>;

// Reports what is wrong in scenarios, and warns of those that cannot fail. Last, after the policy's hash:
// it adds nodes.
ScenarioIds check_scenarios(Lowering& lowering, const EvidenceSlots& evidence);

// Whether all errors so far are that something in a scenario could not be read. Then the policy without
// them is sound, and their names can be looked up.
bool only_scenarios_unreadable(const PolicyText& policy);

}  // namespace riskd::dsl
