// What a policy cites from outside: the weaknesses of CWE, and requirements of standards.
#pragma once

#include <string>
#include <vector>

#include "dsl/compile/declarations.hpp"
#include "dsl/compile/policy_text.hpp"

namespace riskd::dsl {

// The names of the lists of requirements that a policy declares, sorted. Once in a policy: the index of
// standards is of all its libraries.
std::vector<std::string> declare_standards(const PolicyText& policy);

// Reports ids that CWE does not have: no finding would ever come to the weakness.
void check_cwes(const PolicyText& policy, const Declarations& declared);

// Warns of ids that are no weaknesses, and of requirements that no list has. `lists` are the policy's own.
void warn_of_citations(const PolicyText& policy, const Declarations& declared,
                       const std::vector<std::string>& lists);

}  // namespace riskd::dsl
