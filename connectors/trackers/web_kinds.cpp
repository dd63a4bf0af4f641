#include "connectors/trackers/web_kinds.hpp"

#include <algorithm>
#include <array>

namespace riskd::connectors {
namespace {

// GitHub and GitLab have no types and no transitions; Redmine has neither labels nor webhooks.
constexpr std::array<std::string_view, 7> azure_keys{
    "type",        "marker-field", "label", "webhook-secret-file", "webhook-secret-env",
    "transitions", "link-type"};
constexpr std::array<std::string_view, 3> github_keys{"label", "webhook-secret-file",
                                                      "webhook-secret-env"};
constexpr std::array<std::string_view, 4> gitlab_keys{"label", "webhook-secret-file",
                                                      "webhook-secret-env", "link-type"};
constexpr std::array<std::string_view, 8> jira_keys{
    "user",        "type",     "api", "label", "webhook-secret-file", "webhook-secret-env",
    "transitions", "link-type"};
constexpr std::array<std::string_view, 5> redmine_keys{"type", "marker-field", "markup",
                                                       "transitions", "link-type"};

constexpr std::array<WebKind, 5> web_kind_rows{{
    {.name = "azure",
     .open = open_azure_tracker,
     .keys = azure_keys,
     .finds_statuses = true,
     .signature = WebhookSignature{"authorization", WebhookSignature::Proof::password},
     .ticket_of_webhook = ticket_of_azure_webhook},
    {.name = "github",
     .open = open_github_tracker,
     .keys = github_keys,
     .signature = WebhookSignature{"x-hub-signature-256", WebhookSignature::Proof::hmac},
     .ticket_of_webhook = ticket_of_github_webhook},
    {.name = "gitlab",
     .open = open_gitlab_tracker,
     .keys = gitlab_keys,
     .signature = WebhookSignature{"x-gitlab-token", WebhookSignature::Proof::secret},
     .ticket_of_webhook = ticket_of_gitlab_webhook},
    {.name = "jira",
     .open = open_jira_tracker,
     .keys = jira_keys,
     .signature = WebhookSignature{"x-hub-signature", WebhookSignature::Proof::hmac},
     .ticket_of_webhook = ticket_of_jira_webhook},
    {.name = "redmine",
     .open = open_redmine_tracker,
     .keys = redmine_keys,
     .signature = std::nullopt},
}};

}  // namespace

std::span<const WebKind> web_kinds() { return web_kind_rows; }

const WebKind* web_kind(std::string_view name) {
  const auto found = std::find_if(web_kind_rows.begin(), web_kind_rows.end(),
                                  [&](const WebKind& each) { return each.name == name; });
  return found == web_kind_rows.end() ? nullptr : &*found;
}

}  // namespace riskd::connectors
