// The conversation with GitHub's REST interface: redirections, pages, and pauses between writes.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "connectors/trackers/github_json.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

enum class Go : std::uint8_t { on, stop };

class GitHubSession {
 public:
  explicit GitHubSession(const WebTrackerOptions& options);

  // Follow one redirection on the same host. Errors as of RestSession::send.
  Result<RestReply> get(std::string path, Query query = {}, int also = 0);
  // Waits first until `write_pause` has passed since the last write. `ticket`: whose key, or empty.
  Result<RestReply> write(std::string method, std::string path, std::string ticket,
                          boost::json::object body);

  // Calls `visit` with each element of a listing, page by page, until it says stop.
  Status each_of(std::string path, Query query,
                 const std::function<Go(const boost::json::value&)>& visit);
  // The repository's issues of all states, without pull requests; what cannot be read as an error.
  Status each_issue(const std::string& project, Query query,
                    const std::function<Go(Result<GitHubIssue>)>& visit);

  Result<GitHubIssue> read(const std::string& key);
  Result<bool> has_effect(const std::string& key, const std::string& effect_key);

  const RestSession& rest() const { return rest_; }

 private:
  Result<RestReply> send(RestRequest request);
  Result<std::string> own_path(const std::string& address) const;

  const std::string root_;
  const std::chrono::milliseconds write_pause_;
  RestSession rest_;
  std::chrono::steady_clock::time_point last_write_{};
};

// "/repos/owner/repository" and "/repos/owner/repository/issues/12"; empty where `key` is none.
std::string repository_path(const std::string& project);
std::string issue_path(const std::string& key);

// Tracker::check.
CheckReport check_github(GitHubSession& session, const WebTrackerOptions& options);

}  // namespace riskd::connectors
