#include "connectors/trackers/github_history.hpp"

#include <utility>

#include "connectors/plain_text.hpp"

namespace riskd::connectors {
namespace json = boost::json;

// An application's token has no user: its changes cannot be distinguished from those of others.
Result<Account> GitHubHistory::own() {
  if (own_) return *own_;
  const auto user = session_.get("/user");
  if (!user && !is_hidden(user.error())) return failure(user);
  own_ = user ? github_account(&user->body) : Account{};
  return *own_;
}

// "closed", "reopened"; https://docs.github.com/en/rest/using-the-rest-api/issue-event-types.
Status GitHubHistory::read_events(const GitHubIssue& issue, TicketHistory& history) {
  std::string last = "open";
  const Status read =
      session_.each_of(issue_path(issue.view.key) + "/events", {}, [&](const json::value& event) {
        const std::string kind = text_at(event, "event");
        if (kind != "closed" && kind != "reopened") return Go::on;
        last = kind == "closed" ? "closed" : "open";
        history.changes.push_back(
            {github_account(member(event, "actor")), moment_at(event, "created_at"), last});
        return Go::on;
      });
  if (!read) return is_hidden(read.error()) ? Status(Done{}) : read;
  if (last == issue.view.state) {
    history.changes.insert(history.changes.begin(), {issue.author, issue.created, "open"});
    return Done{};
  }
  history.changes.clear();
  const std::int64_t age_ms = session_.rest().peer_now().ms - issue.view.updated.ms;
  if (age_ms > options_.settle.count()) return Done{};  // they were lost
  return fail(ErrorCode::unavailable, "its events are behind its state", issue.view.key);
}

Status GitHubHistory::read_comments(const GitHubIssue& issue, TicketHistory& history) {
  return session_.each_of(
      issue_path(issue.view.key) + "/comments", {}, [&](const json::value& each) {
        const std::string body = text_at(each, "body");
        history.comments.push_back({github_account(member(each, "user")),
                                    moment_at(each, "created_at"), plain_of(Markup::markdown, body),
                                    has_effect_mark(body)});
        return Go::on;
      });
}

Result<StatusOrigin> GitHubHistory::origin(const GitHubIssue& issue, const std::string& state) {
  const auto known = own();
  if (!known) return failure(known);
  TicketHistory history;
  const bool is_told = issue.view.state == "closed" && !issue.closed_by.id.empty();
  if (is_told && state == "closed") {
    history.changes.push_back({issue.closed_by, issue.closed, "closed"});
  } else if (Status read = read_events(issue, history); !read) {
    return failure(read);
  }
  if (Status read = read_comments(issue, history); !read) return failure(read);
  return origin_in(history, state, *known);
}

}  // namespace riskd::connectors
