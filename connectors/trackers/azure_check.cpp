#include "connectors/trackers/azure_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "connectors/trackers/words.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

using enum CheckFinding::Severity;

std::string quoted_names(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "`" : ", `") + name + "`";
  return all.empty() ? "none" : all;
}

std::vector<std::string> names_at(const json::value& answer, std::string_view name) {
  std::vector<std::string> names;
  for (const json::value& each : array_at(answer, "value")) {
    if (std::string text = text_at(each, name); !text.empty()) names.push_back(std::move(text));
  }
  return names;
}

bool has_name(const std::vector<std::string>& names, std::string_view wanted) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& each) { return same_words(each, wanted); });
}

class AzureCheck {
 public:
  AzureCheck(AzureSession& session, AzureTypes& types, const WebTrackerOptions& options)
      : session_(session), types_(types), options_(options) {}

  CheckReport run() {
    if (!credentials()) return std::move(report_);
    for (const std::string& project : options_.projects) {
      if (!described(project)) continue;
      const auto found = types_.of(project, type());
      if (!found) {
        say(error,
            fmt::format("the type `{}` of `{}`: {}", type(), project, describe(found.error())));
        continue;
      }
      states(project, *found);
      new_ticket(project, *found);
    }
    links();
    return std::move(report_);
  }

 private:
  void say(CheckFinding::Severity severity, std::string message, std::string help = {}) {
    report_.findings.push_back({severity, std::move(message), std::move(help)});
  }

  std::string type() const {
    return options_.ticket_type.empty() ? azure_default_type : options_.ticket_type;
  }

  bool credentials() {
    const Status known = session_.check_credentials();
    const auto own = known ? session_.own() : Result<Account>(Unexpected<Error>(known.error()));
    if (own) {
      say(good, fmt::format("signed in as `{}`", own->name.empty() ? own->id : own->name));
      return true;
    }
    say(error, describe(own.error()),
        "`url` is the organization's address, as https://dev.azure.com/acme, or the collection's, "
        "as https://server/tfs/DefaultCollection; the token a personal access token of it that is "
        "still valid");
    return false;
  }

  // Whether the project is there, and its types.
  bool described(const std::string& project) {
    const auto answer = session_.get(azure_project_path(project) + "/_apis/wit/workitemtypes");
    if (!answer) {
      say(error, fmt::format("project `{}`: {}", project, describe(answer.error())),
          answer.error().code == ErrorCode::not_found
              ? "`project` is the project's name, and the token's user must be a member"
              : "the token needs the scope Work Items, read and write");
      return false;
    }
    say(good, fmt::format("project `{}` is there", project));
    const std::vector<std::string> names = names_at(*answer, "name");
    if (has_name(names, type())) return true;
    say(error, fmt::format("project `{}` has no work item type `{}`", project, type()),
        "`type` names it; there are: " + quoted_names(names));
    return false;
  }

  void states(const std::string& project, const AzureType& found) {
    std::vector<std::string> names;
    for (const AzureState& each : found.states) {
      names.push_back(each.name);
      const auto& known = report_.statuses;
      if (std::none_of(known.begin(), known.end(), [&](const CheckStatus& status) {
            return same_words(status.name, each.name);
          }))
        report_.statuses.push_back({each.name, is_azure_end(each)});
    }
    for (const bool closes : {true, false}) {
      const auto& path = closes ? options_.close_path : options_.reopen_path;
      for (const std::string& each : path) {
        if (has_name(names, each)) continue;
        say(error, fmt::format("a `{}` of `{}` has no state `{}`", found.name, project, each),
            "`transitions` names them; there are: " + quoted_names(names));
      }
      if (!path.empty()) continue;
      const auto state = found.target("", closes);
      const char* what = closes ? "closed" : "opened again";
      if (state) {
        say(good, fmt::format("a `{}` of `{}` that is {} becomes `{}`", found.name, project, what,
                              *state));
      } else {
        say(error,
            fmt::format("a `{}` of `{}` has no state for one that is {}", found.name, project,
                        what),
            "`transitions` names one; there are: " + quoted_names(names));
      }
    }
  }

  // Validates one, and does not save it: Azure DevOps says what is missing, and whether the user may.
  void new_ticket(const std::string& project, const AzureType& found) {
    if (!options_.marker_field.empty() && !found.has_field(options_.marker_field)) {
      say(error,
          fmt::format("a `{}` of `{}` has no field `{}`", found.name, project,
                      options_.marker_field),
          "`marker-field` is the reference name of a field for one line of text, such as "
          "`Custom.Riskd`, that the process gives to this type");
      return;
    }
    RestRequest request;
    request.method = "POST";
    request.path = azure_project_path(project) + "/_apis/wit/workitems/$" + url_escaped(found.name);
    request.query = {{"validateOnly", "true"}};
    const auto valid = session_.patch(request, {azure_add("System.Title", "riskd")});
    if (valid) return;
    say(error,
        fmt::format("a new `{}` of `{}` would be refused: {}", found.name, project,
                    describe(valid.error())),
        is_hidden(valid.error())
            ? "the token needs the scope Work Items, read and write, and its user the permissions "
              "to edit work items and to create tag definitions"
            : "a field that the process requires and riskd does not fill needs a default value");
  }

  void links() {
    const std::string wanted = options_.link_type.empty() ? azure_default_link : options_.link_type;
    const auto answer = session_.get("/_apis/wit/workitemrelationtypes");
    if (!answer) {
      say(warning, "the types of links: " + describe(answer.error()));
      return;
    }
    const std::vector<std::string> names = names_at(*answer, "referenceName");
    if (has_name(names, wanted)) return;
    say(error, fmt::format("it has no type of link `{}`", wanted),
        "`link-type` is its reference name; there are: " + quoted_names(names));
  }

  AzureSession& session_;
  AzureTypes& types_;
  const WebTrackerOptions& options_;
  CheckReport report_;
};

}  // namespace

CheckReport check_azure(AzureSession& session, AzureTypes& types,
                        const WebTrackerOptions& options) {
  return AzureCheck(session, types, options).run();
}

}  // namespace riskd::connectors
