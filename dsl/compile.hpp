// Text to program: the whole front end behind one function.
#pragma once

#include <string>
#include <vector>

#include "dsl/compile/compilation.hpp"

namespace riskd::dsl {

// Parses, resolves, types, analyses and lowers a policy. Never fails: what is wrong is in the
// diagnostics. The same sources always give the same program.
Compilation compile(Sources sources);

// Adds to `sources` from `rules_folder` the files of every library that is imported and not among them
// (nothing where it is empty), and compiles. Errors as read_sources.
Result<Compilation> compile_with_rules(Sources sources, const std::string& rules_folder);

// Reads the rule files of `paths`, adds from `rules_folder` the files of every library that is
// imported and not among them (nothing where it is empty), and compiles. Errors as read_sources.
Result<Compilation> load_policy(const std::vector<std::string>& paths,
                                const std::string& rules_folder);

}  // namespace riskd::dsl
