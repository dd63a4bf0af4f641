// Words of trackers: compared as people read them (same_words), and cut to what fits.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/ascii.hpp"

namespace riskd::connectors {

// UTF-8 text of at most so many bytes, and "…" where something is missing; whole characters.
std::string cut_text(std::string text, std::size_t bytes);

// The same for trackers that count UTF-16 units, as Jira and Azure DevOps do; "…" is one of them.
std::string cut_units(std::string text, std::size_t units);

}  // namespace riskd::connectors
