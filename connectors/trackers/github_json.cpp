#include "connectors/trackers/github_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

// A name that is a part of a path. "." and ".." would be other folders.
bool is_name(std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() > longest || text == "." || text == "..") return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::optional<std::int64_t> issue_number(std::string_view text) {
  std::int64_t number = 0;
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// An issue's own `repository_url`: listings may be asked by a name that it had before.
std::string project_in(std::string_view repository_url) {
  constexpr std::string_view before = "/repos/";
  const std::size_t at = repository_url.rfind(before);
  if (at == std::string_view::npos) return {};
  repository_url.remove_prefix(at + before.size());
  return is_github_project(repository_url) ? std::string(repository_url) : std::string();
}

Unexpected<Error> damaged(const std::string& key, std::string_view what) {
  return fail(ErrorCode::invalid, fmt::format("its answer holds an issue without {}", what), key);
}

}  // namespace

bool is_github_project(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && is_name(text.substr(0, slash), 64) &&
         is_name(text.substr(slash + 1), 100);
}

std::optional<GitHubKey> parse_github_key(std::string_view text) {
  const std::size_t hash = text.rfind('#');
  if (hash == std::string_view::npos) return std::nullopt;
  const std::string_view project = text.substr(0, hash), number = text.substr(hash + 1);
  if (!is_github_project(project) || !issue_number(number)) return std::nullopt;
  return GitHubKey{std::string(project), std::string(number)};
}

Result<GitHubIssue> parse_github_issue(const json::value& issue) {
  GitHubIssue parsed;
  TicketView& view = parsed.view;
  const std::string project = project_in(text_at(issue, "repository_url"));
  const std::string number = text_at(issue, "number");
  const auto whole = issue_number(number);
  if (!whole) return damaged(project, "a number");
  if (project.empty()) return damaged("#" + number, "the address of its repository");
  parsed.number = *whole;
  view.key = fmt::format("{}#{}", project, number);
  view.state = text_at(issue, "state");
  if (view.state != "open" && view.state != "closed") return damaged(view.key, "a state");
  view.reason = text_at(issue, "state_reason");  // null where it was never closed
  view.closed = view.state == "closed";
  const auto created = parse_instant(text_at(issue, "created_at"));
  const auto updated = parse_instant(text_at(issue, "updated_at"));
  if (!created || !updated) return damaged(view.key, "its times");
  parsed.created = *created;
  view.updated = *updated;
  view.marker = marker_in(text_at(issue, "body"));
  // "Labels to associate with this issue": texts or objects, both are in the description.
  for (const json::value& each : array_at(issue, "labels")) {
    std::string label = each.is_string() ? text_of(&each) : text_at(each, "name");
    if (!label.empty()) view.labels.push_back(std::move(label));
  }
  std::string url = text_at(issue, "html_url");
  if (url.starts_with("https://") || url.starts_with("http://")) view.url = std::move(url);
  parsed.author = github_account(member(issue, "user"));
  parsed.closed_by = github_account(member(issue, "closed_by"));
  parsed.closed = moment_at(issue, "closed_at");
  return parsed;
}

Account github_account(const json::value* user) {
  if (user == nullptr) return {};
  return {text_at(*user, "id"), text_at(*user, "login")};
}

bool is_pull_request(const json::value& issue) {
  const json::value* found = member(issue, "pull_request");
  return found != nullptr && !found->is_null();
}

std::string next_page(std::string_view link) {
  while (!link.empty()) {
    const std::size_t begin = link.find('<');
    const std::size_t end = link.find('>', begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return {};
    const std::string_view address = link.substr(begin + 1, end - begin - 1);
    const std::string_view rest = link.substr(end + 1);
    const std::string_view parameters = rest.substr(0, rest.find('<'));
    if (parameters.find("rel=\"next\"") != std::string_view::npos) return std::string(address);
    link = rest.substr(parameters.size());
  }
  return {};
}

}  // namespace riskd::connectors
