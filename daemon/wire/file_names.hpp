// Names of rule files that say where a file is in the policy, and not where the policy is on a machine.
#pragma once

#include <string>
#include <vector>

namespace riskd::wire {

// A name for each of `paths`: what follows the innermost of `roots` (folders, or files that are named
// themselves) above it, "web/x.risk" of "…/policy/web/x.risk". Where two would be called the same, the
// last folder of the root stands before it, "policy/web/x.risk", and as many more as tell them apart.
// A relative path below no root keeps its name; an absolute one is called by its last part.
std::vector<std::string> short_names(const std::vector<std::string>& paths,
                                     const std::vector<std::string>& roots);

}  // namespace riskd::wire
