// Who closed or reopened an issue of GitLab, and what was written there.
//
// An issue says who closed it (`closed_by`, docs.gitlab.com/ee/api/issues.html). Its state events say who
// opened it again (docs.gitlab.com/ee/api/resource_state_events.html), but not who created it.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "connectors/trackers/gitlab.hpp"
#include "connectors/trackers/gitlab_json.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/status_origin.hpp"

namespace riskd::connectors {

class GitlabHistory {
 public:
  // Both outlive it.
  GitlabHistory(RestSession& session, GitlabReader& reader) : session_(session), reader_(reader) {}

  // Notes that GitLab wrote itself quote what people and riskd wrote: they are none of riskd's.
  Result<bool> has_effect(const GitlabKey& key, const std::string& effect_key);

  // Who set `state`, which the ticket at that place has or had a moment ago.
  Result<StatusOrigin> origin(const GitlabReader::Place& place, const std::string& state);

 private:
  Result<Account> own();
  Status each_note(const GitlabKey& key, const GitlabReader::Visit& visit);
  Status read_events(const GitlabReader::Place& place, TicketHistory& history);

  RestSession& session_;
  GitlabReader& reader_;
  std::optional<Account> own_;
};

}  // namespace riskd::connectors
