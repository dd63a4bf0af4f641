// Reading issues of Redmine: one by its number, many by a query, and who set their status.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/tracker.hpp"
#include "connectors/trackers/redmine_history.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

bool is_redmine_number(std::string_view text);

// Errors as of RestSession::send, and invalid where the answer is something else.
class RedmineReader {
 public:
  using Visit = std::function<void(const boost::json::value& issue)>;

  // Both outlive it.
  RedmineReader(RestSession& session, const WebTrackerOptions& options)
      : session_(session), options_(options), statuses_(session) {}

  // Whoever is not signed in sees an empty Redmine.
  Status check_credentials();

  // `closed` where the issue has it; see RedmineStatuses::fill_closed for the rest.
  TicketView view_of(const boost::json::value& issue) const;
  // The issue; `include` as Redmine has it: "journals".
  Result<boost::json::value> read(const std::string& key, const std::string& include);

  // Calls `visit` with each issue that the query finds, page by page.
  Status each_issue(Query query, const Visit& visit);
  // Those with these numbers. What may no longer be seen goes into the listing as unreadable; what
  // was deleted is left out.
  Status each_of_keys(const std::vector<std::string>& keys, TicketListing& listing,
                      const Visit& visit);

  // Who set `status`, which an issue with its journals has or had a moment ago.
  Result<StatusOrigin> origin(const boost::json::value& issue, const std::string& status);

  RedmineStatuses& statuses() { return statuses_; }

 private:
  RestSession& session_;
  const WebTrackerOptions& options_;
  RedmineStatuses statuses_;
  std::optional<Account> own_;  // which riskd uses
};

}  // namespace riskd::connectors
