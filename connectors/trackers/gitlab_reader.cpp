// GitLab: reading issues, and finding them. What shapes it:
//   - Its search is no proof that a ticket is absent: it is PostgreSQL's full-text search, which for
//     some versions leaves out words of 50 characters and more, as a marker is, and what stands in
//     tags; and it is written after the ticket. Lists read the issues themselves: those with riskd's
//     label, and those that the token's user made. The search is the last look, at what a person took
//     the label of and another user made.
//   - Pages are cut by offset: sorted by the moment of change, a ticket that changes meanwhile pulls
//     another one over to a page that was read. Sorted by creation nothing moves.
//   - `x-next-page` may be missing, `x-total` is from 10,000 tickets on
//     (docs.gitlab.com/ee/user/gitlab_com/#pagination-response-headers).
//   - A moved ticket stays, closed, with the number of the new one (`moved_to_id`), by which only
//     administrators may ask (docs.gitlab.com/ee/api/issues.html, single issue).
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "connectors/trackers/gitlab.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::size_t gitlab_page = 100;  // GitLab gives no more
constexpr int moves_followed = 5;
// A ticket may show up in a list after one that was made later: its transaction took longer.
constexpr std::int64_t list_overlap_ms = 600'000;
constexpr std::int64_t look_again_ms = 3'600'000;  // for a ticket that was moved out of sight

bool has_next(const RestReply& reply, std::size_t on_page) {
  if (on_page == 0) return false;
  if (const std::string* next = reply.header("x-next-page")) return !next->empty();
  if (const std::string* link = reply.header("link"))
    return link->find("rel=\"next\"") != std::string::npos;
  return on_page >= gitlab_page;
}

// Whole seconds, and early enough.
std::string shortly_before(Instant moment) {
  return to_string(Instant{std::max<std::int64_t>(moment.ms - list_overlap_ms, 0) / 1000 * 1000});
}

}  // namespace

// After a path was changed GitLab points to the new one (docs.gitlab.com/ee/api/rest/#redirects).
std::string gitlab_is_not(std::string_view wanted, const RestReply& reply) {
  if (reply.status < 300) return fmt::format("its answer is no {}", wanted);
  return fmt::format(
      "it answered {}: was the project or GitLab itself moved? Write the new path or address into "
      "the configuration",
      reply.status);
}

Result<json::value> GitlabReader::ask(const RestRequest& request) {
  auto reply = session_.send(request);
  if (!reply) return failure(reply);
  if (reply->status >= 300 || !is_gitlab_number(text_at(reply->body, "iid")))
    return fail(ErrorCode::invalid, gitlab_is_not("ticket", *reply), request.path);
  return std::move(reply->body);
}

Result<json::value> GitlabReader::issue(const GitlabKey& key) {
  RestRequest request;
  request.path = gitlab_issue_path(key);
  auto found = ask(request);
  if (found && text_at(*found, "iid") != key.iid)
    return fail(ErrorCode::invalid, "its answer is another ticket", request.path);
  return found;
}

Status GitlabReader::each_of(const std::string& path, Query query, const Visit& visit) {
  query.emplace_back("per_page", std::to_string(gitlab_page));
  query.emplace_back("page", "1");
  for (std::size_t page = 1; page <= limits::listing_pages; ++page) {
    query.back().second = std::to_string(page);
    const auto reply = session_.get(path, query);
    if (!reply) return failure(reply);
    if (reply->status >= 300 || !reply->body.is_array())
      return fail(ErrorCode::invalid, gitlab_is_not("list", *reply), path);
    const json::array& things = reply->body.get_array();
    for (const json::value& thing : things) {
      if (!visit(thing)) return Done{};
    }
    if (!has_next(*reply, things.size())) return Done{};
  }
  return fail(ErrorCode::too_large, fmt::format("more than {} pages", limits::listing_pages), path);
}

Status GitlabReader::each_issue(const std::string& project, Query query, const Visit& visit) {
  query.emplace_back("state", "all");
  query.emplace_back("order_by", "created_at");
  query.emplace_back("sort", "asc");
  return each_of(gitlab_project_path(project) + "/issues", std::move(query), visit);
}

// ── finding by marker ────────────────────────────────────────────────────────────────────────────

Result<std::optional<GitlabReader::Place>> GitlabReader::find(const std::string& project,
                                                              const std::string& marker) {
  Marked& marked = marked_[project];
  if (Status read = read_marked(project, marked); !read) return failure(read);
  if (!marked.iids.contains(marker)) {
    const Status searched =
        each_issue(project, {{"scope", "all"}, {"search", marker}, {"in", "description"}},
                   [&](const json::value& each) { return marked.remember(each); });
    if (!searched) return failure(searched);
  }
  const auto known = marked.iids.find(marker);
  if (known == marked.iids.end()) return std::optional<Place>();
  const GitlabKey key{project, known->second};
  const auto found = issue(key);
  if (!found && found.error().code != ErrorCode::not_found) return failure(found);
  if (!found || marker_in(text_at(*found, "description")) != marker) {
    marked = {};  // it was deleted, or its marker was: a younger one may have it
    return fail(ErrorCode::unavailable,
                fmt::format("ticket {}#{} has changed meanwhile", key.project, key.iid));
  }
  auto place = followed(*found, key);
  if (!place) return failure(place);
  return std::optional(std::move(*place));
}

// All the first time, then what this token's user has made since.
Status GitlabReader::read_marked(const std::string& project, Marked& marked) {
  const Instant began = options_.clock();
  const Visit visit = [&](const json::value& each) { return marked.remember(each); };
  const Status read = marked.read_until.ms == 0
                          ? read_all(project, visit)
                          : each_issue(project,
                                       {{"scope", "created_by_me"},
                                        {"created_after", shortly_before(marked.read_until)}},
                                       visit);
  // GitLab's clock is known once it has answered.
  if (read) marked.read_until = {session_.peer_now().ms - (options_.clock().ms - began.ms)};
  return read;
}

Status GitlabReader::read_all(const std::string& project, const Visit& visit) {
  const std::string label = gitlab_label(options_.label);
  const Status labelled = each_issue(project, {{"scope", "all"}, {"labels", label}}, visit);
  return labelled ? each_issue(project, {{"scope", "created_by_me"}}, visit) : labelled;
}

bool GitlabReader::Marked::remember(const json::value& issue) {
  const std::string marker = marker_in(text_at(issue, "description"));
  const std::string iid = text_at(issue, "iid");
  if (marker.empty() || !is_gitlab_number(iid)) return true;
  std::string& known = iids[marker];
  if (known.empty() || std::pair(iid.size(), iid) < std::pair(known.size(), known)) known = iid;
  return true;
}

// ── moved tickets ────────────────────────────────────────────────────────────────────────────────

Result<GitlabReader::Place> GitlabReader::followed(json::value issue, GitlabKey key) {
  for (int moves = 0; moves <= moves_followed; ++moves) {
    TicketView view = gitlab_view(issue, key.project);
    const std::string id = gitlab_moved_to(issue);
    if (id.empty()) return Place{std::move(key), std::move(view), std::move(issue)};
    auto next = by_id(id, issue);
    if (!next) return failure(next);
    const auto place = parse_gitlab_key(gitlab_view(*next, text_at(*next, "project_id")).key);
    if (!place) {
      return fail(ErrorCode::invalid, "it does not tell where the ticket was moved to", view.key);
    }
    issue = std::move(*next);
    key = *place;
  }
  return fail(ErrorCode::invalid, fmt::format("it was moved more than {} times", moves_followed),
              key.project + "#" + key.iid);
}

Result<json::value> GitlabReader::by_id(const std::string& id, const json::value& old) {
  if (!asked_by_id_in_vain_) {
    RestRequest request;
    request.path = "/issues/" + id;
    auto found = ask(request);
    if (found || found.error().code == ErrorCode::unavailable) return found;
    asked_by_id_in_vain_ = found.error().code == ErrorCode::forbidden;
  }
  return arrived(id, old);
}

// Who is no administrator finds it where it came to one of the configured projects. What is not found
// is looked for again later only: each look reads all that has changed there since.
Result<json::value> GitlabReader::arrived(const std::string& id, const json::value& old) {
  const auto lost = [&] {
    return fail(ErrorCode::forbidden, "it was moved to where this token may not look",
                gitlab_view(old, text_at(old, "project_id")).key);
  };
  if (const auto until = lost_until_.find(id);
      until != lost_until_.end() && options_.clock() < until->second) {
    return lost();
  }
  std::string since = text_at(old, "closed_at");
  if (since.empty()) since = text_at(old, "updated_at");
  const auto moved = parse_instant(since);
  std::optional<json::value> found;
  for (const std::string& project : options_.projects) {
    if (!moved || !is_gitlab_project(project)) continue;
    const Status read =
        each_issue(project, {{"scope", "all"}, {"updated_after", shortly_before(*moved)}},
                   [&](const json::value& each) {
                     if (text_at(each, "id") == id) found = each;
                     return !found;
                   });
    if (found) return std::move(*found);
    if (!read && read.error().code == ErrorCode::unavailable) return failure(read);
  }
  lost_until_[id] = {options_.clock().ms + look_again_ms};
  return lost();
}

}  // namespace riskd::connectors
