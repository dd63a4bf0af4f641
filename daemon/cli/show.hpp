// Models and reports for people, and the words of both in their colours.
#pragma once

#include <string_view>

#include "connectors/report.hpp"
#include "daemon/cli/text.hpp"
#include "engine/model.hpp"

namespace riskd::cli {

Text shown(const engine::Model& model);
Text shown(const connectors::Report& report);

// "required", "implemented", …; "passed", "failed", "untested". Other words stay plain.
Text state_word(std::string_view word);

}  // namespace riskd::cli
