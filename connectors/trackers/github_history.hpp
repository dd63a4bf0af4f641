// Who closed or reopened an issue of GitHub, and what was written there.
//
// An issue says who closed it (`closed_by`, https://docs.github.com/en/rest/issues/issues, "Get an
// issue"). Its events say who opened it again (https://docs.github.com/en/rest/issues/events); they may
// lag behind the issue.
#pragma once

#include <optional>
#include <string>

#include "connectors/trackers/github_json.hpp"
#include "connectors/trackers/github_session.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

class GitHubHistory {
 public:
  // Both outlive it.
  GitHubHistory(GitHubSession& session, const WebTrackerOptions& options)
      : session_(session), options_(options) {}

  // Who set `state`, which the issue has or had a moment ago. Error::unavailable while its events are
  // behind.
  Result<StatusOrigin> origin(const GitHubIssue& issue, const std::string& state);

 private:
  Result<Account> own();
  Status read_events(const GitHubIssue& issue, TicketHistory& history);
  Status read_comments(const GitHubIssue& issue, TicketHistory& history);

  GitHubSession& session_;
  const WebTrackerOptions& options_;
  std::optional<Account> own_;
};

}  // namespace riskd::connectors
