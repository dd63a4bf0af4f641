#include "daemon/service/tracker_check.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "engine/evaluate/reconcile.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::service {

std::string unread_by_map(const engine::Program& program, const std::string& kind,
                          const std::string& map, const connectors::CheckReport& report) {
  std::string unmapped;
  // What the tracker does not report of a status is unknown: a row that may read it is enough.
  using engine::StatusSlot;
  engine::TicketFact ticket;
  ticket.kind = kind;
  ticket.map = map;
  const engine::TrackerKind* known = engine::tracker_kind(ticket.kind);
  const bool has_status = known == nullptr || known->has(StatusSlot::status);
  for (const connectors::CheckStatus& status : report.statuses) {
    (has_status ? ticket.status : ticket.state) = status.name;
    ticket.closed = status.closed;
    std::vector<StatusSlot> open{StatusSlot::resolution, StatusSlot::labels, StatusSlot::reason};
    if (has_status) open.push_back(StatusSlot::state);
    if (!status.closed) open.push_back(StatusSlot::closed);
    if (!engine::is_mapped(program, ticket, open))
      unmapped += (unmapped.empty() ? "`" : ", `") + status.name + "`";
  }
  ticket.status.clear();
  for (const auto& [state, reason] : report.states) {
    ticket.state = state;
    ticket.reason = reason;
    ticket.closed = state == "closed";
    if (engine::is_mapped(program, ticket, {StatusSlot::labels})) continue;
    unmapped += (unmapped.empty() ? "`" : ", `") + state;
    if (!reason.empty()) unmapped += ", " + reason;
    unmapped += "`";
  }
  return unmapped;
}

void add_standing(const TrackerState& tracker, TrackerCheck& check) {
  using Severity = connectors::CheckFinding::Severity;
  for (const UnreadStatus& each : tracker.unread)
    check.findings.push_back(
        {Severity::warning,
         fmt::format("no row of its status map reads `{}`, which {} {}", each.status, each.tickets,
                     each.tickets == 1 ? "ticket has" : "tickets have"),
         "`otherwise` decides what it means"});
  for (const std::string& error : tracker.errors)
    check.findings.push_back({Severity::warning, "not settled yet: " + error, ""});
}

void add_exposure(const TrackerConfig& tracker, TrackerCheck& check) {
  using Severity = connectors::CheckFinding::Severity;
  if (!shows_token(tracker.url)) return;
  check.findings.push_back({Severity::warning,
                            "its token goes over the network as it is: `url` begins with http://",
                            "let `url` begin with https://"});
}

}  // namespace riskd::service
