#include "connectors/trackers/webhook.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_kinds.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

// null where the body is no JSON.
json::value parsed(std::string_view body) {
  json::parse_options options;
  options.max_depth = 64;
  boost::system::error_code error;
  json::value value = json::parse(body, error, {}, options);
  return error ? json::value() : value;
}

std::string numbered(const std::string& project, const std::string& number) {
  if (project.empty() || number.empty() || project.size() > limits::id_bytes) return {};
  return project + "#" + number;
}

std::string text_in(const json::value& of, std::string_view owner, std::string_view name) {
  const json::value* found = member(of, owner);
  return found == nullptr ? std::string() : text_at(*found, name);
}

}  // namespace

std::optional<WebhookSignature> webhook_signature(std::string_view kind) {
  const WebKind* row = web_kind(kind);
  return row == nullptr ? std::nullopt : row->signature;
}

std::optional<std::string> ticket_of_webhook(std::string_view kind, std::string_view body) {
  const WebKind* row = web_kind(kind);
  if (row == nullptr || row->ticket_of_webhook == nullptr) return std::nullopt;
  std::string key = row->ticket_of_webhook(body);
  if (key.empty() || key.size() > limits::id_bytes) return std::nullopt;
  return key;
}

std::string ticket_of_azure_webhook(std::string_view body) {
  const json::value value = parsed(body);
  if (!text_at(value, "eventType").starts_with("workitem.")) return {};
  // Of an update `id` is the update's.
  const std::string key = text_in(value, "resource", "workItemId");
  return key.empty() ? text_in(value, "resource", "id") : key;
}

std::string ticket_of_github_webhook(std::string_view body) {
  const json::value value = parsed(body);
  return numbered(text_in(value, "repository", "full_name"), text_in(value, "issue", "number"));
}

std::string ticket_of_gitlab_webhook(std::string_view body) {
  const json::value value = parsed(body);
  // Of a note the ticket stands beside it.
  std::string number = text_in(value, "issue", "iid");
  if (number.empty() && text_at(value, "object_kind") == "issue")
    number = text_in(value, "object_attributes", "iid");
  return numbered(text_in(value, "project", "path_with_namespace"), number);
}

std::string ticket_of_jira_webhook(std::string_view body) {
  const json::value value = parsed(body);
  return text_in(value, "issue", "key");
}

}  // namespace riskd::connectors
