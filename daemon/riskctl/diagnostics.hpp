// Messages about a policy, for people.
#pragma once

#include "daemon/riskctl/text.hpp"
#include "dsl/text/diagnostic.hpp"

namespace riskd::riskctl {

// As dsl::render lays it out, with a line break at the end.
Text shown(const dsl::Sources& sources, const dsl::Diagnostic& diagnostic);

}  // namespace riskd::riskctl
