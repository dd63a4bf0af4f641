// A ticket's past in Jira: its comments, and who changed its status.
//
// Cloud gives the changelog page by page, the oldest first
// (https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/, "Get changelogs"); Data
// Center all of it with the issue (`expand=changelog`).
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <string>

#include "connectors/trackers/jira_issues.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

class JiraHistory {
 public:
  // All outlive it.
  JiraHistory(RestSession& session, JiraIssues& issues, const WebTrackerOptions& options);

  Result<bool> has_effect(const std::string& key, const std::string& effect_key);

  // Who set the status that the view has. Unknown where the changelog may not be seen.
  Result<StatusOrigin> origin(const TicketView& view);

 private:
  // Gives false to see no more.
  using Visit = std::function<bool(const boost::json::value&)>;

  Status each_of(const std::string& path, std::string_view list, Query query, const Visit& visit);
  Status read_changes(const std::string& key, TicketHistory& history);
  Status read_comments(const std::string& key, TicketHistory& history);

  RestSession& session_;
  JiraIssues& issues_;
  const WebTrackerOptions& options_;
  const std::string root_;
};

}  // namespace riskd::connectors
