#include "connectors/trackers/webhook.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "connectors/trackers/rest_session.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

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
  using enum WebhookSignature::Proof;
  if (kind == "azure") return WebhookSignature{"authorization", password};
  if (kind == "github") return WebhookSignature{"x-hub-signature-256", hmac};
  if (kind == "gitlab") return WebhookSignature{"x-gitlab-token", secret};
  if (kind == "jira") return WebhookSignature{"x-hub-signature", hmac};
  return std::nullopt;
}

std::optional<std::string> ticket_of_webhook(std::string_view kind, std::string_view body) {
  json::parse_options options;
  options.max_depth = 64;
  boost::system::error_code error;
  const json::value value = json::parse(body, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  std::string key;
  if (kind == "github") {
    key = numbered(text_in(value, "repository", "full_name"), text_in(value, "issue", "number"));
  } else if (kind == "gitlab") {
    // Of a note the ticket stands beside it.
    std::string number = text_in(value, "issue", "iid");
    if (number.empty() && text_at(value, "object_kind") == "issue")
      number = text_in(value, "object_attributes", "iid");
    key = numbered(text_in(value, "project", "path_with_namespace"), number);
  } else if (kind == "azure" && text_at(value, "eventType").starts_with("workitem.")) {
    // Of an update `id` is the update's.
    key = text_in(value, "resource", "workItemId");
    if (key.empty()) key = text_in(value, "resource", "id");
  } else if (kind == "jira") {
    key = text_in(value, "issue", "key");
  }
  if (key.empty() || key.size() > limits::id_bytes) return std::nullopt;
  return key;
}

}  // namespace riskd::connectors
