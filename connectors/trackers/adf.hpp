// Atlassian Document Format, in which Jira Cloud keeps texts
// (https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/).
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "engine/base/rich_text.hpp"

namespace riskd::connectors {

// The policy's structure as nodes (see text_blocks.hpp). Outside text is in text nodes alone, in which
// nothing is markup, a mention or a link. `last_line`, where it is not empty, is a paragraph at the end.
boost::json::value to_adf(const RichText& text, const std::string& last_line = {});

// The texts of a document, of its mentions and cards too, a line for each block and break. A document may be anything that somebody
// sent; a text is itself.
std::string plain_of_adf(const boost::json::value& document);

}  // namespace riskd::connectors
