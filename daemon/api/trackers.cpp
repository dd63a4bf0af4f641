// Trackers: whether their configuration fits the live ones, and their webhooks.
#include "connectors/http/basic_auth.hpp"
#include "connectors/trackers/webhook.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/service/secrets.hpp"
#include "daemon/wire/hash.hpp"

namespace riskd::api {
namespace {

std::string_view word_of(connectors::CheckFinding::Severity severity) {
  switch (severity) {
    case connectors::CheckFinding::Severity::good:
      return "good";
    case connectors::CheckFinding::Severity::warning:
      return "warning";
    case connectors::CheckFinding::Severity::error:
      return "error";
  }
  return "";
}

bool is_signed(const server::Request& request, const connectors::WebhookSignature& signature,
               const std::string& secret, const std::string& body) {
  const auto header = request.headers.find(std::string(signature.header));
  if (header == request.headers.end()) return false;
  using Proof = connectors::WebhookSignature::Proof;
  std::string wanted = secret;
  if (signature.proof == Proof::hmac) wanted = "sha256=" + service::hmac_sha256(secret, body);
  if (signature.proof == Proof::password) wanted = connectors::basic_authorization("riskd", secret);
  return wire::same_secret(header->second, wanted);
}

}  // namespace

// Needs no role: who knows the secret may say that a ticket is worth a look, and nothing more.
void post_webhook(const CallPtr& call) {
  const auto webhook = call->service.webhook(call->names[0]);
  const auto signature = webhook ? connectors::webhook_signature(webhook->kind) : std::nullopt;
  if (!signature) {
    return call->reply(refusal(404,
                               "no tracker of this name takes webhooks: it needs "
                               "`webhook-secret-file` in riskd.toml"));
  }
  const auto body = body_text(call->request);
  if (!body) return call->reply(body.error());
  if (!is_signed(call->request, *signature, webhook->secret, *body)) {
    return call->reply(refusal(403, "the signature is missing, or made with another secret"));
  }
  const auto key = connectors::ticket_of_webhook(webhook->kind, *body);
  if (key) call->service.hint(call->names[0], *key);
  json::object answer;
  if (key) answer["looks-at"] = *key;
  call->reply(json_answer(std::move(answer), 202));
}

void check_trackers(const CallPtr& call) {
  const auto checks = call->service.check_trackers(call->query("tracker"));
  if (!checks) return call->reply(refusal(checks.error(), *call->paths));
  json::array trackers;
  bool good = true;
  for (const service::TrackerCheck& check : *checks) {
    json::array findings;
    for (const connectors::CheckFinding& finding : check.findings) {
      json::object item;
      item["severity"] = word_of(finding.severity);
      item["message"] = call->paths->hidden(finding.message);
      if (!finding.help.empty()) item["help"] = call->paths->hidden(finding.help);
      findings.push_back(std::move(item));
    }
    json::object tracker;
    tracker["name"] = check.name;
    tracker["kind"] = check.kind;
    tracker["good"] = check.good();
    tracker["findings"] = std::move(findings);
    trackers.push_back(std::move(tracker));
    good = good && check.good();
  }
  json::object answer;
  answer["good"] = good;
  answer["trackers"] = std::move(trackers);
  call->reply(json_answer(std::move(answer)));
}

}  // namespace riskd::api
