#include "connectors/trackers/redmine_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "connectors/plain_text.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr const char* statuses_path = "/issue_statuses.json";

// The status that a journal's entry set, and the one that was there; empty where it set none.
std::pair<std::string, std::string> status_change(const json::value& journal) {
  for (const json::value& detail : array_at(journal, "details")) {
    if (text_at(detail, "property") == "attr" && text_at(detail, "name") == "status_id")
      return {text_at(detail, "old_value"), text_at(detail, "new_value")};
  }
  return {};
}

}  // namespace

std::optional<bool> redmine_is_closed(const json::value& status) {
  const json::value* closed = member(status, "is_closed");
  if (closed == nullptr || !closed->is_bool()) return std::nullopt;
  return closed->get_bool();
}

Status RedmineStatuses::ask() {
  const auto reply = session_.get(statuses_path);
  if (!reply) return failure(reply);
  ids_ = named_in(reply->body, "issue_statuses");
  closed_.clear();
  for (const json::value& each : array_at(reply->body, "issue_statuses"))
    closed_.emplace(text_at(each, "name"), redmine_is_closed(each));
  return Done{};
}

Result<std::string> RedmineStatuses::id_of(const std::string& name) {
  if (const std::string* id = find_named(ids_, name)) return *id;
  if (Status asked = ask(); !asked) return failure(asked);
  if (const std::string* id = find_named(ids_, name)) return *id;
  return has_none("status", name, ids_, statuses_path);
}

Status RedmineStatuses::fill_closed(std::vector<TicketView>& views) {
  bool asked = false;
  for (TicketView& view : views) {
    if (view.closed) continue;
    if (!closed_.contains(view.status) && !asked) {
      if (Status answered = ask(); !answered) return answered;
      asked = true;
    }
    if (const auto known = closed_.find(view.status); known != closed_.end())
      view.closed = known->second;
  }
  return Done{};
}

Account redmine_account(const json::value* user) {
  if (user == nullptr) return {};
  Account account{text_at(*user, "id"), text_at(*user, "name")};
  if (account.name.empty()) account.name = text_at(*user, "login");
  return account;
}

TicketHistory redmine_history(const json::value& issue, const std::string& markup) {
  const json::value* status = member(issue, "status");
  std::string first = status == nullptr ? std::string() : text_at(*status, "id");
  bool changed = false;
  TicketHistory history;
  for (const json::value& journal : array_at(issue, "journals")) {
    const Account by = redmine_account(member(journal, "user"));
    const Instant at = moment_at(journal, "created_on");
    auto [before, after] = status_change(journal);
    if (!after.empty()) {
      if (!changed) first = std::move(before);
      changed = true;
      history.changes.push_back({by, at, std::move(after)});
    }
    const std::string notes = text_at(journal, "notes");
    if (notes.empty() || is_true(journal, "private_notes")) continue;
    const Markup written = markup == "markdown" ? Markup::markdown : Markup::textile;
    history.comments.push_back({by, at, plain_of(written, notes), has_effect_mark(notes)});
  }
  history.changes.insert(history.changes.begin(), {redmine_account(member(issue, "author")),
                                                   moment_at(issue, "created_on"), first});
  return history;
}

}  // namespace riskd::connectors
