// Jira Cloud (https://developer.atlassian.com/cloud/jira/platform/rest/v3/) and Data Center
// (https://developer.atlassian.com/server/jira/platform/rest/).
//
// What shapes it:
//   - A search is behind: seconds, sometimes minutes, after a write
//     (https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/). Cloud brings issues
//     up to date whose numbers come with the search (`reconcileIssues`). A ticket that may have been
//     made is waited for before another one is made.
//   - Issue properties are set in the request that creates the issue, but only an app can search for
//     them: a label finds the ticket, the property proves that it is the one. Copies of a ticket
//     have its labels, and not its properties.
//   - JQL has minutes and no time zones: `updated` is compared with "so many minutes ago".
//   - One key that is gone may make a whole search fail with 400: the keys are halved until it stands
//     alone.
//   - 404 means "is not there" or "may not be seen".
//   - A moved issue answers to its old key, with its new one.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "connectors/trackers/adf.hpp"
#include "connectors/trackers/jira_check.hpp"
#include "connectors/trackers/jira_history.hpp"
#include "connectors/trackers/jira_issues.hpp"
#include "connectors/trackers/jira_json.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_session.hpp"
#include "connectors/trackers/wiki.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr const char* view_fields = "status,resolution,labels,updated";
constexpr std::size_t keys_a_request = 50;  // Cloud reconciles no more
constexpr std::int64_t minute_ms = 60'000;

Status check_key(const std::string& key) {
  if (is_jira_key(key)) return Done{};
  return refuse("this is no key of a ticket of Jira, such as `SHOP-12`", key);
}

class JiraTracker final : public Tracker {
 public:
  explicit JiraTracker(WebTrackerOptions options)
      : options_(std::move(options)),
        root_(jira_root(options_)),
        session_(*options_.http,
                 rest_options(options_, {{"Authorization", jira_authorization(options_)},
                                         {"Accept", "application/json"}})) {}

  std::string_view name() const override { return options_.name; }
  std::string_view kind() const override { return "jira"; }
  Instant resume_at(const std::string& key) const override { return session_.resume_at(key); }
  TrackerHealth health() const override { return session_.health(); }
  CheckReport check() override { return check_jira(session_, options_); }

  Result<std::optional<TicketView>> look_for(const NewTicket& ticket) override {
    auto known = find(ticket.marker);
    if (!known) return failure(known);
    if (*known) return some(with_origin(std::move(**known), !(*known)->closed.value_or(false)));
    return none_settled(ticket, options_);
  }

  Result<TicketView> create(const NewTicket& ticket) override {
    const std::string project = project_of(ticket, options_);
    if (!is_jira_project(project))
      return refuse("this is no key of a project of Jira, such as `SHOP`", project);
    auto known = look_for(ticket);
    if (!known) return failure(known);
    if (*known) return std::move(**known);

    RestRequest request;
    request.method = "POST";
    request.path = root_ + "/issue";
    request.body = new_issue(ticket, project);
    if (Status ready = ticket.ready(); !ready) return failure(ready);
    const auto made = session_.send(request);
    if (!made) return failure(made);
    const std::string key = text_at(made->body, "key");
    if (!is_jira_key(key)) return refuse("it made a ticket without telling which", request.path);
    const auto issue = issues_.read(key, view_fields);
    if (!issue) return failure(issue);
    auto view = jira_view(*issue, options_);
    if (!view) return refuse("its answer holds no ticket with a status", "/issue/" + key);
    if (jira_marker(*issue) != ticket.marker) {
      // The ticket exists, and would not be found again.
      return refuse(fmt::format("ticket {} was made without its marker: may `{}` set labels and "
                                "properties of this project's tickets?",
                                key, options_.name),
                    request.path);
    }
    view->origin = origin_of_riskd();
    return std::move(*view);
  }

  Result<TicketView> close(const std::string& key, const std::string& effect_key,
                           const RichText& comment, const std::string& seen) override {
    return change(key, effect_key, options_.close_path, comment, seen);
  }
  Result<TicketView> reopen(const std::string& key, const std::string& effect_key,
                            const RichText& comment, const std::string& seen) override {
    return change(key, effect_key, options_.reopen_path, comment, seen);
  }
  Result<StatusOrigin> origin(const TicketView& ticket) override {
    if (Status good = check_key(ticket.key); !good) return failure(good);
    return history_.origin(ticket);
  }

  Status comment(const std::string& key, const std::string& effect_key,
                 const RichText& comment) override {
    if (Status good = check_key(key); !good) return good;
    const auto view = issues_.view(key);
    if (!view) return failure(view);
    const auto said = history_.has_effect(view->key, effect_key);
    if (!said) return failure(said);
    return *said ? Status(Done{}) : say(view->key, effect_key, comment);
  }

  Status link(const std::string& key, const std::string& other) override;
  Result<TicketListing> list(const ListRequest& request) override;

 private:
  // ── making ───────────────────────────────────────────────────────────────────────────────────

  json::value new_issue(const NewTicket& ticket, const std::string& project) const {
    json::object fields;
    fields["project"] = json::object{{"key", project}};
    fields["issuetype"] = json::object{
        {"name", options_.ticket_type.empty() ? jira_default_type : options_.ticket_type}};
    fields["summary"] = jira_summary(ticket.title);
    if (options_.cloud)
      fields["description"] = to_adf(ticket.body);
    else
      fields["description"] = to_wiki(ticket.body);
    fields["labels"] = jira_labels(ticket, options_);
    if (!ticket.priority.empty()) fields["priority"] = json::object{{"name", ticket.priority}};
    json::object issue{{"fields", std::move(fields)}};
    issue["properties"] = jira_marker_property(ticket.marker);
    return issue;
  }

  // The oldest ticket with the marker, in whatever project it is now. Among those with its label may
  // be copies.
  Result<std::optional<TicketView>> find(const std::string& marker) {
    if (Status known = issues_.check_credentials(); !known) return failure(known);
    std::vector<std::string> labelled;
    const Status read = issues_.search(fmt::format("labels = \"{}\" ORDER BY created ASC",
                                                   jira_marker_label(options_.cloud, marker)),
                                       {}, [&](const json::value& issue) {
                                         const bool other =
                                             options_.cloud && jira_marker(issue) != marker;
                                         const std::string key = text_at(issue, "key");
                                         if (!other && is_jira_key(key)) labelled.push_back(key);
                                       });
    if (!read) return failure(read);
    for (const std::string& key : labelled) {
      auto issue = issues_.read(key, view_fields);
      if (!issue && issue.error().code == ErrorCode::not_found) continue;  // deleted meanwhile
      if (!issue) return failure(issue);
      if (jira_marker(*issue) != marker) continue;
      auto view = jira_view(*issue, options_);
      if (!view) return refuse("its answer holds no ticket with a status", "/issue/" + key);
      return view;
    }
    return std::optional<TicketView>();
  }

  class Collector;
  Status read_missing(const std::set<std::string>& missing, Collector& collector);
  Status project_seen(const std::string& key, std::map<std::string, bool>& seen);

  // ── changing ─────────────────────────────────────────────────────────────────────────────────

  Result<TicketView> change(const std::string& key, const std::string& effect_key,
                            const std::vector<std::string>& path, const RichText& comment,
                            const std::string& seen);
  Result<TicketView> with_origin(TicketView view, bool by_riskd);
  Status say(const std::string& key, const std::string& effect_key, const RichText& comment);
  Result<TicketView> move(const TicketView& from, const std::string& status);

  Result<RestReply> post(const std::string& ticket, std::string path, json::value body) {
    RestRequest request;
    request.method = "POST";
    request.path = std::move(path);
    request.body = std::move(body);
    request.ticket = ticket;
    return session_.send(request);
  }

  const WebTrackerOptions options_;
  const std::string root_;
  RestSession session_;
  JiraIssues issues_{session_, options_};
  JiraHistory history_{session_, issues_, options_};
  BegunEffects begun_;
};

Status JiraTracker::link(const std::string& key, const std::string& other) {
  if (Status good = check_key(key); !good) return good;
  if (Status good = check_key(other); !good) return good;
  const std::string type = options_.link_type.empty() ? jira_default_link : options_.link_type;
  const auto from = issues_.read(key, "issuelinks");
  if (!from) return failure(from);
  // A link names the key that the other ticket has now.
  const auto to = issues_.read(other, "status");
  if (!to) return failure(to);
  const std::string from_key = text_at(*from, "key"), to_key = text_at(*to, "key");
  if (from_key == to_key) return refuse("a ticket cannot relate to itself", key);
  if (jira_is_linked(*from, type, to_key)) return Done{};
  const auto made = post(key, root_ + "/issueLink",
                         json::object{{"type", json::object{{"name", type}}},
                                      {"inwardIssue", json::object{{"key", from_key}}},
                                      {"outwardIssue", json::object{{"key", to_key}}}});
  if (!made) return failure(made);
  return Done{};
}

// ── listing ──────────────────────────────────────────────────────────────────────────────────────

// Takes what searches find: each ticket once.
class JiraTracker::Collector {
 public:
  Collector(const ListRequest& request, const WebTrackerOptions& options, TicketListing& listing)
      : keys_(request.keys.begin(), request.keys.end()), options_(options), listing_(listing) {}

  // `asked_for`: a ticket that answers to one of the keys, perhaps under another one.
  void add(const json::value& issue, bool asked_for) {
    const std::string key = text_at(issue, "key");
    if (!found_.insert(key).second) return;
    auto view = jira_view(issue, options_);
    if (view) {
      if (asked_for || !view->marker.empty() || keys_.contains(key))
        listing_.tickets.push_back(std::move(*view));
    } else if (asked_for || keys_.contains(key)) {
      unreadable(key, {ErrorCode::invalid, "the ticket has no key or no status", "/issue/" + key});
    }
  }

  void unreadable(const std::string& key, Error error) {
    listing_.unreadable.push_back(std::move(error));
    listing_.unreadable_keys.push_back(key);
  }

  const std::set<std::string>& found() const { return found_; }

 private:
  const std::set<std::string> keys_;
  const WebTrackerOptions& options_;
  TicketListing& listing_;
  std::set<std::string> found_;
};

Result<TicketListing> JiraTracker::list(const ListRequest& request) {
  if (Status known = issues_.check_credentials(); !known) return failure(known);
  TicketListing listing;
  const Instant now = session_.peer_now();
  // What changed within that time may not have been found.
  listing.asked_at = Instant{now.ms - options_.settle.count()};
  Collector collector(request, options_, listing);
  std::string condition;
  const bool all = request.since.ms <= 0;
  if (!all) {
    // Rounded up, and one more: Jira cuts the minutes off.
    const std::int64_t ago = std::max<std::int64_t>(now.ms - request.since.ms, 0);
    condition = fmt::format(" AND updated >= \"-{}m\"", (ago + minute_ms - 1) / minute_ms + 1);
    const Status read = issues_.search(
        fmt::format("project in ({}){} ORDER BY key", quoted_list(options_.projects), condition),
        {}, [&](const json::value& issue) { collector.add(issue, false); });
    if (!read) return failure(read);
  }
  std::vector<std::string> keys;
  std::copy_if(request.keys.begin(), request.keys.end(), std::back_inserter(keys), is_jira_key);
  for (std::size_t begin = 0; begin < keys.size(); begin += keys_a_request) {
    const std::span<const std::string> part = std::span<const std::string>(keys).subspan(
        begin, std::min(keys_a_request, keys.size() - begin));
    const Status read = issues_.search_keys(
        condition, part, [&](const json::value& issue) { collector.add(issue, true); });
    if (!read) return failure(read);
  }
  if (!all) return listing;
  std::set<std::string> missing(keys.begin(), keys.end());
  for (const std::string& key : collector.found()) missing.erase(key);
  if (Status read = read_missing(missing, collector); !read) return failure(read);
  return listing;
}

// Moved, deleted, not to be seen any more, or not found yet by a search that is behind.
Status JiraTracker::read_missing(const std::set<std::string>& missing, Collector& collector) {
  std::map<std::string, bool> projects;
  for (const std::string& key : missing) {
    const auto issue = issues_.read(key, view_fields);
    if (issue) {
      collector.add(*issue, true);
      continue;
    }
    const ErrorCode code = issue.error().code;
    if (code == ErrorCode::not_found) {
      if (Status looked = project_seen(key, projects); !looked) return looked;
      if (projects[key.substr(0, key.find('-'))]) continue;  // deleted
    } else if (code == ErrorCode::invalid) {
      collector.unreadable(key, issue.error());
      continue;
    } else if (code != ErrorCode::forbidden) {
      return failure(issue);
    }
    collector.unreadable(key,
                         {ErrorCode::forbidden, fmt::format("ticket {} may no longer be seen", key),
                          issue.error().where});
  }
  return Done{};
}

// Of a project that may no longer be seen, all tickets answer 404.
Status JiraTracker::project_seen(const std::string& key, std::map<std::string, bool>& seen) {
  const std::string project = key.substr(0, key.find('-'));
  if (seen.contains(project)) return Done{};
  const auto reply = session_.get(root_ + "/project/" + project);
  if (!reply && reply.error().code != ErrorCode::not_found &&
      reply.error().code != ErrorCode::forbidden) {
    return failure(reply);
  }
  seen[project] = reply.has_value();
  return Done{};
}

// ── changing ─────────────────────────────────────────────────────────────────────────────────────

// Goes through the statuses that are left of `path`, and adds the comment; once for each effect. See
// status_origin.hpp.
Result<TicketView> JiraTracker::change(const std::string& key, const std::string& effect_key,
                                       const std::vector<std::string>& path,
                                       const RichText& comment, const std::string& seen) {
  if (Status good = check_key(key); !good) return failure(good);
  auto view = issues_.view(key);
  if (!view) return view;
  const auto done = history_.has_effect(view->key, effect_key);
  if (!done) return failure(done);
  if (*done) return with_origin(*view, is_end_of(path, view->status));
  if (has_moved(seen, view->status)) {
    auto now = with_origin(*view, false);
    if (!now || now->origin.actor != Actor::riskd) return now;
  }
  const std::vector<std::string> steps = steps_from(path, view->status);
  if (!steps.empty() && begun_.contains(effect_key)) return with_origin(*view, false);
  for (const std::string& status : steps) {
    view = move(*view, status);
    if (!view) return view;
  }
  begun_.insert(effect_key);
  if (Status said = say(view->key, effect_key, comment); !said) return failure(said);
  begun_.erase(effect_key);
  view = issues_.view(view->key);
  if (!view) return view;
  if (steps.empty() || !is_end_of(path, view->status)) return with_origin(*view, false);
  view->origin = origin_of_riskd();
  return view;
}

Result<TicketView> JiraTracker::with_origin(TicketView view, bool by_riskd) {
  auto origin = history_.origin(view);
  if (!origin) return failure(origin);
  view.origin = settled(std::move(*origin), by_riskd);
  return view;
}

Status JiraTracker::say(const std::string& key, const std::string& effect_key,
                        const RichText& comment) {
  if (to_plain(comment).empty()) return Done{};
  const auto noted = post(key, root_ + "/issue/" + key + "/comment",
                          jira_comment(comment, effect_key, options_.cloud));
  if (!noted) return failure(noted);
  return Done{};
}

Result<TicketView> JiraTracker::move(const TicketView& from, const std::string& status) {
  const std::string path = root_ + "/issue/" + from.key + "/transitions";
  const auto offered = session_.get(path, {{"expand", "transitions.fields"}});
  if (!offered) return failure(offered);
  const auto transition = jira_transition(offered->body, status);
  if (!transition) {
    return refuse(
        fmt::format("the workflow does not lead from `{}` to `{}` for this user; it leads "
                    "to: {}",
                    from.status, status, jira_transition_names(offered->body)),
        path);
  }
  if (!transition->required.empty()) {
    std::string names;
    for (const std::string& field : transition->required)
      names += (names.empty() ? "`" : ", `") + field + "`";
    return refuse(fmt::format("the transition `{}` requires {}, which riskd does not fill",
                              transition->name, names),
                  path);
  }
  const auto moved =
      post(from.key, path, json::object{{"transition", json::object{{"id", transition->id}}}});
  if (!moved) {
    Error error = moved.error();
    // Somebody changed it at the same time: it is looked at again.
    if (error.code == ErrorCode::conflict) error.code = ErrorCode::unavailable;
    return Unexpected<Error>(std::move(error));
  }
  auto after = issues_.view(from.key);
  if (!after || same_words(after->status, transition->to)) return after;
  return refuse(fmt::format("the transition `{}` was made, and the ticket is `{}` instead of `{}`",
                            transition->name, after->status, transition->to),
                path);
}

}  // namespace

Result<std::unique_ptr<Tracker>> open_jira_tracker(WebTrackerOptions options) {
  std::vector<std::string> projects = options.projects;
  projects.push_back(options.project);
  for (const std::string& project : projects) {
    if (!is_jira_project(project)) {
      return fail(ErrorCode::invalid,
                  fmt::format("`{}` is no key of a project of Jira, such as `SHOP`", project));
    }
  }
  if (options.projects.empty()) options.projects = {options.project};
  if (options.cloud && options.user.empty()) {
    return fail(ErrorCode::invalid,
                "Jira Cloud asks for `user`: the address of the account that the token is of");
  }
  return std::unique_ptr<Tracker>(std::make_unique<JiraTracker>(std::move(options)));
}

}  // namespace riskd::connectors
