// Reports for people, and the words of models and reports in their colours.
#pragma once

#include <string_view>

#include "connectors/report.hpp"
#include "daemon/riskctl/text.hpp"

namespace riskd::riskctl {

Text shown(const connectors::Report& report);

// "required", "implemented", …; "passed", "failed", "untested". Other words stay plain.
Text state_word(std::string_view word);

// A band of the shipped rules in the colour of its urgency; others stay plain.
Text band_word(std::string_view band);

}  // namespace riskd::riskctl
