// What GitHub's answers and addresses mean. No I/O.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/tracker.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "engine/base/result.hpp"

namespace riskd::connectors {

// "owner/repository#12".
struct GitHubKey {
  std::string project;  // "owner/repository"
  std::string number;
};

// What may stand in a path as it is: "owner/repository" of letters, digits, `-`, `_` and `.`.
bool is_github_project(std::string_view text);

// nullopt where the text is no such key.
std::optional<GitHubKey> parse_github_key(std::string_view text);

// One issue of an answer.
struct GitHubIssue {
  TicketView view;          // `marker` is of the body's last line
  std::int64_t number = 0;  // in its repository; later ones are greater
  Instant created;          // by GitHub's clock
  Account author;
  // Of a closed one; listings do not have it.
  Account closed_by;
  Instant closed;
};

// Error::invalid where it has no number, state, repository or times.
Result<GitHubIssue> parse_github_issue(const boost::json::value& issue);

// A user's id and login; empty where `user` is null, as that of an account that is gone may be.
Account github_account(const boost::json::value* user);

// Listings of issues hold pull requests too.
bool is_pull_request(const boost::json::value& issue);

// The address of the next page in a Link header (RFC 8288); empty where there is none.
std::string next_page(std::string_view link);

}  // namespace riskd::connectors
