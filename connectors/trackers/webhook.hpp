// What a tracker's webhook is about. It is a hint to look at a ticket, and never believed: whoever gets
// it asks the tracker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace riskd::connectors {

// Where the signature of a webhook is, and how it is made.
struct WebhookSignature {
  enum class Proof : std::uint8_t {
    secret,    // the secret itself
    hmac,      // "sha256=…" of the body by the secret
    password,  // HTTP Basic: of the user `riskd`
  };
  std::string_view header;  // in lower case
  Proof proof = Proof::secret;
};

// nullopt for a kind that has no webhooks.
//   github  X-Hub-Signature-256 (docs.github.com, Validating webhook deliveries)
//   gitlab  X-Gitlab-Token (docs.gitlab.com, Webhooks)
//   jira    X-Hub-Signature, sha256 (developer.atlassian.com, Webhooks, Secure admin webhooks)
//   azure   Authorization (learn.microsoft.com/en-us/azure/devops/service-hooks/services/webhooks): it
//           signs nothing, and of what it can send the password alone is hidden from those who see the
//           subscription
std::optional<WebhookSignature> webhook_signature(std::string_view kind);

// The key of the ticket that the body is about, as the tracker of this kind names it; nullopt where it
// is about none, or is not read.
std::optional<std::string> ticket_of_webhook(std::string_view kind, std::string_view body);

// The same of one kind, empty instead of nullopt; a key may be longer than an id. The rows of web_kinds.hpp name them.
std::string ticket_of_azure_webhook(std::string_view body);
std::string ticket_of_github_webhook(std::string_view body);
std::string ticket_of_gitlab_webhook(std::string_view body);
std::string ticket_of_jira_webhook(std::string_view body);

}  // namespace riskd::connectors
