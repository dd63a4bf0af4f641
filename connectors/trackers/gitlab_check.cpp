// GitLab: the configuration against the live tracker.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "connectors/trackers/gitlab.hpp"
#include "connectors/trackers/gitlab_json.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

using enum CheckFinding::Severity;

// docs.gitlab.com/ee/api/issue_links.html; the last two from GitLab Premium on.
constexpr std::array link_types{"relates_to", "blocks", "is_blocked_by"};

// docs.gitlab.com/ee/api/access_requests.html, valid access levels. A guest's labels are left out
// without a word (docs.gitlab.com/ee/user/permissions.html, issues).
constexpr std::int64_t planner = 15;

constexpr std::int64_t expires_soon_ms = 14 * seconds_per_day * 1000;

bool is(const json::value& of, std::string_view name, bool wanted) {
  const json::value* found = member(of, name);
  return found != nullptr && found->is_bool() && found->get_bool() == wanted;
}

class GitlabCheck {
 public:
  GitlabCheck(RestSession& session, const WebTrackerOptions& options)
      : session_(session), options_(options) {}

  CheckReport run() {
    if (!credentials()) return std::move(report_);
    token();
    for (const std::string& project : options_.projects) look_at(project);
    link_type();
    report_.states = {{"closed", ""}, {"closed", "duplicate"}};
    return std::move(report_);
  }

 private:
  void say(CheckFinding::Severity severity, std::string message, std::string help = {}) {
    report_.findings.push_back({severity, std::move(message), std::move(help)});
  }

  bool credentials() {
    const auto user = session_.get("/user");
    if (user && !text_at(user->body, "username").empty()) {
      say(good, fmt::format("signed in as `{}`", text_at(user->body, "username")));
      return true;
    }
    say(error, user ? "the answer does not say who asks" : describe(user.error()),
        "`url` is GitLab's root without /api/v4, and the token one of scope `api` that has not "
        "expired");
    return false;
  }

  // docs.gitlab.com/ee/api/personal_access_tokens.html; some kinds of token are none, and get 404.
  void token() {
    const auto self = session_.get("/personal_access_tokens/self");
    if (!self || !self->body.is_object()) {
      say(warning, "the token's scopes and its last day cannot be seen",
          "see whether its scope is `api`, and note the day on which it expires");
      return;
    }
    const json::array& scopes = array_at(self->body, "scopes");
    const bool may_write = std::any_of(scopes.begin(), scopes.end(), [](const json::value& each) {
      return text_of(&each) == "api";
    });
    if (!may_write)
      say(error, "the token lacks the scope `api`", "make another: `read_api` is not enough");
    const std::string day = text_at(self->body, "expires_at");
    const auto expires = parse_date(day);
    if (!expires) return;
    if (start_of(*expires).ms <= session_.peer_now().ms + expires_soon_ms) {
      say(warning, fmt::format("the token expires on {}", day),
          "make another before: nothing can be written from that day on");
    }
  }

  void look_at(const std::string& project) {
    if (!is_gitlab_project(project)) {
      say(error, fmt::format("`{}` is no project of GitLab", project),
          "write its path, as in `group/shop`, or its number");
      return;
    }
    const auto reply = session_.get(gitlab_project_path(project));
    if (!reply || reply->status >= 300 || !reply->body.is_object()) {
      say(error,
          fmt::format("project `{}`: {}", project,
                      !reply                 ? describe(reply.error())
                      : reply->status >= 300 ? "it was moved"
                                             : "no project in the answer"),
          "`project` is the path in the project's address, and the token's user must be a member");
      return;
    }
    const std::string path = text_at(reply->body, "path_with_namespace");
    say(good, fmt::format("project `{}` is `{}`", project, path.empty() ? project : path));
    if (!gitlab_issues_are_on(reply->body)) {
      say(error, fmt::format("project `{}` has its issues switched off", project),
          "Settings, General, Visibility: enable Issues");
    }
    if (is(reply->body, "archived", true)) {
      say(error, fmt::format("project `{}` is archived: nothing can be written", project),
          "unarchive it, or route the tickets to another");
    }
    role(project, reply->body);
  }

  // The higher one counts, of the project's members and of its group's.
  void role(const std::string& project, const json::value& described) {
    std::int64_t level = 0;
    bool reported = false;
    if (const json::value* permissions = member(described, "permissions")) {
      for (const char* from : {"project_access", "group_access"}) {
        const json::value* access = member(*permissions, from);
        const json::value* number = access ? member(*access, "access_level") : nullptr;
        if (number == nullptr || !number->is_int64()) continue;
        reported = true;
        level = std::max(level, number->get_int64());
      }
    }
    if (!reported) {
      say(warning, fmt::format("the user's role in project `{}` cannot be seen", project),
          "it must be Reporter at least, to set labels and to close tickets");
    } else if (level < planner) {
      say(error, fmt::format("the user's role in project `{}` is too low to set labels", project),
          "it must be Reporter at least");
    }
  }

  void link_type() {
    const std::string type = options_.link_type.empty() ? "relates_to" : options_.link_type;
    if (std::find(link_types.begin(), link_types.end(), type) == link_types.end()) {
      say(error, fmt::format("GitLab has no link type `{}`", type),
          "`relates_to` is the usual one; `blocks` and `is_blocked_by` need GitLab Premium");
    }
  }

  RestSession& session_;
  const WebTrackerOptions& options_;
  CheckReport report_;
};

}  // namespace

// docs.gitlab.com/ee/api/projects.html: `issues_access_level` replaces `issues_enabled`.
bool gitlab_issues_are_on(const json::value& project) {
  const std::string level = text_at(project, "issues_access_level");
  return level.empty() ? !is(project, "issues_enabled", false) : level != "disabled";
}

CheckReport check_gitlab(RestSession& session, const WebTrackerOptions& options) {
  return GitlabCheck(session, options).run();
}

}  // namespace riskd::connectors
