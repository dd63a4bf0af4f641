// GitHub Issues over REST (https://docs.github.com/en/rest/issues/issues, version 2022-11-28), of
// github.com (https://api.github.com) and of an Enterprise Server (https://HOST/api/v3).
//
// What it does, and how that is met here:
//   - Two equal POSTs make two issues, and search is behind: a marker is looked for in the listing of
//     issues, newest first, down to what was seen before. The listing may be behind as well, for
//     moments: after a try that may have made the ticket, none is made before `settle` has passed.
//   - "Labels are silently dropped" where the token may not push: a new ticket is found without its
//     label. Tickets that riskd does not know count with their label alone: whoever may read a public
//     repository can copy a marker, but cannot label.
//   - An issue that was transferred answers 301, as does all of a repository that was renamed: the
//     new address is followed once, and the new key is returned.
//   - A deleted issue answers 410, as do all of a repository without issues. 404 is what may not be
//     seen: that is not known to be deleted.
//   - There is no relation that REST can make: a comment that names the other issue shows in both.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <utility>

#include "connectors/trackers/github_history.hpp"
#include "connectors/trackers/github_session.hpp"
#include "connectors/trackers/markdown.hpp"
#include "connectors/trackers/text_blocks.hpp"
#include "connectors/trackers/web_tracker.hpp"
#include "connectors/trackers/words.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::size_t title_bytes = 250;    // GitHub: 256 characters
constexpr std::size_t body_bytes = 60'000;  // GitHub: 65,536 characters
constexpr int gone = 410;
constexpr const char* no_issues = "its repository has no issues";

Unexpected<Error> bad_key(const std::string& key) {
  return refuse("this is no key of a ticket of GitHub: those are `owner/repository#12`", key);
}

// GitHub shows a title as it stands, but for code between backticks: an escape would be seen.
std::string title_of(const NewTicket& ticket) {
  return cut_text(to_plain_line(ticket.title), title_bytes);
}

class GitHubTracker final : public Tracker {
 public:
  explicit GitHubTracker(WebTrackerOptions options)
      : options_(std::move(options)), session_(options_) {}

  std::string_view name() const override { return options_.name; }
  std::string_view kind() const override { return "github"; }
  Instant resume_at(const std::string& key) const override {
    return session_.rest().resume_at(key);
  }
  TrackerHealth health() const override { return session_.rest().health(); }

  Result<std::optional<TicketView>> look_for(const NewTicket& ticket) override {
    const std::string project = project_of(ticket, options_);
    if (!is_github_project(project))
      return refuse("this is no repository of GitHub: those are `owner/name`", project);
    auto known = find(project, ticket);
    if (!known) return failure(known);
    if (*known) {
      const bool open = (*known)->view.state == "open";
      return some(with_origin(std::move(**known), open));
    }
    return none_settled(ticket, options_);
  }

  Result<TicketView> create(const NewTicket& ticket) override {
    auto known = look_for(ticket);
    if (!known) return failure(known);
    if (*known) return std::move(**known);
    if (Status ready = ticket.ready(); !ready) return failure(ready);
    const auto made = session_.write(
        "POST", repository_path(project_of(ticket, options_)) + "/issues", "", new_issue(ticket));
    if (!made) return failure(made);
    auto issue = parse_github_issue(made->body);
    if (!issue) return failure(issue);
    if (issue->view.marker != ticket.marker)
      return refuse("the ticket was made without its marker", issue->view.key);
    issue->view.origin = origin_of_riskd();
    return std::move(issue->view);
  }

  // "state_reason: the reason for the state change. Ignored unless `state` is changed."
  Result<TicketView> close(const std::string& key, const std::string& effect_key,
                           const RichText& comment, const std::string& seen) override {
    return change(key, effect_key, {"closed", "completed"}, to_markdown(comment), seen);
  }
  Result<TicketView> reopen(const std::string& key, const std::string& effect_key,
                            const RichText& comment, const std::string& seen) override {
    return change(key, effect_key, {"open", "reopened"}, to_markdown(comment), seen);
  }
  Result<StatusOrigin> origin(const TicketView& ticket) override {
    if (!parse_github_key(ticket.key)) return bad_key(ticket.key);
    const auto issue = session_.read(ticket.key);
    if (!issue) return failure(issue);
    return history_.origin(*issue, ticket.state);
  }
  Status comment(const std::string& key, const std::string& effect_key,
                 const RichText& comment) override {
    return say(key, effect_key, to_markdown(comment));
  }

  // "Autolinked references and URLs": the timeline of the other issue shows which one names it.
  Status link(const std::string& key, const std::string& other) override {
    if (!parse_github_key(other)) return bad_key(other);
    if (key == other) return refuse("a ticket cannot relate to itself", key);
    return say(key, fmt::format("link {} {}", key, other), "Relates to " + other);
  }

  Result<TicketListing> list(const ListRequest& request) override {
    const Instant before = options_.clock();
    const std::set<std::string> keys(request.keys.begin(), request.keys.end());
    std::set<std::string> missing = keys;
    TicketListing listing;
    const auto add = [&](Result<GitHubIssue> issue) {
      if (!issue) {
        listing.unreadable.push_back(issue.error());
        if (missing.erase(issue.error().where) > 0)
          listing.unreadable_keys.push_back(issue.error().where);
        return Go::on;
      }
      missing.erase(issue->view.key);
      if (keys.contains(issue->view.key) || is_own(issue->view))
        listing.tickets.push_back(std::move(issue->view));
      return Go::on;
    };
    const Query query = query_of(request);
    // One ticket is asked for by itself: somebody said that it has changed.
    const bool one = request.since.ms == 0 && keys.size() == 1;
    for (const std::string& project : options_.projects) {
      if (one) break;
      if (Status read = session_.each_issue(project, query, add); !read) return failure(read);
    }
    if (request.since.ms == 0) {
      std::map<std::string, bool> with_issues;
      for (const std::string& key : missing) {
        if (Status read = read_missing(key, with_issues, listing); !read) return failure(read);
      }
    }
    // GitHub's clock when the first question went out; that is known from its answers only.
    const std::int64_t took_ms = options_.clock().ms - before.ms;
    listing.asked_at = {session_.rest().peer_now().ms - took_ms};
    return listing;
  }

  CheckReport check() override { return check_github(session_, options_); }

 private:
  // What was found of markers in one repository.
  struct Seen {
    bool all = false;          // everything with the label was read once
    std::int64_t settled = 0;  // up to this number everything was seen
    std::map<std::string, std::pair<std::int64_t, std::string>> markers;  // oldest number, its key
  };
  struct State {
    std::string state, reason;
  };

  bool is_own(const TicketView& view) const {
    return !view.marker.empty() &&
           std::any_of(view.labels.begin(), view.labels.end(),
                       [&](const std::string& each) { return same_words(each, options_.label); });
  }

  json::object new_issue(const NewTicket& ticket) const {
    std::vector<std::string> names{options_.label};
    names.insert(names.end(), ticket.labels.begin(), ticket.labels.end());
    if (!ticket.priority.empty()) names.push_back("priority: " + ticket.priority);
    json::array labels;
    std::set<std::string> had;
    for (const std::string& name : names) {
      if (had.insert(name).second) labels.emplace_back(name);
    }
    return {{"title", title_of(ticket)},
            {"body", cut_text(to_markdown(ticket.body), body_bytes) + "\n\n" +
                         hidden_marker(ticket.marker)},
            {"labels", std::move(labels)}};
  }

  // ── markers ──────────────────────────────────────────────────────────────────────────────────

  // The oldest ticket with the marker, as it is now.
  Result<std::optional<GitHubIssue>> find(const std::string& project, const NewTicket& ticket) {
    Seen& seen = seen_[project];
    if (Status read = read_labelled(project, seen); !read) return failure(read);
    if (Status read = read_newest(project, ticket, seen); !read) return failure(read);
    const auto found = seen.markers.find(ticket.marker);
    if (found == seen.markers.end()) return std::optional<GitHubIssue>();
    auto issue = session_.read(found->second.second);
    if (!issue && issue.error().code != ErrorCode::not_found) return failure(issue);
    if (issue && issue->view.marker == ticket.marker) return std::optional(std::move(*issue));
    seen.markers.erase(found);  // deleted, or somebody took the marker away
    return std::optional<GitHubIssue>();
  }

  static void note(const GitHubIssue& issue, Seen& seen) {
    if (issue.view.marker.empty()) return;
    auto& oldest = seen.markers[issue.view.marker];
    if (oldest.first == 0 || issue.number < oldest.first) oldest = {issue.number, issue.view.key};
  }

  // Newest first. Fails where one cannot be read: that might be the one, and better none than two.
  Status each_newest(const std::string& project, Query query,
                     const std::function<Go(const GitHubIssue&)>& visit) {
    query.insert(query.end(), {{"sort", "created"}, {"direction", "desc"}});
    Status good = Done{};
    const Status read = session_.each_issue(project, query, [&](Result<GitHubIssue> issue) {
      if (issue) return visit(*issue);
      good = Unexpected<Error>(issue.error());
      return Go::stop;
    });
    return read ? good : read;
  }

  Status read_labelled(const std::string& project, Seen& seen) {
    if (seen.all) return Done{};
    const Status read =
        each_newest(project, {{"labels", options_.label}}, [&](const GitHubIssue& issue) {
          note(issue, seen);
          return Go::on;
        });
    seen.all = read.has_value();
    return read;
  }

  // Whatever its labels. What is younger than `settle` is read again each time: an older one may
  // come into the listing after it.
  Status read_newest(const std::string& project, const NewTicket& ticket, Seen& seen) {
    const std::int64_t now = options_.clock().ms;
    const std::int64_t tried = ticket.perhaps_made ? std::min(ticket.perhaps_made->ms, now) : now;
    std::int64_t settled = seen.settled;
    const Status read = each_newest(project, {}, [&](const GitHubIssue& issue) {
      const std::int64_t settled_ms = session_.rest().peer_now().ms - options_.settle.count();
      if (issue.created.ms < settled_ms) settled = std::max(settled, issue.number);
      note(issue, seen);
      const bool known = seen.settled > 0 ? issue.number <= seen.settled
                                          : issue.created.ms < settled_ms - (now - tried);
      return known ? Go::stop : Go::on;
    });
    if (read) seen.settled = settled;
    return read;
  }

  // ── one ticket ───────────────────────────────────────────────────────────────────────────────

  Status say(const std::string& key, const std::string& effect_key, const std::string& text) {
    if (!parse_github_key(key)) return bad_key(key);
    const auto issue = session_.read(key);
    if (!issue) return failure(issue);
    const std::string& now = issue->view.key;  // another one where it was moved
    const auto said = session_.has_effect(now, effect_key);
    if (!said) return failure(said);
    return *said ? Status(Done{}) : write_comment(now, effect_key, text);
  }

  // Sets the state, where it is another one, and adds the comment; once for each effect. See
  // status_origin.hpp.
  Result<TicketView> change(const std::string& key, const std::string& effect_key,
                            const State& wanted, const std::string& text, const std::string& seen) {
    if (!parse_github_key(key)) return bad_key(key);
    auto issue = session_.read(key);
    if (!issue) return failure(issue);
    const std::string now = issue->view.key;
    const auto done = session_.has_effect(now, effect_key);
    if (!done) return failure(done);
    if (*done) return with_origin(*issue, issue->view.state == wanted.state);
    if (has_moved(seen, issue->view.state)) {
      auto moved = with_origin(*issue, false);
      if (!moved || moved->origin.actor != Actor::riskd) return moved;
    }
    const bool sets = issue->view.state != wanted.state;
    if (sets && begun_.contains(effect_key)) return with_origin(*issue, false);
    if (sets) {
      issue = set_state(now, wanted);
      if (!issue) return failure(issue);
      begun_.insert(effect_key);
    }
    if (Status said = write_comment(now, effect_key, text); !said) return failure(said);
    begun_.erase(effect_key);
    if (!sets) return with_origin(*issue, false);
    issue->view.origin = origin_of_riskd();
    return std::move(issue->view);
  }

  // `by_riskd`: where GitHub does not say who it was.
  Result<TicketView> with_origin(GitHubIssue issue, bool by_riskd) {
    auto origin = history_.origin(issue, issue.view.state);
    if (!origin) return failure(origin);
    issue.view.origin = settled(std::move(*origin), by_riskd);
    return std::move(issue.view);
  }

  Status write_comment(const std::string& key, const std::string& effect_key,
                       const std::string& text) {
    if (text.empty()) return Done{};
    json::object body;
    body["body"] = cut_text(text, body_bytes) + "\n\n" + hidden_effect_mark(effect_key);
    const auto said = session_.write("POST", issue_path(key) + "/comments", key, std::move(body));
    if (!said) return failure(said);
    return Done{};
  }

  Result<GitHubIssue> set_state(const std::string& key, const State& wanted) {
    const auto changed = session_.write("PATCH", issue_path(key), key,
                                        {{"state", wanted.state}, {"state_reason", wanted.reason}});
    if (!changed) return failure(changed);
    auto issue = parse_github_issue(changed->body);
    if (issue && issue->view.state != wanted.state)
      return refuse(fmt::format("it stays `{}`: may this token edit it?", issue->view.state), key);
    return issue;
  }

  // ── listings ─────────────────────────────────────────────────────────────────────────────────

  // "since: only show results that were last updated after the given time", in whole seconds; asked
  // for with what may have come late into the listing before. Newest first: an issue that changes
  // meanwhile moves to the front, and others come twice; by the other order some would be left out.
  Query query_of(const ListRequest& request) const {
    if (request.since.ms == 0)
      return {{"labels", options_.label}, {"sort", "created"}, {"direction", "desc"}};
    const std::int64_t from_ms =
        std::max<std::int64_t>(request.since.ms - options_.settle.count(), 0);
    return {{"since", to_string(Instant{from_ms / 1000 * 1000})},
            {"sort", "updated"},
            {"direction", "desc"}};
  }

  // A known ticket that is not in the listing: without its label, moved, deleted, or out of sight.
  // `with_issues`: what is known of repositories.
  Status read_missing(const std::string& key, std::map<std::string, bool>& with_issues,
                      TicketListing& listing) {
    const auto hidden = [&](std::string why) {
      listing.unreadable.push_back({ErrorCode::forbidden, std::move(why), key});
      listing.unreadable_keys.push_back(key);
      return Done{};
    };
    const auto parts = parse_github_key(key);
    if (!parts) return hidden("this is no key of a ticket of GitHub");
    const auto reply = session_.get(issue_path(key), {}, gone);
    if (!reply) {
      const ErrorCode code = reply.error().code;
      if (code != ErrorCode::not_found && code != ErrorCode::forbidden) return failure(reply);
      return hidden("this ticket may no longer be seen: was it moved to another repository?");
    }
    if (reply->status == gone) {
      const auto asked = with_issues.find(parts->project);
      if (asked != with_issues.end()) return asked->second ? Done{} : hidden(no_issues);
      const auto repository = session_.get(repository_path(parts->project));
      if (!repository) return failure(repository);
      const bool some = is_true(repository->body, "has_issues");
      with_issues.emplace(parts->project, some);
      return some ? Done{} : hidden(no_issues);
    }
    auto issue = parse_github_issue(reply->body);
    if (!issue) return hidden(issue.error().message);
    listing.tickets.push_back(std::move(issue->view));
    return Done{};
  }

  const WebTrackerOptions options_;
  GitHubSession session_;
  GitHubHistory history_{session_, options_};
  BegunEffects begun_;
  std::map<std::string, Seen> seen_;  // of each repository
};

}  // namespace

Result<std::unique_ptr<Tracker>> open_github_tracker(WebTrackerOptions options) {
  if (options.token.empty()) return fail(ErrorCode::invalid, "GitHub needs a token");
  for (const std::string& project : options.projects) {
    if (!is_github_project(project))
      return refuse("`project` of a tracker of kind `github` is `owner/repository`", project);
  }
  if (options.label.empty()) options.label = "riskd";
  // "labels: a list of comma separated label names."
  if (options.label.find(',') != std::string::npos)
    return refuse("a label that is looked for cannot hold a comma", options.label);
  return std::unique_ptr<Tracker>(std::make_unique<GitHubTracker>(std::move(options)));
}

}  // namespace riskd::connectors
