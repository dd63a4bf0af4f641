// GitLab 13.4 and later, issues over REST v4 (docs.gitlab.com/ee/api/rest). See gitlab_reader.cpp for
// what shapes its reading; and
//   - What may not be seen is 404, as what was deleted (docs.gitlab.com/ee/api/issues.html): a project
//     that cannot be read, or has its issues switched off, says nothing of its tickets.
//   - A line that begins with `/close` in a description or a comment closes the ticket: see markdown.cpp
//     (docs.gitlab.com/ee/user/project/quick_actions.html).
#include "connectors/trackers/gitlab.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <utility>

#include "connectors/trackers/gitlab_history.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/web_session.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::size_t iids_a_request =
    50;  // their numbers are in the address, whose length is limited

class GitlabTracker final : public Tracker {
 public:
  explicit GitlabTracker(WebTrackerOptions options)
      : options_(std::move(options)), session_(*options_.http, session_options(options_)) {}

  std::string_view name() const override { return options_.name; }
  std::string_view kind() const override { return "gitlab"; }
  Instant resume_at(const std::string& key) const override { return session_.resume_at(key); }
  TrackerHealth health() const override { return session_.health(); }
  CheckReport check() override { return check_gitlab(session_, options_); }

  Result<std::optional<TicketView>> look_for(const NewTicket& ticket) override {
    const std::string project = project_of(ticket, options_);
    if (!is_gitlab_project(project)) return refuse("this is no project of GitLab", project);
    auto known = reader_.find(project, ticket.marker);
    if (!known) return failure(known);
    if (*known) return some(with_origin(**known, (*known)->view.state == "open"));
    return none_settled(ticket, options_);
  }

  Result<TicketView> create(const NewTicket& ticket) override {
    auto known = look_for(ticket);
    if (!known) return failure(known);
    if (*known) return std::move(**known);

    const std::string project = project_of(ticket, options_);
    RestRequest request;
    request.method = "POST";
    request.path = gitlab_project_path(project) + "/issues";
    request.body =
        json::object{{"title", gitlab_title(ticket.title)},
                     {"description", gitlab_description(ticket.body, ticket.marker)},
                     {"labels", gitlab_labels(options_.label, ticket.labels, ticket.priority)}};
    if (Status ready = ticket.ready(); !ready) return failure(ready);
    const auto made = reader_.ask(request);
    if (!made) return failure(made);
    TicketView view = gitlab_view(*made, project);
    if (view.marker != ticket.marker) {
      // The ticket exists, and would not be found again.
      return refuse(fmt::format("ticket {} was made without its marker: is something changing "
                                "descriptions there?",
                                view.key),
                    request.path);
    }
    view.origin = origin_of_riskd();
    return view;
  }

  Result<TicketView> close(const std::string& key, const std::string& effect_key,
                           const RichText& comment, const std::string& seen) override {
    return change(key, effect_key, {"close", "closed"}, comment, seen);
  }
  Result<TicketView> reopen(const std::string& key, const std::string& effect_key,
                            const RichText& comment, const std::string& seen) override {
    return change(key, effect_key, {"reopen", "open"}, comment, seen);
  }
  Result<StatusOrigin> origin(const TicketView& ticket) override {
    const auto place = place_of(ticket.key);
    if (!place) return failure(place);
    return history_.origin(*place, ticket.state);
  }
  Status comment(const std::string& key, const std::string& effect_key,
                 const RichText& comment) override {
    const auto place = place_of(key);
    if (!place) return failure(place);
    const auto said = history_.has_effect(place->key, effect_key);
    if (!said) return failure(said);
    return *said ? Status(Done{}) : say(place->key, key, effect_key, comment);
  }

  Status link(const std::string& key, const std::string& other) override {
    const auto from = parsed(key);
    if (!from) return failure(from);
    const auto to = parsed(other);
    if (!to) return failure(to);
    if (same_words(key, other))
      return fail(ErrorCode::invalid, "a ticket cannot relate to itself", key);
    RestRequest request;
    request.path = gitlab_issue_path(*from) + "/links";
    // All at once: the list of links has no pages (docs.gitlab.com/ee/api/issue_links.html).
    const auto known = session_.get(request.path);
    if (!known) return failure(known);
    if (!known->body.is_array())
      return refuse(gitlab_is_not("list of links", *known), request.path);
    for (const json::value& each : known->body.get_array()) {
      if (is_same(each, *to)) return Done{};
    }
    request.method = "POST";
    request.ticket = key;
    request.body =
        json::object{{"target_project_id", to->project},
                     {"target_issue_iid", to->iid},
                     {"link_type", options_.link_type.empty() ? "relates_to" : options_.link_type}};
    const auto made = session_.send(request);
    // 409: it is there; two tickets have one link at most.
    if (!made && made.error().code != ErrorCode::conflict) return failure(made);
    if (made && made->status >= 300) return refuse(gitlab_is_not("link", *made), request.path);
    return Done{};
  }

  Result<TicketListing> list(const ListRequest& request) override {
    const Instant began = options_.clock();
    Listing listing(request.keys);
    const Status read = request.since.ms > 0 ? read_changes(request.since, listing)
                                             : read_keys(request.keys, listing);
    if (!read) return failure(read);
    // GitLab's clock is known once it has answered.
    listing.found.asked_at = {session_.peer_now().ms - (options_.clock().ms - began.ms)};
    return std::move(listing.found);
  }

 private:
  // A listing while it is made.
  struct Listing {
    explicit Listing(const std::vector<std::string>& known) : keys(known.begin(), known.end()) {}

    void add(TicketView view) {
      if (view.marker.empty() && !keys.contains(view.key)) return;
      if (added.insert(view.key).second) found.tickets.push_back(std::move(view));
    }
    void unreadable(const std::string& key, Error error) {
      found.unreadable.push_back(std::move(error));
      found.unreadable_keys.push_back(key);
    }

    const std::set<std::string> keys;
    std::set<std::string> added;
    TicketListing found;
  };

  static RestOptions session_options(const WebTrackerOptions& options) {
    RestOptions rest = rest_options(options, {{"PRIVATE-TOKEN", options.token}});
    rest.url += "/api/v4";
    return rest;
  }

  static Result<GitlabKey> parsed(const std::string& key) {
    if (auto parts = parse_gitlab_key(key)) return std::move(*parts);
    return refuse("this is no key of a ticket of GitLab: those are as `group/shop#12`", key);
  }

  static bool is_same(const json::value& issue, const GitlabKey& key) {
    if (text_at(issue, "iid") != key.iid) return false;
    if (is_gitlab_number(key.project)) return text_at(issue, "project_id") == key.project;
    return same_words(gitlab_view(issue, "").key, key.project + "#" + key.iid);
  }

  // ── listings ───────────────────────────────────────────────────────────────────────────────────

  Status visit(const json::value& issue, const std::string& project, Listing& listing) {
    const GitlabKey asked{project, text_at(issue, "iid")};
    if (!is_gitlab_number(asked.iid)) {
      listing.found.unreadable.push_back(
          {ErrorCode::invalid, "a ticket in the list has no number", gitlab_project_path(project)});
      return Done{};
    }
    TicketView view = gitlab_view(issue, project);
    // As it is known, where the project goes by its number, or was written otherwise.
    const std::string known = project + "#" + asked.iid;
    if (listing.keys.contains(known)) view.key = known;
    if (gitlab_moved_to(issue).empty()) {
      listing.add(std::move(view));
      return Done{};
    }
    if (view.marker.empty() && !listing.keys.contains(view.key)) return Done{};
    auto place = reader_.followed(issue, asked);
    if (place) {
      listing.add(std::move(place->view));
    } else if (place.error().code == ErrorCode::unavailable) {
      return failure(place);
    } else {
      listing.unreadable(view.key, place.error());
    }
    return Done{};
  }

  // Collected first: following a moved ticket asks again in between.
  template <typename Ask>
  Status visit_all(const std::string& project, Listing& listing, const Ask& ask_for,
                   std::set<std::string>* seen = nullptr) {
    std::vector<json::value> issues;
    if (Status read = ask_for([&](const json::value& issue) {
          issues.push_back(issue);
          return true;
        });
        !read) {
      return read;
    }
    for (const json::value& issue : issues) {
      if (seen != nullptr) seen->insert(text_at(issue, "iid"));
      if (Status done = visit(issue, project, listing); !done) return done;
    }
    return Done{};
  }

  Status read_changes(Instant since, Listing& listing) {
    std::set<std::string> projects(options_.projects.begin(), options_.projects.end());
    for (const std::string& key : listing.keys) {
      if (const auto parts = parse_gitlab_key(key)) projects.insert(parts->project);
    }
    const std::string from = to_string(Instant{since.ms / 1000 * 1000});
    for (const std::string& project : projects) {
      if (!is_gitlab_project(project)) return refuse("this is no project of GitLab", project);
      const Status read = visit_all(project, listing, [&](const auto& take) {
        return reader_.each_issue(project, {{"scope", "all"}, {"updated_after", from}}, take);
      });
      if (read) continue;
      if (concerns_all(read.error())) return read;
      listing.found.unreadable.push_back(read.error());
    }
    return Done{};
  }

  // GitLab is away, or does not know who asks. Otherwise a project does not hide the others.
  static bool concerns_all(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::forbidden;
  }

  Status read_keys(const std::vector<std::string>& keys, Listing& listing) {
    std::map<std::string, std::vector<std::string>> iids;
    for (const std::string& key : keys) {
      if (const auto parts = parsed(key))
        iids[parts->project].push_back(parts->iid);
      else
        listing.unreadable(key, parts.error());
    }
    for (const auto& [project, of_project] : iids) {
      const Status read = read_project(project, of_project, listing);
      if (read) continue;
      if (concerns_all(read.error())) return read;
      for (const std::string& iid : of_project) {
        const std::string key = project + "#" + iid;
        if (!listing.added.contains(key)) listing.unreadable(key, read.error());
      }
    }
    return Done{};
  }

  Status read_project(const std::string& project, const std::vector<std::string>& iids,
                      Listing& listing) {
    std::set<std::string> seen;
    for (std::size_t begin = 0; begin < iids.size(); begin += iids_a_request) {
      Query query{{"scope", "all"}};
      for (std::size_t i = begin; i < std::min(iids.size(), begin + iids_a_request); ++i)
        query.emplace_back("iids[]", iids[i]);
      const Status read = visit_all(
          project, listing,
          [&](const auto& take) { return reader_.each_issue(project, query, take); }, &seen);
      if (!read) return read;
    }
    std::vector<std::string> missing;
    std::copy_if(iids.begin(), iids.end(), std::back_inserter(missing),
                 [&](const std::string& iid) { return !seen.contains(iid); });
    return missing.empty() ? Status(Done{}) : read_missing(project, missing, listing);
  }

  // One by one: what is not there either was deleted, if the project shows its issues at all.
  Status read_missing(const std::string& project, const std::vector<std::string>& iids,
                      Listing& listing) {
    const auto described = session_.get(gitlab_project_path(project));
    if (!described) return failure(described);
    if (!described->body.is_object()) return refuse(gitlab_is_not("project", *described), project);
    if (!gitlab_issues_are_on(described->body))
      return refuse("the project's issues are switched off", project);
    for (const std::string& iid : iids) {
      const auto issue = reader_.issue({project, iid});
      if (!issue && issue.error().code == ErrorCode::not_found) continue;
      if (!issue && issue.error().code == ErrorCode::unavailable) return failure(issue);
      if (!issue) {
        listing.unreadable(project + "#" + iid, issue.error());
      } else if (Status done = visit(*issue, project, listing); !done) {
        return done;
      }
    }
    return Done{};
  }

  // ── changes ────────────────────────────────────────────────────────────────────────────────────

  struct State {
    std::string event, state;  // what sets it, and what it is then
  };

  Result<GitlabReader::Place> place_of(const std::string& key) {
    const auto asked = parsed(key);
    if (!asked) return failure(asked);
    const auto issue = reader_.issue(*asked);
    if (!issue) return failure(issue);
    return reader_.followed(*issue, *asked);
  }

  // Sets the state, where it is another one, and adds the comment; once for each effect. See
  // status_origin.hpp.
  Result<TicketView> change(const std::string& key, const std::string& effect_key,
                            const State& wanted, const RichText& comment, const std::string& seen) {
    auto place = place_of(key);
    if (!place) return failure(place);
    const auto done = history_.has_effect(place->key, effect_key);
    if (!done) return failure(done);
    if (*done) return with_origin(*place, place->view.state == wanted.state);
    if (has_moved(seen, place->view.state)) {
      auto moved = with_origin(*place, false);
      if (!moved || moved->origin.actor != Actor::riskd) return moved;
    }
    const bool sets = place->view.state != wanted.state;
    if (sets && begun_.contains(effect_key)) return with_origin(*place, false);
    if (sets) {
      auto view = set_state(place->key, key, wanted);
      if (!view) return view;
      begun_.insert(effect_key);
      place->view = std::move(*view);
    }
    if (Status said = say(place->key, key, effect_key, comment); !said) return failure(said);
    begun_.erase(effect_key);
    if (!sets) return with_origin(*place, false);
    place->view.origin = origin_of_riskd();
    return std::move(place->view);
  }

  // `by_riskd`: where GitLab does not say who it was.
  Result<TicketView> with_origin(GitlabReader::Place place, bool by_riskd) {
    auto origin = history_.origin(place, place.view.state);
    if (!origin) return failure(origin);
    place.view.origin = settled(std::move(*origin), by_riskd);
    return std::move(place.view);
  }

  // `key`: as the ticket is known.
  Status say(const GitlabKey& place, const std::string& key, const std::string& effect_key,
             const RichText& comment) {
    if (to_plain(comment).empty()) return Done{};
    RestRequest request;
    request.method = "POST";
    request.path = gitlab_issue_path(place) + "/notes";
    request.ticket = key;
    request.body =
        json::object{{"body", gitlab_markdown(comment) + "\n\n" + hidden_effect_mark(effect_key)}};
    const auto noted = session_.send(request);
    if (!noted) return failure(noted);
    if (noted->status >= 300) return refuse(gitlab_is_not("comment", *noted), request.path);
    return Done{};
  }

  Result<TicketView> set_state(const GitlabKey& place, const std::string& key,
                               const State& wanted) {
    RestRequest request;
    request.method = "PUT";
    request.path = gitlab_issue_path(place);
    request.ticket = key;
    request.body = json::object{{"state_event", wanted.event}};
    const auto issue = reader_.ask(request);
    if (!issue) return failure(issue);
    TicketView view = gitlab_view(*issue, place.project);
    if (view.state == wanted.state) return view;
    return refuse(
        fmt::format("it stays `{}`: may this token's user {} it?", view.state, wanted.event),
        request.path);
  }

  const WebTrackerOptions options_;
  RestSession session_;
  GitlabReader reader_{session_, options_};
  GitlabHistory history_{session_, reader_};
  BegunEffects begun_;
};

}  // namespace

Result<std::unique_ptr<Tracker>> open_gitlab_tracker(WebTrackerOptions options) {
  if (options.token.empty())
    return fail(ErrorCode::invalid, "GitLab needs a token: an access token of scope `api`");
  if (!is_gitlab_project(options.project)) {
    return fail(ErrorCode::invalid,
                "GitLab needs `project`: its path, as in `group/shop`, or its number");
  }
  if (gitlab_label(options.label).empty()) options.label = "riskd";
  return std::unique_ptr<Tracker>(std::make_unique<GitlabTracker>(std::move(options)));
}

}  // namespace riskd::connectors
