// Rich text as HTML, in which Azure DevOps keeps texts.
#pragma once

#include <string>

#include "engine/base/rich_text.hpp"

namespace riskd::connectors {

// The policy's structure as elements (see text_blocks.hpp). Outside text is text: no element or
// character reference comes from it, and no mention of a person, a work item or a pull request.
std::string to_html(const RichText& text);

// The same, with `last_line` as a paragraph of its own at the end.
std::string to_html(const RichText& text, const std::string& last_line);

}  // namespace riskd::connectors
