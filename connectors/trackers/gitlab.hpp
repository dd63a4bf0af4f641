// Parts of the GitLab tracker that its files share: reading issues, finding one by its marker or by
// where it was moved to, and the check of the configuration.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/tracker.hpp"
#include "connectors/trackers/gitlab_json.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

// Reads from GitLab, and remembers which marker was seen where. Errors as of RestSession::send, and
// invalid where the answer is something else.
class GitlabReader {
 public:
  // Both outlive it.
  GitlabReader(RestSession& session, const WebTrackerOptions& options)
      : session_(session), options_(options) {}

  // A ticket where it is now.
  struct Place {
    GitlabKey key;
    TicketView view;
    boost::json::value issue;  // as GitLab sent it
  };
  // Gives false to see no more.
  using Visit = std::function<bool(const boost::json::value&)>;

  // A request that is answered with an issue.
  Result<boost::json::value> ask(const RestRequest& request);
  Result<boost::json::value> issue(const GitlabKey& key);

  // Each thing of a list, page by page; of issues the oldest first, of every state.
  Status each_of(const std::string& path, Query query, const Visit& visit);
  Status each_issue(const std::string& project, Query query, const Visit& visit);

  // The oldest ticket with the marker that was made in the project; nullopt where there is none.
  Result<std::optional<Place>> find(const std::string& project, const std::string& marker);

  // The ticket, or what it has become elsewhere. Error::forbidden where that cannot be found.
  Result<Place> followed(boost::json::value issue, GitlabKey key);

 private:
  // What is known of the tickets in a project that carry a marker.
  struct Marked {
    Instant read_until;                       // by GitLab's clock; zero: not read yet
    std::map<std::string, std::string> iids;  // of each marker, the oldest ticket's

    bool remember(const boost::json::value& issue);
  };

  Status read_marked(const std::string& project, Marked& marked);
  Status read_all(const std::string& project, const Visit& visit);
  Result<boost::json::value> by_id(const std::string& id, const boost::json::value& old);
  Result<boost::json::value> arrived(const std::string& id, const boost::json::value& old);

  RestSession& session_;
  const WebTrackerOptions& options_;
  std::map<std::string, Marked> marked_;  // of each project
  bool asked_by_id_in_vain_ = false;
  std::map<std::string, Instant> lost_until_;  // moved tickets, by the number of the new ones
};

// Why an answer is not what was wanted.
std::string gitlab_is_not(std::string_view wanted, const RestReply& reply);

// As Tracker::check: changes nothing.
CheckReport check_gitlab(RestSession& session, const WebTrackerOptions& options);

// Whether issues of the project can be seen as things stand: where its issues were switched off, GitLab
// shows none and answers 404 for each, as if they had been deleted.
bool gitlab_issues_are_on(const boost::json::value& project);

}  // namespace riskd::connectors
