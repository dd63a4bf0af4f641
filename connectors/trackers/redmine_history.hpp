// Redmine's statuses, and a ticket's past: the journals
// (https://www.redmine.org/projects/redmine/wiki/Rest_IssueJournals). A journal is what one user changed at
// one moment, with the note that was written there; notes and changes are the same entry.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/trackers/redmine_check.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/status_origin.hpp"

namespace riskd::connectors {

// The statuses that this Redmine has; asked for where one is not known.
class RedmineStatuses {
 public:
  explicit RedmineStatuses(RestSession& session) : session_(session) {}

  // The id of what is called so. Error::invalid names those that there are.
  Result<std::string> id_of(const std::string& name);

  // Fills in `closed` where the issue did not have it (Redmine before 5.0), with one request at most,
  // whatever the number of tickets. It stays nullopt where Redmine does not report it.
  Status fill_closed(std::vector<TicketView>& views);

 private:
  Status ask();

  RestSession& session_;
  Named ids_;
  std::map<std::string, std::optional<bool>> closed_;  // by name
};

// A user, as issues, journals and /users/current show one.
Account redmine_account(const boost::json::value* user);

// Of an issue with its journals. Statuses are ids here: names change. Private notes are left out,
// since not everybody who sees the ticket may read them.
TicketHistory redmine_history(const boost::json::value& issue, const std::string& markup);

// `is_closed` of a status; nullopt where it is missing.
std::optional<bool> redmine_is_closed(const boost::json::value& status);

}  // namespace riskd::connectors
