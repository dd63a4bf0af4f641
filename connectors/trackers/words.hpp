// Words of trackers: compared as people read them (same_words), and cut to what fits.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/ascii.hpp"

namespace riskd::connectors {

// UTF-8 text of at most so many bytes, and "…" where something is missing; whole characters.
std::string cut_text(std::string text, std::size_t bytes);

}  // namespace riskd::connectors
