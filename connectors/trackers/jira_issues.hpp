// Reading issues of Jira: one by its key, many by a search.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_tracker.hpp"

namespace riskd::connectors {

// A list of JQL: "A-1","A-2". The words hold no quotes.
std::string quoted_list(std::span<const std::string> words);

class JiraIssues {
 public:
  using Visit = std::function<void(const boost::json::value& issue)>;

  // Both outlive it.
  JiraIssues(RestSession& session, const WebTrackerOptions& options);

  // Error::forbidden where Jira does not know who asks: it would look empty.
  Status check_credentials();
  // The account that riskd uses; asked once.
  Result<Account> own();

  // With its number, its properties and the `fields`. The key is one of Jira's form.
  Result<boost::json::value> read(const std::string& key, const std::string& fields,
                                  const std::string& expand = {});
  // As it is now. Error::invalid where the answer is no ticket.
  Result<TicketView> view(const std::string& key);

  // Calls `visit` with each issue that the query finds, page by page. The issues hold what jira_view
  // reads; properties on Cloud alone. Those of `keys` are as they are now, where Jira offers that.
  Status search(const std::string& jql, std::span<const std::string> keys, const Visit& visit);

  // Those of `keys`, which may be gone; `condition` is empty or begins with " AND ".
  Status search_keys(const std::string& condition, std::span<const std::string> keys,
                     const Visit& visit);

 private:
  bool is_last(const boost::json::value& answer, std::int64_t read, bool empty) const;
  void note_number(const boost::json::value& issue);
  boost::json::array numbers_of(std::span<const std::string> keys) const;

  RestSession& session_;
  const WebTrackerOptions& options_;
  const std::string root_;
  std::map<std::string, std::int64_t> numbers_;  // key → id, from earlier answers
  std::optional<Account> own_;
};

}  // namespace riskd::connectors
