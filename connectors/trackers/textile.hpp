// Rich text as Textile, as Redmine reads it.
#pragma once

#include <string>

#include "engine/base/rich_text.hpp"

namespace riskd::connectors {

// The policy's pieces as they stand; outside pieces as code, in which nothing is markup, a link to a
// ticket or a macro. Lines end with "\n" only.
std::string to_textile(const RichText& text);

}  // namespace riskd::connectors
