#include "connectors/trackers/azure_session.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <utility>

#include "connectors/http/basic_auth.hpp"
#include "connectors/trackers/azure_json.hpp"
#include "connectors/trackers/web_session.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

// Azure DevOps Server 2020, and all that came after it
// (https://learn.microsoft.com/en-us/rest/api/azure/devops/#api-and-tfs-version-mapping).
constexpr const char* azure_version = "6.0";
constexpr const char* who_path = "/_apis/connectionData";
constexpr const char* who_version = "6.0-preview";
// The id that a public project gives to visitors who did not sign in.
constexpr const char* nobody_id = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

// `Suppress`: a wrong token is answered with 401, where Azure DevOps would show a page to sign in. It does
// not always keep to that.
RestOptions azure_options(const WebTrackerOptions& options) {
  return rest_options(options, {{"Authorization", basic_authorization("", options.token)},
                                {"Accept", "application/json"},
                                {"X-TFS-FedAuthRedirect", "Suppress"}});
}

// "VS403351: Test Operation for path /rev was not successful" is 412; two changes at the same moment
// are "TF26071: This work item has been changed by someone else", and 400 of some versions.
bool is_changed_meanwhile(const Error& error) {
  return error.code == ErrorCode::conflict ||
         (error.code == ErrorCode::invalid && error.message.find("TF26071") != std::string::npos);
}

}  // namespace

AzureSession::AzureSession(const WebTrackerOptions& options)
    : session_(*options.http, azure_options(options)) {}

Result<json::value> AzureSession::get(std::string path, Query query) {
  RestRequest request;
  request.path = std::move(path);
  request.query = std::move(query);
  return send(std::move(request));
}

Result<json::value> AzureSession::send(RestRequest request) {
  request.query.emplace_back("api-version", request.path == who_path ? who_version : azure_version);
  auto reply = session_.send(request);
  if (!reply) return failure(reply);
  if (reply->status >= 300) {
    return fail(
        ErrorCode::forbidden,
        fmt::format("it answered {}, which leads to a page to sign in: the token is wrong, or "
                    "has expired; or the organization has another address now",
                    reply->status),
        request.path);
  }
  if (!reply->body.is_object()) return refuse("its answer is not what was asked for", request.path);
  return std::move(reply->body);
}

Result<json::value> AzureSession::patch(RestRequest request, json::array operations) {
  request.content_type = "application/json-patch+json";
  request.body = std::move(operations);
  return send(std::move(request));
}

Result<json::value> AzureSession::change(const std::string& id, std::int64_t revision,
                                         json::array operations) {
  json::array all{json::object{{"op", "test"}, {"path", "/rev"}, {"value", revision}}};
  all.insert(all.end(), operations.begin(), operations.end());
  RestRequest request;
  request.method = "PATCH";
  request.path = azure_item_path(id);
  request.ticket = id;
  auto changed = patch(std::move(request), std::move(all));
  if (changed || !is_changed_meanwhile(changed.error())) return changed;
  return fail(ErrorCode::unavailable, "somebody changed it at the same time: it is looked at again",
              azure_item_path(id));
}

Status AzureSession::check_credentials() {
  const auto answer = get(who_path);
  if (!answer) return failure(answer);
  const json::value* user = member(*answer, "authenticatedUser");
  Account account = user == nullptr ? Account() : azure_account(*user);
  if (account.id.empty() || account.id == nobody_id) {
    return fail(ErrorCode::forbidden, "it does not know whom the token is of: has it expired?",
                who_path);
  }
  own_ = std::move(account);
  return Done{};
}

Result<Account> AzureSession::own() {
  if (!own_) {
    if (Status known = check_credentials(); !known) return failure(known);
  }
  return *own_;
}

}  // namespace riskd::connectors
