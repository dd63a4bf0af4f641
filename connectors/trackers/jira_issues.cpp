#include "connectors/trackers/jira_issues.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <utility>

#include "connectors/trackers/jira_json.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::size_t issues_a_page = 100;
constexpr std::size_t numbers_kept = 100'000;

}  // namespace

std::string quoted_list(std::span<const std::string> words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "\"" : ",\"") + word + "\"";
  return list;
}

JiraIssues::JiraIssues(RestSession& session, const WebTrackerOptions& options)
    : session_(session), options_(options), root_(jira_root(options)) {}

// Whoever is not signed in sees an empty Jira.
Status JiraIssues::check_credentials() {
  const auto user = session_.get(root_ + "/myself");
  if (!user) return failure(user);
  Account account = jira_account(&user->body, options_);
  if (account.id.empty())
    return refuse("it does not say who asks: is this the address of Jira?", root_ + "/myself");
  own_ = std::move(account);
  return Done{};
}

Result<Account> JiraIssues::own() {
  if (!own_) {
    if (Status known = check_credentials(); !known) return failure(known);
  }
  return *own_;
}

Result<json::value> JiraIssues::read(const std::string& key, const std::string& fields,
                                     const std::string& expand) {
  Query query{{"fields", fields}, {"properties", "riskd"}};
  if (!expand.empty()) query.emplace_back("expand", expand);
  auto reply = session_.get(root_ + "/issue/" + key, std::move(query));
  if (!reply) return failure(reply);
  const std::string found = text_at(reply->body, "key");
  if (!is_jira_key(found)) return refuse("its answer holds no ticket", "/issue/" + key);
  note_number(reply->body);
  return std::move(reply->body);
}

Result<TicketView> JiraIssues::view(const std::string& key) {
  const auto issue = read(key, "status,resolution,labels,updated");
  if (!issue) return failure(issue);
  auto view = jira_view(*issue, options_);
  if (!view) return refuse("its answer holds no ticket with a status", "/issue/" + key);
  return std::move(*view);
}

Status JiraIssues::search(const std::string& jql, std::span<const std::string> keys,
                          const Visit& visit) {
  RestRequest request;
  request.method = "POST";
  request.reads = true;
  request.path = root_ + (options_.cloud ? "/search/jql" : "/search");
  json::object body{{"jql", jql}, {"maxResults", issues_a_page}};
  body["fields"] = json::array{"status", "resolution", "labels", "updated"};
  if (options_.cloud) {
    body["properties"] = json::array{"riskd"};
    if (json::array numbers = numbers_of(keys); !numbers.empty())
      body["reconcileIssues"] = std::move(numbers);
  } else {
    body["validateQuery"] = false;
  }
  std::int64_t start = 0;
  for (std::size_t page = 0; page < limits::listing_pages; ++page) {
    if (!options_.cloud) body["startAt"] = start;
    request.body = body;
    const auto reply = session_.send(request);
    if (!reply) return failure(reply);
    const json::value* issues = member(reply->body, "issues");
    if (issues == nullptr || !issues->is_array())
      return refuse("the answer to a search is no list of tickets", request.path);
    for (const json::value& issue : issues->get_array()) {
      note_number(issue);
      visit(issue);
    }
    start += static_cast<std::int64_t>(issues->get_array().size());
    if (is_last(reply->body, start, issues->get_array().empty())) return Done{};
    if (options_.cloud) body["nextPageToken"] = text_at(reply->body, "nextPageToken");
  }
  return fail(ErrorCode::too_large,
              fmt::format("more than {} pages of tickets", limits::listing_pages), request.path);
}

// Cloud gives a token for the next page, and may give a page with fewer tickets than there are, or
// none. Data Center says how many there are in all.
bool JiraIssues::is_last(const json::value& answer, std::int64_t read, bool empty) const {
  if (options_.cloud) {
    const json::value* last = member(answer, "isLast");
    if (last != nullptr && last->is_bool() && last->get_bool()) return true;
    return text_at(answer, "nextPageToken").empty();
  }
  const json::value* total = member(answer, "total");
  return empty || total == nullptr || !total->is_int64() || read >= total->get_int64();
}

// Only Cloud asks for them again.
void JiraIssues::note_number(const json::value& issue) {
  if (!options_.cloud) return;
  if (numbers_.size() >= numbers_kept) numbers_.clear();
  const std::string id = text_at(issue, "id");
  const bool digits = id.find_first_not_of("0123456789") == std::string::npos;
  if (!id.empty() && id.size() <= 18 && digits) numbers_[text_at(issue, "key")] = std::stoll(id);
}

json::array JiraIssues::numbers_of(std::span<const std::string> keys) const {
  json::array numbers;
  for (const std::string& key : keys) {
    if (const auto known = numbers_.find(key); known != numbers_.end())
      numbers.emplace_back(known->second);
  }
  return numbers;
}

// In halves where one of the keys makes the whole search fail.
Status JiraIssues::search_keys(const std::string& condition, std::span<const std::string> keys,
                               const Visit& visit) {
  const Status read =
      search(fmt::format("key in ({}){}", quoted_list(keys), condition), keys, visit);
  if (read || !read.error().message.starts_with("it answered 400")) return read;
  if (keys.size() == 1) return Done{};  // is not found
  const std::size_t half = keys.size() / 2;
  if (Status first = search_keys(condition, keys.first(half), visit); !first) return first;
  return search_keys(condition, keys.subspan(half), visit);
}

}  // namespace riskd::connectors
