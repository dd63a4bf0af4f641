#include "connectors/trackers/redmine_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <iterator>
#include <set>
#include <utility>

#include "connectors/trackers/words.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::size_t redmine_page = 100;  // Redmine gives no more
constexpr std::size_t numbers_a_request = 100;

}  // namespace

bool is_redmine_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

Status RedmineReader::check_credentials() {
  const auto user = session_.get("/users/current.json");
  if (!user) return failure(user);
  Account account = redmine_account(member(user->body, "user"));
  if (account.id.empty())
    return refuse("it does not say who asks: is its REST interface enabled?", "/users/current");
  own_ = std::move(account);
  return Done{};
}

TicketView RedmineReader::view_of(const json::value& issue) const {
  TicketView view;
  view.key = text_at(issue, "id");
  if (const json::value* status = member(issue, "status")) {
    view.status = text_at(*status, "name");
    view.closed = redmine_is_closed(*status);
  }
  if (const auto updated = parse_instant(text_at(issue, "updated_on"))) view.updated = *updated;
  view.url = options_.url + "/issues/" + view.key;
  if (options_.marker_field.empty()) {
    view.marker = marker_in(text_at(issue, "description"));
    return view;
  }
  for (const json::value& field : array_at(issue, "custom_fields")) {
    if (same_words(text_at(field, "name"), options_.marker_field))
      view.marker = marker_in(text_at(field, "value"));
  }
  return view;
}

Result<json::value> RedmineReader::read(const std::string& key, const std::string& include) {
  Query query;
  if (!include.empty()) query.emplace_back("include", include);
  auto reply = session_.get("/issues/" + key + ".json", query);
  if (!reply) return failure(reply);
  const json::value* issue = member(reply->body, "issue");
  if (issue == nullptr) return refuse("its answer holds no ticket", "/issues/" + key);
  return *issue;
}

Status RedmineReader::each_issue(Query query, const Visit& visit) {
  query.emplace_back("limit", std::to_string(redmine_page));
  query.emplace_back("offset", "0");
  std::size_t offset = 0;
  for (std::size_t page = 0; page < limits::listing_pages; ++page) {
    query.back().second = std::to_string(offset);
    const auto reply = session_.get("/issues.json", query);
    if (!reply) return failure(reply);
    const json::value* total = member(reply->body, "total_count");
    if (total == nullptr || !total->is_int64())
      return refuse("its listing of tickets is none", "/issues.json");
    const json::array& issues = array_at(reply->body, "issues");
    for (const json::value& issue : issues) visit(issue);
    offset += issues.size();
    if (issues.empty() || static_cast<std::int64_t>(offset) >= total->get_int64()) return Done{};
  }
  return fail(ErrorCode::too_large,
              fmt::format("more than {} pages of tickets", limits::listing_pages), "/issues.json");
}

Status RedmineReader::each_of_keys(const std::vector<std::string>& keys, TicketListing& listing,
                                   const Visit& visit) {
  std::vector<std::string> numbers;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(numbers), is_redmine_number);
  std::set<std::string> missing(numbers.begin(), numbers.end());
  for (std::size_t begin = 0; begin < numbers.size(); begin += numbers_a_request) {
    std::string wanted;
    for (std::size_t i = begin; i < std::min(numbers.size(), begin + numbers_a_request); ++i)
      wanted += (wanted.empty() ? "" : ",") + numbers[i];
    const Status read = each_issue({{"issue_id", wanted}, {"status_id", "*"}, {"sort", "id"}},
                                   [&](const json::value& issue) {
                                     missing.erase(text_at(issue, "id"));
                                     visit(issue);
                                   });
    if (!read) return read;
  }
  for (const std::string& key : missing) {
    const auto one = session_.get("/issues/" + key + ".json");
    if (one) {
      if (const json::value* issue = member(one->body, "issue")) visit(*issue);
    } else if (one.error().code == ErrorCode::forbidden) {
      listing.unreadable.push_back({ErrorCode::forbidden,
                                    fmt::format("ticket {} may no longer be seen", key),
                                    one.error().where});
      listing.unreadable_keys.push_back(key);
    } else if (one.error().code != ErrorCode::not_found) {
      return failure(one);
    }
  }
  return Done{};
}

Result<StatusOrigin> RedmineReader::origin(const json::value& issue, const std::string& status) {
  if (!own_) {
    if (Status known = check_credentials(); !known) return failure(known);
  }
  const TicketHistory history = redmine_history(issue, options_.markup);
  const json::value* now = member(issue, "status");
  if (now != nullptr && same_words(text_at(*now, "name"), status))
    return origin_in(history, text_at(*now, "id"), *own_);
  const auto id = statuses_.id_of(status);
  if (!id) return failure(id);
  return origin_in(history, *id, *own_);
}

}  // namespace riskd::connectors
