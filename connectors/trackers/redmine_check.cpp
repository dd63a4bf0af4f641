#include "connectors/trackers/redmine_check.hpp"
#include "connectors/trackers/redmine_history.hpp"
#include "connectors/trackers/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

namespace riskd::connectors {
namespace json = boost::json;

std::string names_of(const Named& named) {
  std::string all;
  for (const auto& [name, id] : named) all += (all.empty() ? "`" : ", `") + name + "`";
  return all.empty() ? "none" : all;
}

Unexpected<Error> has_none(std::string_view what, std::string_view wanted, const Named& named,
                           std::string where) {
  return refuse(fmt::format("it has no {} `{}`; it has: {}", what, wanted, names_of(named)),
                std::move(where));
}

const std::string* find_named(const Named& named, std::string_view wanted) {
  for (const auto& [name, id] : named) {
    if (same_words(name, wanted)) return &id;
  }
  return nullptr;
}

Named named_in(const json::value& of, std::string_view list) {
  Named named;
  for (const json::value& each : array_at(of, list))
    named.emplace(text_at(each, "name"), text_at(each, "id"));
  return named;
}

namespace {

using enum CheckFinding::Severity;

constexpr std::array relation_types{"relates",  "duplicates", "duplicated", "blocks",     "blocked",
                                    "precedes", "follows",    "copied_to",  "copied_from"};

void check_project(RestSession& session, const WebTrackerOptions& options,
                   const std::string& project, CheckReport& report) {
  const auto say = [&](CheckFinding::Severity severity, std::string message, std::string help) {
    report.findings.push_back({severity, std::move(message), std::move(help)});
  };
  const auto reply = session.get("/projects/" + url_escaped(project) + ".json",
                                 {{"include", "trackers,issue_custom_fields"}});
  const json::value* described = reply ? member(reply->body, "project") : nullptr;
  if (described == nullptr) {
    say(error,
        fmt::format("project `{}`: {}", project,
                    reply ? "no project in the answer" : describe(reply.error())),
        "`project` is the identifier in the project's address, and the user must be a member");
    return;
  }
  say(good, fmt::format("project `{}` is `{}`", project, text_at(*described, "name")), "");
  const Named types = named_in(*described, "trackers");
  if (!options.ticket_type.empty() && find_named(types, options.ticket_type) == nullptr) {
    say(error, fmt::format("project `{}` has no tracker `{}`", project, options.ticket_type),
        "it has: " + names_of(types));
  }
  const Named fields = named_in(*described, "issue_custom_fields");
  if (!options.marker_field.empty() && find_named(fields, options.marker_field) == nullptr) {
    say(error, fmt::format("project `{}` has no custom field `{}`", project, options.marker_field),
        "make one for issues, of format text, used as a filter, that this user may edit; it has: " +
            names_of(fields));
  }
  const auto all = session.get("/custom_fields.json");
  if (!all) {
    say(warning, fmt::format("which fields a new ticket of `{}` must have cannot be seen", project),
        "Redmine shows that to administrators only; a ticket that lacks one is refused with its "
        "name");
    return;
  }
  for (const json::value& field : array_at(all->body, "custom_fields")) {
    const json::value* required = member(field, "is_required");
    const std::string name = text_at(field, "name");
    if (text_at(field, "customized_type") == "issue" && required != nullptr &&
        required->is_bool() && required->get_bool() && text_at(field, "default_value").empty() &&
        find_named(fields, name) != nullptr && !same_words(name, options.marker_field)) {
      say(error,
          fmt::format("a ticket of `{}` must have `{}`, which riskd does not fill", project, name),
          "give the field a default value, or take `required` away for this tracker");
    }
  }
}

void check_statuses(RestSession& session, const WebTrackerOptions& options, CheckReport& report) {
  const auto reply = session.get("/issue_statuses.json");
  if (!reply) {
    report.findings.push_back({error, "statuses: " + describe(reply.error()), ""});
    return;
  }
  const Named statuses = named_in(reply->body, "issue_statuses");
  for (const json::value& each : array_at(reply->body, "issue_statuses"))
    report.statuses.push_back({text_at(each, "name"), redmine_is_closed(each)});
  for (const auto* path : {&options.close_path, &options.reopen_path}) {
    for (const std::string& status : *path) {
      if (find_named(statuses, status) == nullptr) {
        report.findings.push_back({error, fmt::format("it has no status `{}`", status),
                                   "`transitions` names them; it has: " + names_of(statuses)});
      }
    }
  }
}

}  // namespace

CheckReport check_redmine(RestSession& session, const WebTrackerOptions& options) {
  CheckReport report;
  const auto say = [&](CheckFinding::Severity severity, std::string message, std::string help) {
    report.findings.push_back({severity, std::move(message), std::move(help)});
  };
  const auto user = session.get("/users/current.json");
  const json::value* who = user ? member(user->body, "user") : nullptr;
  if (who == nullptr) {
    say(error, user ? "the answer does not say who asks" : describe(user.error()),
        "enable the REST interface (Administration, Settings, API), and see whether the token is "
        "the "
        "API key of a user who is not locked");
    return report;
  }
  say(good, fmt::format("signed in as `{}`", text_at(*who, "login")), "");
  for (const std::string& project : options.projects)
    check_project(session, options, project, report);
  check_statuses(session, options, report);
  const std::string type = options.link_type.empty() ? "relates" : options.link_type;
  if (std::find(relation_types.begin(), relation_types.end(), type) == relation_types.end())
    say(error, fmt::format("Redmine has no relation `{}`", type), "`relates` is the usual one");
  return report;
}

}  // namespace riskd::connectors
