#include "connectors/trackers/github_session.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "connectors/trackers/web_session.hpp"
#include "engine/base/limits.hpp"
#include "engine/base/rich_text.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr const char* github_page = "100";  // "The number of results per page (max 100)"

bool leads_elsewhere(const RestReply& reply) { return reply.status >= 300 && reply.status < 400; }

// https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#headers;
// the published description knows `application/json` alone.
RestOptions session_options(const WebTrackerOptions& options) {
  return rest_options(options, {{"Accept", "application/vnd.github+json, application/json;q=0.9"},
                                {"Authorization", "Bearer " + options.token},
                                {"X-GitHub-Api-Version", "2022-11-28"}});
}

}  // namespace

std::string repository_path(const std::string& project) { return "/repos/" + project; }

std::string issue_path(const std::string& key) {
  const auto parts = parse_github_key(key);
  if (!parts) return {};
  return fmt::format("{}/issues/{}", repository_path(parts->project), parts->number);
}

GitHubSession::GitHubSession(const WebTrackerOptions& options)
    : root_(options.url),
      write_pause_(options.write_pause),
      rest_(*options.http, session_options(options)) {}

// The part after the root, where the address is under it: the token goes nowhere else.
Result<std::string> GitHubSession::own_path(const std::string& address) const {
  if (address.starts_with(root_ + "/")) return address.substr(root_.size());
  return refuse("it leads to another address", sanitize_outside(address, 200));
}

// "Your client should follow redirects" (best practices for using the REST API): a repository that
// was renamed, an issue that was transferred. What was redirected was not carried out, so that a POST
// may be sent to the new address as well.
Result<RestReply> GitHubSession::send(RestRequest request) {
  auto reply = rest_.send(request);
  if (!reply || !leads_elsewhere(*reply)) return reply;
  const std::string* location = reply->header("location");
  if (location == nullptr) return refuse("it leads elsewhere and does not say where", request.path);
  auto path = own_path(*location);
  if (!path) return failure(path);
  request.path = std::move(*path);
  if (request.path.find('?') != std::string::npos) request.query.clear();
  reply = rest_.send(request);
  if (reply && leads_elsewhere(*reply))
    return refuse("it leads elsewhere again and again", request.path);
  return reply;
}

Result<RestReply> GitHubSession::get(std::string path, Query query, int also) {
  RestRequest request;
  request.path = std::move(path);
  request.query = std::move(query);
  request.also = also;
  return send(std::move(request));
}

// "If you are making a large number of POST, PATCH, PUT, or DELETE requests, wait at least one second
// between each request" (best practices, "Pause between mutative requests").
Result<RestReply> GitHubSession::write(std::string method, std::string path, std::string ticket,
                                       json::object body) {
  std::this_thread::sleep_until(last_write_ + write_pause_);
  RestRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.ticket = std::move(ticket);
  request.body = std::move(body);
  auto reply = send(std::move(request));
  last_write_ = std::chrono::steady_clock::now();
  return reply;
}

// "Use the URLs from the link header to request another page of results" (using pagination in the
// REST API): a page may have no number, and the address another form than the first one.
Status GitHubSession::each_of(std::string path, Query query,
                              const std::function<Go(const json::value&)>& visit) {
  const std::string where = path;
  query.emplace_back("per_page", github_page);
  for (std::size_t page = 0; page < limits::listing_pages; ++page) {
    const auto reply = get(path, query);
    if (!reply) return failure(reply);
    if (!reply->body.is_array()) return refuse("its listing is none", where);
    for (const json::value& each : reply->body.get_array()) {
      if (visit(each) == Go::stop) return Done{};
    }
    const std::string* link = reply->header("link");
    const std::string next = link == nullptr ? std::string() : next_page(*link);
    if (next.empty()) return Done{};
    auto after = own_path(next);
    if (!after) return failure(after);
    path = std::move(*after);
    query.clear();
  }
  return fail(ErrorCode::too_large, fmt::format("more than {} pages", limits::listing_pages),
              where);
}

Status GitHubSession::each_issue(const std::string& project, Query query,
                                 const std::function<Go(Result<GitHubIssue>)>& visit) {
  query.emplace_back("state", "all");
  return each_of(repository_path(project) + "/issues", std::move(query),
                 [&](const json::value& each) {
                   return is_pull_request(each) ? Go::on : visit(parse_github_issue(each));
                 });
}

Result<GitHubIssue> GitHubSession::read(const std::string& key) {
  const auto reply = get(issue_path(key));
  if (!reply) return failure(reply);
  if (is_pull_request(reply->body)) return refuse("this is a pull request and no issue", key);
  return parse_github_issue(reply->body);
}

Result<bool> GitHubSession::has_effect(const std::string& key, const std::string& effect_key) {
  bool found = false;
  const Status read = each_of(issue_path(key) + "/comments", {}, [&](const json::value& each) {
    found = found || has_effect_mark(text_at(each, "body"), effect_key);
    return found ? Go::stop : Go::on;
  });
  if (!read) return failure(read);
  return found;
}

}  // namespace riskd::connectors
