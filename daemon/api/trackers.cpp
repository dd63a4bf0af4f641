// Trackers: whether their configuration fits the live ones.
#include "daemon/api/routes.hpp"

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

}  // namespace

void check_trackers(const CallPtr& call) {
  if (!call->caller.may(service::Role::admin, "")) {
    return call->reply(missing_role(service::Role::admin, ""));
  }
  const auto checks = call->service.check_trackers(call->query("tracker"));
  if (!checks) return call->reply(refusal(checks.error()));
  json::array trackers;
  bool good = true;
  for (const service::TrackerCheck& check : *checks) {
    json::array findings;
    for (const connectors::CheckFinding& finding : check.findings) {
      json::object item;
      item["severity"] = word_of(finding.severity);
      item["message"] = finding.message;
      if (!finding.help.empty()) item["help"] = finding.help;
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
