#include "connectors/trackers/jira_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>
#include <utility>

#include "connectors/trackers/jira_json.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

using enum CheckFinding::Severity;

// Required and filled: by riskd, or by Jira with whoever asks.
constexpr std::string_view filled_fields[] = {"project",     "issuetype", "summary",
                                              "description", "labels",    "reporter"};

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "`" : ", `") + name + "`";
  return all.empty() ? "none" : all;
}

bool holds(const std::vector<std::string>& names, std::string_view wanted) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return same_words(name, wanted); });
}

std::vector<std::string> names_in(const json::array& list) {
  std::vector<std::string> names;
  for (const json::value& each : list) names.push_back(text_at(each, "name"));
  return names;
}

class JiraCheck {
 public:
  JiraCheck(RestSession& session, const WebTrackerOptions& options)
      : session_(session), options_(options), root_(jira_root(options)) {}

  CheckReport run() {
    if (!user()) return std::move(report_);
    for (const std::string& project : options_.projects) {
      if (!described(project)) continue;
      fields(project);
      statuses(project);
    }
    links();
    return std::move(report_);
  }

 private:
  void say(CheckFinding::Severity severity, std::string message, std::string help = {}) {
    report_.findings.push_back({severity, std::move(message), std::move(help)});
  }

  bool user() {
    const auto reply = session_.get(root_ + "/myself");
    const std::string name = reply ? text_at(reply->body, "displayName") : "";
    if (reply && !name.empty()) {
      say(good, fmt::format("signed in as `{}`", name));
      return true;
    }
    say(error, reply ? "the answer does not say who asks" : describe(reply.error()),
        options_.cloud
            ? "`user` is the account's address, the token one of "
              "https://id.atlassian.com/manage-profile/security/api-tokens that is still valid"
            : "the token is a personal access token (Profile, Personal Access Tokens) that is "
              "still valid; is `api` right?");
    return false;
  }

  bool described(const std::string& project) {
    const auto reply = session_.get(root_ + "/project/" + project);
    const std::string key = reply ? text_at(reply->body, "key") : "";
    if (!key.empty()) {
      say(good, fmt::format("project `{}` is `{}`", project, text_at(reply->body, "name")));
      return true;
    }
    say(error,
        fmt::format("project `{}`: {}", project,
                    reply ? "no project in the answer" : describe(reply.error())),
        "`project` is the key before the number in its tickets' keys, and the user needs the "
        "permission Browse Projects");
    return false;
  }

  // All pages of a list of createmeta. Cloud calls the list as below, Data Center `values`.
  Result<json::array> pages(const std::string& path, std::string_view list) {
    json::array all;
    for (std::size_t page = 0; page < limits::listing_pages; ++page) {
      const auto reply =
          session_.get(path, {{"startAt", std::to_string(all.size())}, {"maxResults", "100"}});
      if (!reply) return failure(reply);
      const json::array& named = array_at(reply->body, list);
      const json::array& part = named.empty() ? array_at(reply->body, "values") : named;
      all.insert(all.end(), part.begin(), part.end());
      const json::value* total = member(reply->body, "total");
      if (part.empty() || total == nullptr || !total->is_int64() ||
          static_cast<std::int64_t>(all.size()) >= total->get_int64()) {
        return all;
      }
    }
    return fail(ErrorCode::too_large, "the list has too many pages", path);
  }

  std::string type() const {
    return options_.ticket_type.empty() ? jira_default_type : options_.ticket_type;
  }

  // What a new ticket must have.
  void fields(const std::string& project) {
    const std::string path = root_ + "/issue/createmeta/" + project + "/issuetypes";
    const auto types = pages(path, "issueTypes");
    if (!types) {
      say(warning,
          fmt::format("the types of tickets of `{}`: {}", project, describe(types.error())),
          "the user needs the permission Create Issues");
      return;
    }
    std::string id;
    for (const json::value& each : *types) {
      if (same_words(text_at(each, "name"), type())) id = text_at(each, "id");
    }
    if (id.empty()) {
      say(error, fmt::format("this user may make no ticket of type `{}` in `{}`", type(), project),
          "`type` names it; there are: " + listed(names_in(*types)));
      return;
    }
    const auto all = pages(path + "/" + url_escaped(id), "fields");
    if (!all) {
      say(warning, fmt::format("which fields a ticket of `{}` must have: {}", project,
                               describe(all.error())));
      return;
    }
    std::set<std::string> known;
    for (const json::value& each : *all) known.insert(text_at(each, "fieldId"));
    for (const char* needed : {"summary", "description", "labels"}) {
      if (!known.contains(needed)) {
        say(error, fmt::format("a new `{}` of `{}` has no field `{}`", type(), project, needed),
            "put the field on the screen on which such a ticket is created");
      }
    }
    const json::value list(*all);
    for (const auto& [field, called] : jira_required(&list)) {
      if (std::find(std::begin(filled_fields), std::end(filled_fields), field) !=
          std::end(filled_fields)) {
        continue;
      }
      say(error,
          fmt::format("a new `{}` of `{}` must have `{}`, which riskd does not fill", type(),
                      project, called),
          "give the field a default value, or take `required` away for this type");
    }
  }

  void statuses(const std::string& project) {
    const std::string path = root_ + "/project/" + project + "/statuses";
    const auto reply = session_.get(path);
    if (!reply) {
      say(error, fmt::format("the statuses of `{}`: {}", project, describe(reply.error())));
      return;
    }
    json::array all;
    if (reply->body.is_array()) {
      for (const json::value& each : reply->body.get_array()) {
        if (same_words(text_at(each, "name"), type())) all = array_at(each, "statuses");
      }
    }
    const std::vector<std::string> names = names_in(all);
    if (names.empty()) {
      say(error, fmt::format("`{}` tells no statuses of tickets of type `{}`", project, type()));
      return;
    }
    for (const json::value& each : all) {
      const std::string name = text_at(each, "name");
      const auto& known = report_.statuses;
      if (std::none_of(known.begin(), known.end(),
                       [&](const CheckStatus& status) { return same_words(status.name, name); })) {
        report_.statuses.push_back({name, jira_is_closed(each)});
      }
    }
    for (const auto* steps : {&options_.close_path, &options_.reopen_path}) {
      for (const std::string& status : *steps) {
        if (holds(names, status)) continue;
        say(error, fmt::format("a `{}` of `{}` has no status `{}`", type(), project, status),
            "`transitions` names them; there are: " + listed(names));
      }
    }
  }

  void links() {
    const std::string wanted = options_.link_type.empty() ? jira_default_link : options_.link_type;
    const auto reply = session_.get(root_ + "/issueLinkType");
    if (!reply) {
      say(error, "the kinds of link: " + describe(reply.error()),
          "an administrator can enable issue linking");
      return;
    }
    const std::vector<std::string> names = names_in(array_at(reply->body, "issueLinkTypes"));
    if (holds(names, wanted)) return;
    say(error, fmt::format("it has no link `{}`", wanted),
        "`link-type` names it; there are: " + listed(names));
  }

  RestSession& session_;
  const WebTrackerOptions& options_;
  const std::string root_;
  CheckReport report_;
};

}  // namespace

CheckReport check_jira(RestSession& session, const WebTrackerOptions& options) {
  return JiraCheck(session, options).run();
}

}  // namespace riskd::connectors
