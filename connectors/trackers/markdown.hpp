// Rich text as Markdown (CommonMark with GitHub's extensions).
#pragma once

#include <string>

#include "engine/base/rich_text.hpp"

namespace riskd::connectors {

// The policy's pieces as they stand; outside pieces so that no structure comes from them: no HTML,
// link, image, code, emphasis, heading, list, quote, table, automatic link, mention or quick action.
// Lines end with "\n" only. No effect mark (see ticket_file.hpp) can be read in the result.
std::string to_markdown(const RichText& text);

// The same on one line, without blanks at its ends.
std::string to_markdown_line(const RichText& text);

}  // namespace riskd::connectors
