// Redmine 4.2 and later, over its REST interface (https://www.redmine.org/projects/redmine/wiki/Rest_api).
//
// Behaviour that its documentation does not describe, and how it is met here:
//   - A change of status that the workflow forbids is answered with 204, and nothing changes: every
//     change is read back.
//   - An unknown tracker or status in a new ticket is replaced by another one: names are looked up first.
//   - A listing without valid credentials is 200 and empty: the account is asked for first, and a ticket
//     that is missing from a listing is asked for by its number before it counts as deleted.
//   - Two equal POSTs make two tickets: the marker is looked for before.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <set>
#include <utility>

#include "connectors/trackers/markdown.hpp"
#include "connectors/trackers/redmine_check.hpp"
#include "connectors/trackers/redmine_reader.hpp"
#include "connectors/trackers/status_origin.hpp"
#include "connectors/trackers/text_blocks.hpp"
#include "connectors/trackers/textile.hpp"
#include "connectors/trackers/web_session.hpp"
#include "connectors/trackers/web_tracker.hpp"
#include "connectors/trackers/words.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::size_t subject_bytes = 250;  // Redmine: 255 characters

class RedmineTracker final : public Tracker {
 public:
  explicit RedmineTracker(WebTrackerOptions options)
      : options_(std::move(options)),
        session_(*options_.http, rest_options(options_, {{"X-Redmine-API-Key", options_.token}})) {}

  std::string_view name() const override { return options_.name; }
  std::string_view kind() const override { return "redmine"; }
  Instant resume_at(const std::string& key) const override { return session_.resume_at(key); }
  TrackerHealth health() const override { return session_.health(); }

  Result<std::optional<TicketView>> look_for(const NewTicket& ticket) override {
    auto known = find(project_of(ticket, options_), ticket.marker);
    if (!known) return failure(known);
    if (*known) return some(found(std::move(**known)));
    return none_settled(ticket, options_);
  }

  Result<TicketView> create(const NewTicket& ticket) override {
    auto known = look_for(ticket);
    if (!known) return failure(known);
    if (*known) return std::move(**known);

    const std::string project = project_of(ticket, options_);
    json::object issue;
    issue["project_id"] = project;
    issue["subject"] = cut_text(to_plain_line(ticket.title), subject_bytes);
    issue["description"] = description(ticket);
    if (!options_.ticket_type.empty()) {
      const auto type =
          id_of(types_, "/trackers.json", "trackers", options_.ticket_type, "tracker");
      if (!type) return failure(type);
      issue["tracker_id"] = *type;
    }
    if (!ticket.priority.empty()) {
      const auto priority = id_of(priorities_, "/enumerations/issue_priorities.json",
                                  "issue_priorities", ticket.priority, "priority");
      if (!priority) return failure(priority);
      issue["priority_id"] = *priority;
    }
    if (!options_.marker_field.empty()) {
      const auto field = marker_field_id(project);
      if (!field) return failure(field);
      issue["custom_fields"] =
          json::array{json::object{{"id", *field}, {"value", marker_text(ticket.marker)}}};
    }
    RestRequest request;
    request.method = "POST";
    request.path = "/issues.json";
    request.body = json::object{{"issue", std::move(issue)}};
    if (Status ready = ticket.ready(); !ready) return failure(ready);
    const auto made = session_.send(request);
    if (!made) return failure(made);
    const json::value* answer = member(made->body, "issue");
    if (answer == nullptr) return refuse("it made a ticket without telling which", "/issues.json");
    TicketView view = reader_.view_of(*answer);
    if (view.marker != ticket.marker) {
      // The ticket exists, and would not be found again.
      return refuse(fmt::format("ticket {} was made without its marker: can `{}` write the field "
                                "`{}` of this project's tickets?",
                                view.key, options_.name, options_.marker_field),
                    "/issues/" + view.key);
    }
    return with_origin(std::move(view), origin_of_riskd());
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
    const auto issue = reader_.read(ticket.key, "journals");
    if (!issue) return failure(issue);
    return reader_.origin(*issue, ticket.status);
  }
  Status comment(const std::string& key, const std::string& effect_key,
                 const RichText& comment) override {
    if (Status good = check_key(key); !good) return good;
    const auto issue = reader_.read(key, "journals");
    if (!issue) return failure(issue);
    return has_effect(*issue, effect_key) ? Status(Done{}) : say(key, effect_key, comment);
  }

  Status link(const std::string& key, const std::string& other) override {
    if (Status good = check_key(key); !good) return good;
    if (Status good = check_key(other); !good) return good;
    if (key == other) return fail(ErrorCode::invalid, "a ticket cannot relate to itself", key);
    const auto linked = is_linked(key, other);
    if (!linked) return failure(linked);
    if (*linked) return Done{};
    RestRequest request;
    request.method = "POST";
    request.path = "/issues/" + key + "/relations.json";
    request.ticket = key;
    request.body = json::object{
        {"relation", json::object{{"issue_to_id", other},
                                  {"relation_type",
                                   options_.link_type.empty() ? "relates" : options_.link_type}}}};
    const auto made = session_.send(request);
    if (made) return Done{};
    // An earlier try that was only slow may have made it meanwhile.
    if (made.error().code == ErrorCode::invalid) {
      if (const auto now = is_linked(key, other); now && *now) return Done{};
    }
    return failure(made);
  }

  Result<TicketListing> list(const ListRequest& request) override {
    if (Status known = reader_.check_credentials(); !known) return failure(known);
    TicketListing listing;
    listing.asked_at = session_.peer_now();
    const std::set<std::string> keys(request.keys.begin(), request.keys.end());
    const auto add = [&](const json::value& issue) {
      TicketView view = reader_.view_of(issue);
      if (!view.marker.empty() || keys.contains(view.key))
        listing.tickets.push_back(std::move(view));
    };
    if (request.since.ms > 0) {
      const Instant from{request.since.ms / 1000 * 1000};
      for (const std::string& project : options_.projects) {
        const Status read = reader_.each_issue({{"project_id", project},
                                                {"status_id", "*"},
                                                {"updated_on", ">=" + to_string(from)},
                                                {"sort", "id"}},
                                               add);
        if (!read) return failure(read);
      }
    } else if (Status read = reader_.each_of_keys(request.keys, listing, add); !read) {
      return failure(read);
    }
    if (Status filled = reader_.statuses().fill_closed(listing.tickets); !filled)
      return failure(filled);
    return listing;
  }

  CheckReport check() override { return check_redmine(session_, options_); }

 private:
  static Status check_key(const std::string& key) {
    if (is_redmine_number(key)) return Done{};
    return refuse("this is no key of a ticket of Redmine: those are numbers", key);
  }

  Result<bool> is_linked(const std::string& key, const std::string& other) {
    const auto known = session_.get("/issues/" + key + "/relations.json");
    if (!known) return failure(known);
    for (const json::value& each : array_at(known->body, "relations")) {
      const std::string from = text_at(each, "issue_id"), to = text_at(each, "issue_to_id");
      if ((from == key && to == other) || (from == other && to == key)) return true;
    }
    return false;
  }

  std::string rendered(const RichText& text) const {
    return options_.markup == "markdown" ? to_markdown(text) : to_textile(text);
  }

  std::string description(const NewTicket& ticket) const {
    std::string text = rendered(ticket.body);
    std::string labels;
    for (const std::string& label : ticket.labels) labels += (labels.empty() ? "" : ", ") + label;
    if (!labels.empty()) text += "\n\nLabels: " + labels;
    if (options_.marker_field.empty()) text += "\n\n" + marker_text(ticket.marker);
    return text;
  }

  // The oldest ticket with the marker.
  Result<std::optional<TicketView>> find(const std::string& project, const std::string& marker) {
    if (Status known = reader_.check_credentials(); !known) return failure(known);
    Query query{{"project_id", project}, {"sort", "id"}};
    if (options_.marker_field.empty()) {
      query.insert(query.end(), {{"f[]", "status_id"},
                                 {"op[status_id]", "*"},
                                 {"f[]", "description"},
                                 {"op[description]", "~"},
                                 {"v[description][]", marker_text(marker)}});
    } else {
      const auto field = marker_field_id(project);
      if (!field) return failure(field);
      query.insert(query.end(), {{"status_id", "*"}, {"cf_" + *field, marker_text(marker)}});
    }
    std::optional<TicketView> found;
    const Status read = reader_.each_issue(query, [&](const json::value& issue) {
      TicketView view = reader_.view_of(issue);
      if (!found && view.marker == marker) found = std::move(view);
    });
    if (!read) return failure(read);
    return found;
  }

  // Goes through the statuses that are left of `path`, and adds the comment; once for each effect. See
  // status_origin.hpp.
  Result<TicketView> change(const std::string& key, const std::string& effect_key,
                            const std::vector<std::string>& path, const RichText& comment,
                            const std::string& seen) {
    if (Status good = check_key(key); !good) return failure(good);
    const auto issue = reader_.read(key, "journals");
    if (!issue) return failure(issue);
    TicketView view = reader_.view_of(*issue);
    const std::vector<std::string> steps = steps_from(path, view.status);
    const bool done = has_effect(*issue, effect_key);
    const bool moved_back = !steps.empty() && begun_.contains(effect_key);
    if (done || moved_back || has_moved(seen, view.status)) {
      auto origin = reader_.origin(*issue, view.status);
      if (!origin) return failure(origin);
      *origin = settled(std::move(*origin), done && is_end_of(path, view.status));
      if (done || moved_back || origin->actor != Actor::riskd)
        return with_origin(std::move(view), std::move(*origin));
    }
    for (const std::string& status : steps) {
      auto next = move(key, view.status, status);
      if (!next) return next;
      view = std::move(*next);
    }
    begun_.insert(effect_key);
    if (Status said = say(key, effect_key, comment); !said) return failure(said);
    begun_.erase(effect_key);
    const auto after = reader_.read(key, "journals");
    if (!after) return failure(after);
    view = reader_.view_of(*after);
    if (!steps.empty() && is_end_of(path, view.status))
      return with_origin(std::move(view), origin_of_riskd());
    auto origin = reader_.origin(*after, view.status);
    if (!origin) return failure(origin);
    return with_origin(std::move(view), settled(std::move(*origin), false));
  }

  Status say(const std::string& key, const std::string& effect_key, const RichText& comment) {
    if (to_plain(comment).empty()) return Done{};
    return put(key, {{"notes", rendered(comment) + "\n\n" + effect_mark(effect_key)}});
  }

  static bool has_effect(const json::value& issue, const std::string& effect_key) {
    const json::array& journals = array_at(issue, "journals");
    return std::any_of(journals.begin(), journals.end(), [&](const json::value& journal) {
      return has_effect_mark(text_at(journal, "notes"), effect_key);
    });
  }

  Result<TicketView> with_origin(TicketView view, StatusOrigin origin) {
    view.origin = std::move(origin);
    std::vector<TicketView> views{std::move(view)};
    if (Status done = reader_.statuses().fill_closed(views); !done) return failure(done);
    return std::move(views.front());
  }

  // A ticket that was made before.
  Result<TicketView> found(TicketView view) {
    auto filled = origin(view);
    if (!filled) return failure(filled);
    auto known = with_origin(std::move(view), std::move(*filled));
    if (known) known->origin = settled(std::move(known->origin), !known->closed.value_or(false));
    return known;
  }

  Status put(const std::string& key, json::object change) {
    RestRequest request;
    request.method = "PUT";
    request.path = "/issues/" + key + ".json";
    request.ticket = key;
    request.body = json::object{{"issue", std::move(change)}};
    const auto reply = session_.send(request);
    if (!reply) return failure(reply);
    return Done{};
  }

  Result<TicketView> move(const std::string& key, const std::string& from, const std::string& to) {
    const auto id = reader_.statuses().id_of(to);
    if (!id) return failure(id);
    if (Status done = put(key, {{"status_id", *id}}); !done) return failure(done);
    const auto after = reader_.read(key, "allowed_statuses");
    if (!after) return failure(after);
    TicketView view = reader_.view_of(*after);
    if (same_words(view.status, to)) return view;
    std::string allowed;
    for (const json::value& each : array_at(*after, "allowed_statuses"))
      allowed += (allowed.empty() ? "`" : ", `") + text_at(each, "name") + "`";
    return refuse(fmt::format("the workflow does not lead from `{}` to `{}` for this user{}", from,
                              to, allowed.empty() ? "" : "; it leads to: " + allowed),
                  "/issues/" + key);
  }

  // The id of the thing with this name; Redmine is asked again where it is not known.
  Result<std::string> id_of(Named& known, const std::string& path, std::string_view list,
                            const std::string& wanted, std::string_view what) {
    if (const std::string* id = find_named(known, wanted)) return *id;
    const auto reply = session_.get(path);
    if (!reply) return failure(reply);
    known = named_in(reply->body, list);
    if (const std::string* id = find_named(known, wanted)) return *id;
    return has_none(what, wanted, known, path);
  }

  Result<std::string> marker_field_id(const std::string& project) {
    Named& fields = fields_[project];
    if (const std::string* id = find_named(fields, options_.marker_field)) return *id;
    const std::string path = "/projects/" + url_escaped(project) + ".json";
    const auto reply = session_.get(path, {{"include", "issue_custom_fields"}});
    if (!reply) return failure(reply);
    if (const json::value* described = member(reply->body, "project"))
      fields = named_in(*described, "issue_custom_fields");
    if (const std::string* id = find_named(fields, options_.marker_field)) return *id;
    return refuse(
        fmt::format("its project `{}` has no custom field `{}` that may be seen; it has: {}",
                    project, options_.marker_field, names_of(fields)),
        path);
  }

  const WebTrackerOptions options_;
  RestSession session_;
  RedmineReader reader_{session_, options_};
  BegunEffects begun_;
  Named types_, priorities_;
  std::map<std::string, Named> fields_;  // of each project
};

}  // namespace

Result<std::unique_ptr<Tracker>> open_redmine_tracker(WebTrackerOptions options) {
  if (options.token.empty()) return fail(ErrorCode::invalid, "Redmine needs a token: an API key");
  if (options.project.empty()) {
    return fail(ErrorCode::invalid, "Redmine needs `project`: the project's identifier");
  }
  return std::unique_ptr<Tracker>(std::make_unique<RedmineTracker>(std::move(options)));
}

}  // namespace riskd::connectors
