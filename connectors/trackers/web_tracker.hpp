// What the trackers on the web have in common: their configuration, the marks that riskd leaves in
// them, and the path of a ticket through its statuses.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/http/client.hpp"
#include "connectors/tracker.hpp"

namespace riskd::connectors {

// How long a request without an answer may still take effect, and how far a search may lag behind.
inline constexpr std::chrono::milliseconds usual_settle{60'000};

struct WebTrackerOptions {
  std::string name;                   // as configured
  std::string url;                    // of the tracker's root, without a slash at its end
  std::string user;                   // Jira Cloud: the account's address
  std::string token;                  // secret
  std::string project;                // of tickets whose route names none
  std::vector<std::string> projects;  // `project`, and those of the routes: all are looked at
  // Redmine: tracker; Jira: issue type; Azure DevOps: work item type; empty: the first or usual one
  std::string ticket_type;
  std::string marker_field;  // a custom field that riskd alone writes; empty: the body's last line
  std::string label;         // put on every ticket that riskd makes
  std::string link_type;     // not GitHub; empty: "relates to"
  std::string markup;        // Redmine: "textile" or "markdown"
  bool cloud = false;        // Jira: Cloud's interface (v3), else Data Center's (v2)
  // The statuses through which a ticket goes, the last one where it ends: {"Done"}, or where the
  // workflow allows no straight way {"In Progress", "Done"}. GitHub and GitLab have none. Where they are
  // empty, Azure DevOps takes the first state of the category.
  std::vector<std::string> close_path, reopen_path;

  std::string proxy, ca_file;
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds first_wait{500};        // before a question is asked again
  std::chrono::milliseconds settle = usual_settle;  // how far behind a search may be
  std::chrono::milliseconds write_pause{1'000};     // GitHub: between two writes
  HttpSender* http = nullptr;                       // shared; outlives the tracker
  std::function<Instant()> clock;
};

// Each gives Error::invalid where the options do not fit together. No request is made.
Result<std::unique_ptr<Tracker>> open_azure_tracker(WebTrackerOptions options);
Result<std::unique_ptr<Tracker>> open_github_tracker(WebTrackerOptions options);
Result<std::unique_ptr<Tracker>> open_gitlab_tracker(WebTrackerOptions options);
Result<std::unique_ptr<Tracker>> open_jira_tracker(WebTrackerOptions options);
Result<std::unique_ptr<Tracker>> open_redmine_tracker(WebTrackerOptions options);

// The one of this kind: "azure", "jira", … Error::unsupported where there is none.
Result<std::unique_ptr<Tracker>> open_web_tracker(std::string_view kind, WebTrackerOptions options);

// Error::invalid: what was asked for cannot be done, or what came cannot be read.
Unexpected<Error> refuse(std::string message, std::string where);

// The tracker does not show it to this account.
bool is_hidden(const Error& error);

// For a finding of a check: the message, and where in brackets.
std::string describe(const Error& error);

// ── marks ──────────────────────────────────────────────────────────────────────────────────────

// "riskd:3f0c…", as a field holds it.
std::string marker_text(std::string_view marker);
// As the last line of a body that is Markdown: readers do not see it.
std::string hidden_marker(std::string_view marker);
// The marker in a field's value or in the last line of a body, plain or hidden; empty where there is
// none. What stands in other lines is outside text.
std::string marker_in(std::string_view text);

// Ties a comment to its effect: "riskd:effect 0123456789abcdef". Equal keys give equal marks.
std::string effect_mark(std::string_view effect_key);
std::string hidden_effect_mark(std::string_view effect_key);
bool has_effect_mark(std::string_view comment, std::string_view effect_key);
bool has_effect_mark(std::string_view comment);  // of any effect

// ── making ─────────────────────────────────────────────────────────────────────────────────────

// The project of the ticket's route, or else the tracker's own.
std::string project_of(const NewTicket& ticket, const WebTrackerOptions& options);

// What Tracker::look_for answers where the marker was looked for in vain. Error::unavailable while an earlier try may still
// show that it made the ticket: `settle` after NewTicket::perhaps_made.
Result<std::optional<TicketView>> none_settled(const NewTicket& ticket,
                                               const WebTrackerOptions& options);
// What it answers where there is one.
Result<std::optional<TicketView>> some(Result<TicketView> view);

// ── statuses ───────────────────────────────────────────────────────────────────────────────────

// The statuses that are still to be gone through from `current`: none where it is the last.
std::vector<std::string> steps_from(const std::vector<std::string>& path, std::string_view current);
// Whether that is where the path ends.
bool is_end_of(const std::vector<std::string>& path, std::string_view status);

}  // namespace riskd::connectors
