#include "connectors/trackers/jira_history.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <utility>

#include "connectors/trackers/jira_json.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr const char* things_a_page = "100";  // Cloud gives no more of a changelog
constexpr const char* origin_fields = "status,created,creator";

}  // namespace

JiraHistory::JiraHistory(RestSession& session, JiraIssues& issues, const WebTrackerOptions& options)
    : session_(session), issues_(issues), options_(options), root_(jira_root(options)) {}

// The list's pages, as Jira gives them for comments and for the changelog.
Status JiraHistory::each_of(const std::string& path, std::string_view list, Query query,
                            const Visit& visit) {
  query.emplace_back("maxResults", things_a_page);
  query.emplace_back("startAt", "0");
  std::int64_t start = 0;
  for (std::size_t page = 0; page < limits::listing_pages; ++page) {
    query.back().second = std::to_string(start);
    const auto reply = session_.get(path, query);
    if (!reply) return failure(reply);
    const json::value* things = member(reply->body, list);
    if (things == nullptr || !things->is_array())
      return refuse(fmt::format("its answer holds no list `{}`", list), path);
    for (const json::value& each : things->get_array()) {
      if (!visit(each)) return Done{};
    }
    start += static_cast<std::int64_t>(things->get_array().size());
    const json::value* total = member(reply->body, "total");
    if (things->get_array().empty() || total == nullptr || !total->is_int64() ||
        start >= total->get_int64()) {
      return Done{};
    }
  }
  return fail(ErrorCode::too_large, fmt::format("more than {} pages", limits::listing_pages), path);
}

Result<bool> JiraHistory::has_effect(const std::string& key, const std::string& effect_key) {
  bool found = false;
  const Status read = each_of(root_ + "/issue/" + key + "/comment", "comments",
                              {{"expand", "properties"}}, [&](const json::value& comment) {
                                found = jira_comment_has_effect(comment, effect_key);
                                return !found;
                              });
  if (!read) return failure(read);
  return found;
}

Status JiraHistory::read_comments(const std::string& key, TicketHistory& history) {
  return each_of(root_ + "/issue/" + key + "/comment", "comments", {{"expand", "properties"}},
                 [&](const json::value& each) {
                   if (auto comment = jira_open_comment(each, options_))
                     history.comments.push_back(std::move(*comment));
                   return true;
                 });
}

// A status may have been renamed since: ids are compared.
Status JiraHistory::read_changes(const std::string& key, TicketHistory& history) {
  auto issue = issues_.read(key, origin_fields, options_.cloud ? "" : "changelog");
  if (!issue) return failure(issue);
  const JiraStatus now = jira_status(*issue);
  const auto add = [&](const json::value& entry) {
    for (StatusChange& change : jira_status_changes(entry, now, options_))
      history.changes.push_back(std::move(change));
    return true;
  };
  if (options_.cloud) {
    const Status read = each_of(root_ + "/issue/" + key + "/changelog", "values", {}, add);
    if (!read) return read;
  } else if (const json::value* log = member(*issue, "changelog")) {
    for (const json::value& entry : array_at(*log, "histories")) add(entry);
  } else {
    return fail(ErrorCode::not_found, "its answer holds no changelog", "/issue/" + key);
  }
  // Never changed: it is as it was made.
  if (history.changes.empty()) history.changes.push_back(jira_making(*issue, now, options_));
  return Done{};
}

Result<StatusOrigin> JiraHistory::origin(const TicketView& view) {
  const auto own = issues_.own();
  if (!own) return failure(own);
  TicketHistory history;
  if (Status read = read_changes(view.key, history); !read && is_hidden(read.error()))
    history.changes.clear();
  else if (!read)
    return failure(read);
  if (Status read = read_comments(view.key, history); !read) return failure(read);
  return origin_in(history, view.status, *own);
}

}  // namespace riskd::connectors
