// What Redmine calls things, and whether a configuration fits it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

using Named = std::map<std::string, std::string>;  // a name as Redmine has it, and its id

// The members of a list of {"id", "name"}.
Named named_in(const boost::json::value& of, std::string_view list);
// The id, whatever the case of letters; null where nothing is called so.
const std::string* find_named(const Named& named, std::string_view wanted);
std::string names_of(const Named& named);  // for messages
// Error::invalid: it has no `what` that is called `wanted`.
Unexpected<Error> has_none(std::string_view what, std::string_view wanted, const Named& named,
                           std::string where);

// As Tracker::check.
CheckReport check_redmine(RestSession& session, const WebTrackerOptions& options);

}  // namespace riskd::connectors
