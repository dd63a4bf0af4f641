// What people wrote in a tracker's markup, or a tool in HTML, as text without it. Made to be read by people: a
// character of markup too many or too few does no harm, and nothing is read out of the result.
#pragma once

#include <string>
#include <string_view>

namespace riskd::connectors {

enum class Markup {
  markdown,  // GitHub, GitLab, Redmine
  wiki,      // Jira Data Center
  textile,   // Redmine
  html,      // reports: tags and entities alone
};

// Lines stay lines. Where a tag begins or ends a paragraph or item, a blank is left. Links keep their text and their address, HTML comments and images go, entities
// (`&lt;`, `&#58;`) become their characters.
std::string plain_of(Markup markup, std::string_view text);

}  // namespace riskd::connectors
