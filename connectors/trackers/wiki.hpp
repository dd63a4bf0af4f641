// Rich text as Jira's wiki markup, in which Jira Data Center keeps texts
// (https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all).
#pragma once

#include <string>

#include "engine/base/rich_text.hpp"

namespace riskd::connectors {

// The policy's structure as wiki markup (see text_blocks.hpp). In outside text every character that
// the renderer acts on is escaped: nothing in it is markup, a macro, a mention, a link or a smiley.
// Lines end with "\n" only.
std::string to_wiki(const RichText& text);

}  // namespace riskd::connectors
