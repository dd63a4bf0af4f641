// A change in words.
#pragma once

#include <string>
#include <vector>

#include "daemon/riskctl/changes.hpp"
#include "daemon/riskctl/text.hpp"

namespace riskd::riskctl {

// "65.6 → 19.7"; of values that are the same, or where nothing was before, the new one alone.
Text arrow(std::string_view before, std::string_view now);

// Everything that changed, a paragraph for each kind of thing, in the width of the terminal; empty where
// nothing changed. The rating is left out: the caller's first line has it.
Text shown(const Change& change);

// "shop: rating 46.88 → 87.5 critical".
Text rating_line(const std::string& product, const Change& change);

// The same in a few lines, each with `indent` blanks before it: of many elements the first are named.
Text in_short(const Change& change, std::size_t indent);

}  // namespace riskd::riskctl
