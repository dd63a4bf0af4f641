// Rows of status maps and evidence blocks that can never match.
#pragma once

#include <vector>

#include "dsl/analyse/conditions.hpp"
#include "dsl/compile/records.hpp"

namespace riskd::dsl {

// Reports the rows of each block that nothing matches, and those that the earlier ones leave nothing to.
void check_rows(Conditions& conditions, const std::vector<Rows>& blocks);

}  // namespace riskd::dsl
