// The conversation with Azure DevOps: its version, its credentials, and how it answers whom it does not
// know, around a RestSession.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

// Answers are JSON objects. Errors as of RestSession::send; forbidden where a page to sign in came, and
// invalid where something else did.
class AzureSession {
 public:
  explicit AzureSession(const WebTrackerOptions& options);

  Result<boost::json::value> get(std::string path, Query query = {});
  Result<boost::json::value> send(RestRequest request);

  // Sends operations of JSON Patch.
  Result<boost::json::value> patch(RestRequest request, boost::json::array operations);

  // Changes a work item: all of the operations or none, and only if it still has that revision.
  // Error::unavailable where somebody changed it meanwhile.
  Result<boost::json::value> change(const std::string& id, std::int64_t revision,
                                    boost::json::array operations);

  // Whom the token is of: asks. Error::forbidden where Azure DevOps takes it for nobody.
  Status check_credentials();
  // The same, once.
  Result<Account> own();

  Instant peer_now() const { return session_.peer_now(); }
  Instant resume_at(const std::string& id) const { return session_.resume_at(id); }
  TrackerHealth health() const { return session_.health(); }

 private:
  RestSession session_;
  std::optional<Account> own_;
};

}  // namespace riskd::connectors
