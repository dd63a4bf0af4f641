// A configuration of a GitHub tracker against the live one.
#include <fmt/format.h>

#include "connectors/trackers/github_session.hpp"
#include "connectors/trackers/words.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

using enum CheckFinding::Severity;

bool is_false(const json::value& of, std::string_view name) {
  const json::value* value = member(of, name);
  return value != nullptr && value->is_bool() && !value->get_bool();
}

void check_repository(GitHubSession& session, const std::string& project,
                      const std::string& wanted_label, CheckReport& report) {
  const auto add = [&](CheckFinding::Severity severity, std::string message, std::string help) {
    report.findings.push_back({severity, std::move(message), std::move(help)});
  };
  const auto reply = session.get(repository_path(project));
  if (!reply || text_at(reply->body, "full_name").empty()) {
    add(error,
        fmt::format("repository `{}`: {}", project,
                    reply ? "none in the answer" : describe(reply.error())),
        "`project` is `owner/repository`, and the token must be given access to it");
    return;
  }
  const json::value& found = reply->body;
  const std::string now = text_at(found, "full_name");
  if (same_words(now, project)) {
    add(good, fmt::format("repository `{}` is there", now), "");
  } else {
    add(warning, fmt::format("repository `{}` is called `{}` now", project, now),
        "write the new name: the old one may be given to another repository");
  }
  if (is_false(found, "has_issues"))
    add(error, fmt::format("repository `{}` has no issues", now),
        "switch them on: Settings, Features, Issues");
  if (is_true(found, "archived"))
    add(error, fmt::format("repository `{}` is archived: nothing can be written", now), "");
  const json::value* allowed = member(found, "permissions");
  if (allowed != nullptr && !is_true(*allowed, "push") && !is_true(*allowed, "triage"))
    add(warning, fmt::format("it does not say that this token may label issues of `{}`", now),
        "give it the role Triage or Write: GitHub drops labels of others silently, and lets them "
        "close no ticket of somebody else");
  if (!is_github_project(now)) return;
  const auto label = session.get(repository_path(now) + "/labels/" + url_escaped(wanted_label));
  if (!label)
    add(warning, fmt::format("repository `{}` has no label `{}`", now, wanted_label),
        "it is made with the first ticket, where the token may");
}

}  // namespace

CheckReport check_github(GitHubSession& session, const WebTrackerOptions& options) {
  CheckReport report;
  const auto user = session.get("/user");
  if (user && !text_at(user->body, "login").empty()) {
    report.findings.push_back(
        {good, fmt::format("signed in as `{}`", text_at(user->body, "login")), ""});
  } else if (const auto limit = session.get("/rate_limit"); limit && limit->body.is_object()) {
    // An application's token has no user: 403 for the one, an answer for the other.
    report.findings.push_back({good, "the token is accepted; it is not a user's", ""});
  } else {
    report.findings.push_back(
        {error, user ? "the answer does not say who asks" : describe(user.error()),
         "`url` is https://api.github.com, or https://HOST/api/v3 of an Enterprise Server; see "
         "whether the token has expired"});
    return report;
  }
  // "state_reason": completed, reopened, not_planned, duplicate, or null (rest/issues/issues).
  report.states = {
      {"closed", "completed"}, {"closed", "not_planned"}, {"closed", "duplicate"}, {"closed", ""}};
  for (const std::string& project : options.projects)
    check_repository(session, project, options.label, report);
  return report;
}

}  // namespace riskd::connectors
