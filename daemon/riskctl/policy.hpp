// The policy that an offline command works under.
#pragma once

#include <string>
#include <vector>

#include "daemon/riskctl/app.hpp"
#include "dsl/compile.hpp"

namespace riskd::riskctl {

// `--rules`, else those that came with the program (dsl/text/shipped_rules.hpp). Empty where there are none.
std::string rules_folder(const SharedOptions& options);

// Compiles `paths` with the shipped rules. Mistakes in the policy are in the compilation.
Result<dsl::Compilation> load(const std::vector<std::string>& paths, const SharedOptions& options);

// The same, for commands that need a sound policy: prints its mistakes to standard error, and complains.
std::optional<dsl::Compilation> load_sound(const std::vector<std::string>& paths,
                                           const SharedOptions& options);

}  // namespace riskd::riskctl
