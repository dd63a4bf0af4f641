// Messages about a policy, for people.
#pragma once

#include "daemon/cli/text.hpp"
#include "dsl/diagnostic.hpp"

namespace riskd::cli {

// As dsl::render lays it out, with a line break at the end.
Text shown(const dsl::Sources& sources, const dsl::Diagnostic& diagnostic);

}  // namespace riskd::cli
