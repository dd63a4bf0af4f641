// Azure Boards, of Azure DevOps Services and of Azure DevOps Server 2020 and later
// (https://learn.microsoft.com/en-us/rest/api/azure/devops/wit/).
//
// What shapes it:
//   - One request changes an item, with all that it holds or nothing of it, and only if it still has the
//     revision that was read (an operation `test` of `/rev`). So a state and the comment with the effect's
//     mark are one step, a person's change in between is never written over, and of a slow try and the
//     next one only one can succeed.
//   - The marker is a tag, or stands in a field that riskd alone writes: tags and fields are compared in
//     the database, words of a text in an index that is behind. A query can still be behind, where a
//     copy of the database answers it.
//   - An item that was deleted and one that may not be seen both answer 404: what was deleted lies in the
//     recycle bin.
//   - A token that is wrong is answered with a page to sign in: see AzureSession.
//   - Which states there are, and which of them end, is the process' choice: see AzureTypes.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <utility>

#include "connectors/trackers/azure_check.hpp"
#include "connectors/trackers/azure_listing.hpp"
#include "connectors/trackers/azure_reader.hpp"
#include "connectors/trackers/words.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

class AzureTracker final : public Tracker {
 public:
  explicit AzureTracker(WebTrackerOptions options)
      : options_(std::move(options)), session_(options_) {}

  std::string_view name() const override { return options_.name; }
  std::string_view kind() const override { return "azure"; }
  Instant resume_at(const std::string& key) const override { return session_.resume_at(key); }
  TrackerHealth health() const override { return session_.health(); }
  CheckReport check() override { return check_azure(session_, types_, options_); }

  Result<std::optional<TicketView>> look_for(const NewTicket& ticket) override;
  Result<TicketView> create(const NewTicket& ticket) override;
  Result<TicketView> close(const std::string& key, const std::string& effect_key,
                           const RichText& comment, const std::string& seen) override {
    return change(key, effect_key, true, comment, seen);
  }
  Result<TicketView> reopen(const std::string& key, const std::string& effect_key,
                            const RichText& comment, const std::string& seen) override {
    return change(key, effect_key, false, comment, seen);
  }
  Result<StatusOrigin> origin(const TicketView& ticket) override {
    if (Status good = check_azure_id(ticket.key); !good) return failure(good);
    const auto updates = reader_.updates(ticket.key);
    if (!updates) return failure(updates);
    return reader_.origin(*updates, ticket.state);
  }
  Status comment(const std::string& key, const std::string& effect_key,
                 const RichText& comment) override;
  Status link(const std::string& key, const std::string& other) override;
  Result<TicketListing> list(const ListRequest& request) override {
    return list_azure(session_, reader_, options_, request);
  }

 private:
  std::string type() const {
    return options_.ticket_type.empty() ? azure_default_type : options_.ticket_type;
  }

  Result<std::optional<TicketView>> find(const std::string& marker);

  Result<TicketView> change(const std::string& key, const std::string& effect_key, bool closes,
                            const RichText& comment, const std::string& seen);
  Result<std::vector<std::string>> steps(const AzureItem& item, bool closes);
  Result<AzureItem> move(const AzureItem& from, const std::string& state, const RichText& comment,
                         const std::string& effect_key);
  Result<TicketView> with_origin(TicketView view, const json::array& updates, bool by_riskd);
  Status say(const AzureItem& item, const std::string& effect_key, const RichText& comment);

  const WebTrackerOptions options_;
  AzureSession session_;
  AzureTypes types_{session_};
  AzureReader reader_{session_, types_, options_};
};

// ── making ───────────────────────────────────────────────────────────────────────────────────────

Result<std::optional<TicketView>> AzureTracker::look_for(const NewTicket& ticket) {
  auto known = find(ticket.marker);
  if (!known) return failure(known);
  if (!*known) return none_settled(ticket, options_);
  const auto updates = reader_.updates((*known)->key);
  if (!updates) return failure(updates);
  return some(with_origin(**known, *updates, !(*known)->closed.value_or(false)));
}

Result<TicketView> AzureTracker::create(const NewTicket& ticket) {
  const std::string project = project_of(ticket, options_);
  if (!is_azure_project(project))
    return refuse("this is no name of a project of Azure DevOps", project);
  if (!ticket.priority.empty() && !azure_priority(ticket.priority)) {
    return refuse(fmt::format("priorities of Azure DevOps are numbers: write `priorities = {{ {} = "
                              "\"2\" }}` into the configuration",
                              ticket.priority),
                  project);
  }
  auto known = look_for(ticket);
  if (!known) return failure(known);
  if (*known) return std::move(**known);

  const auto described = types_.of(project, type());
  if (!described) return failure(described);
  RestRequest request;
  request.method = "POST";
  request.path = azure_project_path(project) + "/_apis/wit/workitems/$" + url_escaped(type());
  if (Status ready = ticket.ready(); !ready) return failure(ready);
  const auto made = session_.patch(
      request, azure_new_item(ticket, options_,
                              described->has_field(azure_repro_steps) ? azure_repro_steps
                                                                      : "System.Description"));
  if (!made) return failure(made);
  auto item = reader_.item_in(*made, request.path);
  if (!item) return failure(item);
  if (item->view.marker != ticket.marker) {
    // The ticket exists, and would not be found again.
    return refuse(
        fmt::format("ticket {} was made without its marker: does a rule of the process change {}?",
                    item->view.key, options_.marker_field.empty() ? "tags" : options_.marker_field),
        request.path);
  }
  item->view.origin = origin_of_riskd();
  return std::move(item->view);
}

// The oldest ticket with the marker, in whatever project it is now.
Result<std::optional<TicketView>> AzureTracker::find(const std::string& marker) {
  const std::string text = azure_quoted(marker_text(marker));
  const auto ids = reader_.query("", options_.marker_field.empty()
                                         ? "[System.Tags] CONTAINS " + text
                                         : "[" + options_.marker_field + "] = " + text);
  if (!ids) return failure(ids);
  for (const std::string& id : *ids) {
    auto item = reader_.read(id);
    if (!item && item.error().code == ErrorCode::not_found) continue;  // deleted meanwhile
    if (!item) return failure(item);
    if (item->view.marker == marker) return std::optional(std::move(item->view));
  }
  return std::optional<TicketView>();
}

// ── changing ─────────────────────────────────────────────────────────────────────────────────────

// The states that are still to be set.
Result<std::vector<std::string>> AzureTracker::steps(const AzureItem& item, bool closes) {
  const std::vector<std::string>& path = closes ? options_.close_path : options_.reopen_path;
  if (!path.empty()) return steps_from(path, item.view.state);
  if (item.view.closed == closes) return std::vector<std::string>();
  const auto type = types_.of(item.project, item.type);
  if (!type) return failure(type);
  auto state = type->target(item.view.state, closes);
  if (!state) {
    return refuse(fmt::format("a `{}` of `{}` has no state to {} it: name one in `transitions`",
                              item.type, item.project, closes ? "close" : "open"),
                  azure_item_path(item.view.key));
  }
  return std::vector<std::string>{std::move(*state)};
}

// Goes through the states that are left, the last one together with the comment; once for each effect. See
// status_origin.hpp.
Result<TicketView> AzureTracker::change(const std::string& key, const std::string& effect_key,
                                        bool closes, const RichText& comment,
                                        const std::string& seen) {
  if (Status good = check_azure_id(key); !good) return failure(good);
  auto item = reader_.read(key);
  if (!item) return failure(item);
  const auto updates = reader_.updates(key);
  if (!updates) return failure(updates);
  if (azure_has_effect(*updates, effect_key))
    return with_origin(item->view, *updates, item->view.closed == closes);
  if (has_moved(seen, item->view.state)) {
    auto moved = with_origin(item->view, *updates, false);
    if (!moved || moved->origin.actor != Actor::riskd) return moved;
  }
  const auto left = steps(*item, closes);
  if (!left) return failure(left);
  if (left->empty()) {
    if (Status said = say(*item, effect_key, comment); !said) return failure(said);
    return with_origin(std::move(item->view), *updates, false);
  }
  for (std::size_t i = 0; i < left->size(); ++i) {
    const bool last = i + 1 == left->size();
    item = move(*item, (*left)[i], last ? comment : RichText(), effect_key);
    if (!item) return failure(item);
  }
  item->view.origin = origin_of_riskd();
  return std::move(item->view);
}

Result<TicketView> AzureTracker::with_origin(TicketView view, const json::array& updates,
                                             bool by_riskd) {
  auto origin = reader_.origin(updates, view.state);
  if (!origin) return failure(origin);
  view.origin = settled(std::move(*origin), by_riskd);
  return view;
}

Result<AzureItem> AzureTracker::move(const AzureItem& from, const std::string& state,
                                     const RichText& comment, const std::string& effect_key) {
  json::array operations{azure_add("System.State", state)};
  if (!to_plain(comment).empty())
    operations.push_back(azure_add("System.History", azure_comment(comment, effect_key)));
  const std::string path = azure_item_path(from.view.key);
  const auto changed = session_.change(from.view.key, from.revision, std::move(operations));
  if (!changed) {
    Error error = changed.error();
    if (error.code == ErrorCode::invalid) {
      error.message = fmt::format("from `{}` to `{}`: {}", from.view.state, state, error.message);
    }
    return Unexpected<Error>(std::move(error));
  }
  auto item = reader_.item_in(*changed, path);
  if (!item || same_words(item->view.state, state)) return item;
  return refuse(fmt::format("the state `{}` was set, and the ticket is `{}`: does a rule of the "
                            "process change it?",
                            state, item->view.state),
                path);
}

Status AzureTracker::say(const AzureItem& item, const std::string& effect_key,
                         const RichText& comment) {
  if (to_plain(comment).empty()) return Done{};
  const auto said =
      session_.change(item.view.key, item.revision,
                      {azure_add("System.History", azure_comment(comment, effect_key))});
  return said ? Status(Done{}) : Unexpected<Error>(said.error());
}

Status AzureTracker::comment(const std::string& key, const std::string& effect_key,
                             const RichText& comment) {
  if (Status good = check_azure_id(key); !good) return good;
  const auto item = reader_.read(key);
  if (!item) return failure(item);
  const auto updates = reader_.updates(key);
  if (!updates) return failure(updates);
  return azure_has_effect(*updates, effect_key) ? Status(Done{}) : say(*item, effect_key, comment);
}

Status AzureTracker::link(const std::string& key, const std::string& other) {
  if (Status good = check_azure_id(key); !good) return good;
  if (Status good = check_azure_id(other); !good) return good;
  if (key == other) return fail(ErrorCode::invalid, "a ticket cannot relate to itself", key);
  const std::string type = options_.link_type.empty() ? azure_default_link : options_.link_type;
  const std::string path = azure_item_path(key);
  const auto linked = [&]() -> Result<json::value> {
    return session_.get(path, {{"$expand", "relations"}});
  };
  const auto known = linked();
  if (!known) return failure(known);
  if (azure_is_linked(*known, type, other)) return Done{};
  const json::value* revision = member(*known, "rev");
  if (revision == nullptr || !revision->is_int64())
    return refuse("its answer holds no work item with a revision", path);
  const json::object relation{{"rel", type},
                              {"url", options_.url + "/_apis/wit/workItems/" + other}};
  const auto made =
      session_.change(key, revision->get_int64(),
                      {json::object{{"op", "add"}, {"path", "/relations/-"}, {"value", relation}}});
  if (made) return Done{};
  // An earlier try that was only slow may have made it meanwhile: links do not count as revisions.
  if (made.error().code == ErrorCode::invalid) {
    if (const auto now = linked(); now && azure_is_linked(*now, type, other)) return Done{};
  }
  return failure(made);
}

}  // namespace

Result<std::unique_ptr<Tracker>> open_azure_tracker(WebTrackerOptions options) {
  if (options.token.empty())
    return fail(ErrorCode::invalid, "Azure DevOps needs a token: a personal access token");
  std::vector<std::string> projects = options.projects;
  projects.push_back(options.project);
  for (const std::string& project : projects) {
    if (!is_azure_project(project)) {
      return fail(ErrorCode::invalid,
                  fmt::format("`{}` is no name of a project of Azure DevOps", project));
    }
  }
  if (options.projects.empty()) options.projects = {options.project};
  if (!options.marker_field.empty() && !is_azure_field(options.marker_field)) {
    return fail(ErrorCode::invalid,
                fmt::format("`{}` is no reference name of a field, such as `Custom.Riskd`",
                            options.marker_field));
  }
  options.label = azure_tag(options.label);
  if (options.label.empty()) options.label = azure_default_label;
  return std::unique_ptr<Tracker>(std::make_unique<AzureTracker>(std::move(options)));
}

}  // namespace riskd::connectors
