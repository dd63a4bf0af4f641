// What Jira's answers and requests hold, without the conversation: keys, labels, tickets, transitions.
// Answers are anything that somebody sent: what is missing or of another kind is empty.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/tracker.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

inline constexpr const char* jira_default_type = "Task";
inline constexpr const char* jira_default_label = "riskd";
inline constexpr const char* jira_default_link = "Relates";

std::string jira_root(const WebTrackerOptions& options);  // "/rest/api/3" or "/rest/api/2"

bool is_jira_project(std::string_view text);  // "SHOP"
bool is_jira_key(std::string_view text);      // "SHOP-12"

// `Authorization`: Cloud takes the account's address with an API token
// (https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/), Data Center a
// personal access token
// (https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html).
std::string jira_authorization(const WebTrackerOptions& options);

// The label by which a ticket is found. Cloud: the marker's first 32 digits, the whole one is in a
// property. Data Center, whose search gives no properties (JRASERVER-62898): all of it, so that a
// bulk listing has it.
std::string jira_marker_label(bool cloud, std::string_view marker);
// The property's value in an issue that was created with it.
boost::json::value jira_marker_property(std::string_view marker);

// Of a new ticket, each once; blanks, which Jira refuses in a label, become "-".
boost::json::array jira_labels(const NewTicket& ticket, const WebTrackerOptions& options);

// One line of at most 255 characters as Jira counts them (UTF-16 units).
std::string jira_summary(const RichText& title);

// From the issue's property; empty where it has none.
std::string jira_marker(const boost::json::value& issue);

// `marker` is the property's; where there is none, on Data Center, the label's, which a copy of the
// ticket has too. nullopt where the key or the status is missing or no text.
std::optional<TicketView> jira_view(const boost::json::value& issue,
                                    const WebTrackerOptions& options);

// Whether Jira counts the status as finished: its category is `done`, whatever it is called. nullopt
// where it has no category.
std::optional<bool> jira_is_closed(const boost::json::value& status);

// ── the past ─────────────────────────────────────────────────────────────────────────────────────

// A user's id and name; empty where `user` is null or has none.
Account jira_account(const boost::json::value* user, const WebTrackerOptions& options);

struct JiraStatus {
  std::string id, name;
};
JiraStatus jira_status(const boost::json::value& issue);

// Of an entry of the changelog. A change to the status with the id of `now` is one to its name of today.
std::vector<StatusChange> jira_status_changes(const boost::json::value& entry,
                                              const JiraStatus& now,
                                              const WebTrackerOptions& options);
// The making of an issue whose status was never changed.
StatusChange jira_making(const boost::json::value& issue, const JiraStatus& now,
                         const WebTrackerOptions& options);

// nullopt where not everybody who sees the ticket may read it: limited to a role or a group, or
// internal to a service desk.
std::optional<TicketComment> jira_open_comment(const boost::json::value& comment,
                                               const WebTrackerOptions& options);

bool jira_comment_has_effect(const boost::json::value& comment, std::string_view effect_key);
boost::json::value jira_comment(const RichText& comment, std::string_view effect_key, bool cloud);

// Does the issue's `issuelinks` hold one of that type with `other`, either way?
bool jira_is_linked(const boost::json::value& issue, std::string_view type, std::string_view other);

struct JiraTransition {
  std::string id, name, to;
  std::vector<std::string> required;  // fields that have no default, by name
};
// The transition to that status; where none leads there, the one that is called so. Those that
// require no field come first.
std::optional<JiraTransition> jira_transition(const boost::json::value& answer,
                                              std::string_view status);
std::string jira_transition_names(const boost::json::value& answer);

// The fields in it that are required and have no default: id and name. `fields` is an object by id
// (of a transition) or an array (of createmeta).
std::vector<std::pair<std::string, std::string>> jira_required(const boost::json::value* fields);

}  // namespace riskd::connectors
