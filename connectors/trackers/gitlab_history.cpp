#include "connectors/trackers/gitlab_history.hpp"

#include <utility>

#include "connectors/plain_text.hpp"

namespace riskd::connectors {
namespace json = boost::json;

Result<Account> GitlabHistory::own() {
  if (own_) return *own_;
  const auto user = session_.get("/user");
  if (!user && !is_hidden(user.error())) return failure(user);
  own_ = user ? gitlab_account(&user->body) : Account{};
  return *own_;
}

Status GitlabHistory::each_note(const GitlabKey& key, const GitlabReader::Visit& visit) {
  return reader_.each_of(
      gitlab_issue_path(key) + "/notes", {{"order_by", "created_at"}, {"sort", "asc"}},
      [&](const json::value& note) { return is_true(note, "system") || visit(note); });
}

Result<bool> GitlabHistory::has_effect(const GitlabKey& key, const std::string& effect_key) {
  bool found = false;
  const Status read = each_note(key, [&](const json::value& note) {
    found = has_effect_mark(text_at(note, "body"), effect_key);
    return !found;
  });
  if (!read) return failure(read);
  return found;
}

Status GitlabHistory::read_events(const GitlabReader::Place& place, TicketHistory& history) {
  history.changes.push_back({gitlab_account(member(place.issue, "author")),
                             moment_at(place.issue, "created_at"), "open"});
  const Status read = reader_.each_of(
      gitlab_issue_path(place.key) + "/resource_state_events", {}, [&](const json::value& event) {
        const bool closed = text_at(event, "state") == "closed";
        history.changes.push_back({gitlab_account(member(event, "user")),
                                   moment_at(event, "created_at"), closed ? "closed" : "open"});
        return true;
      });
  if (read || !is_hidden(read.error())) return read;
  history.changes.clear();
  return Done{};
}

Result<StatusOrigin> GitlabHistory::origin(const GitlabReader::Place& place,
                                           const std::string& state) {
  const auto known = own();
  if (!known) return failure(known);
  TicketHistory history;
  Account closer = gitlab_account(member(place.issue, "closed_by"));
  if (state == "closed" && place.view.state == "closed" && !closer.id.empty()) {
    history.changes.push_back({std::move(closer), moment_at(place.issue, "closed_at"), "closed"});
  } else if (Status read = read_events(place, history); !read) {
    return failure(read);
  }
  const Status read = each_note(place.key, [&](const json::value& note) {
    // Not everybody who sees the ticket may read them. `confidential` before 15.6.
    if (is_true(note, "internal") || is_true(note, "confidential")) return true;
    const std::string body = text_at(note, "body");
    history.comments.push_back({gitlab_account(member(note, "author")),
                                moment_at(note, "created_at"), plain_of(Markup::markdown, body),
                                has_effect_mark(body)});
    return true;
  });
  if (!read) return failure(read);
  return origin_in(history, state, *known);
}

}  // namespace riskd::connectors
