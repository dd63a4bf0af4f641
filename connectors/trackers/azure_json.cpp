#include "connectors/trackers/azure_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <charconv>
#include <utility>

#include "connectors/plain_text.hpp"
#include "connectors/trackers/html.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/text_blocks.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/rich_text.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

// https://learn.microsoft.com/en-us/azure/devops/organizations/settings/naming-restrictions
constexpr std::size_t azure_title_units = 255;
constexpr std::size_t azure_tag_units = 400;
constexpr std::size_t azure_project_bytes = 256;  // 64 characters
constexpr std::string_view not_in_projects = "\\/:*?\"<>|;#$%{},+=[]&";
constexpr const char* priority_field = "Microsoft.VSTS.Common.Priority";
// What stays for ever: the moment at which the newest update will be revised.
constexpr std::string_view not_revised = "9999-";

std::string trimmed_tag(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(' ') + 1 - begin));
}

// "a; b", in alphabetical order.
std::vector<std::string> tags_in(std::string_view text) {
  std::vector<std::string> tags;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    std::string tag = trimmed_tag(text.substr(0, end));
    if (!tag.empty()) tags.push_back(std::move(tag));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return tags;
}

std::string tags_of(const NewTicket& ticket, const WebTrackerOptions& options) {
  std::vector<std::string> tags{azure_tag(options.label)};
  if (options.marker_field.empty()) tags.push_back(marker_text(ticket.marker));
  for (const std::string& each : ticket.labels) {
    std::string tag = azure_tag(each);
    const bool known = std::any_of(
        tags.begin(), tags.end(), [&](const std::string& other) { return same_words(other, tag); });
    if (!tag.empty() && !known) tags.push_back(std::move(tag));
  }
  std::string text;
  for (const std::string& tag : tags) text += (text.empty() ? "" : "; ") + tag;
  return text;
}

// What an update set a field to; null where it did not.
const json::value* new_value(const json::value& update, std::string_view field) {
  const json::value* fields = member(update, "fields");
  const json::value* change = fields == nullptr ? nullptr : member(*fields, field);
  return change == nullptr ? nullptr : member(*change, "newValue");
}

std::string comment_in(const json::value& update) {
  return text_of(new_value(update, "System.History"));
}

// `revisedDate` is when the next update came, unless the update changed links alone.
Instant moment_of(const json::value& update) {
  std::string text = text_of(new_value(update, "System.ChangedDate"));
  if (text.empty()) text = text_at(update, "revisedDate");
  if (text.starts_with(not_revised)) return {};
  return parse_instant(text).value_or(Instant{});
}

}  // namespace

bool is_azure_id(std::string_view text) {
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 &&
         text.front() != '0';
}

Status check_azure_id(const std::string& id) {
  if (is_azure_id(id)) return Done{};
  return refuse("this is no key of a ticket of Azure DevOps: those are numbers", id);
}

bool is_azure_project(std::string_view text) {
  if (text.empty() || text.size() > azure_project_bytes) return false;
  if (text.front() == '_' || text.front() == '.' || text.back() == '.') return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
           not_in_projects.find(c) != std::string_view::npos;
  });
}

bool is_azure_field(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  if (text.empty() || text.size() > 256 || !letter(text.front())) return false;
  return text.find('.') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
         });
}

std::string azure_item_path(const std::string& id) { return "/_apis/wit/workitems/" + id; }

std::string azure_project_path(const std::string& project) { return "/" + url_escaped(project); }

std::string azure_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string azure_fields(const WebTrackerOptions& options) {
  std::string fields =
      "System.State,System.Reason,System.Tags,System.ChangedDate,System.TeamProject,"
      "System.WorkItemType";
  if (!options.marker_field.empty()) fields += "," + options.marker_field;
  return fields;
}

std::optional<AzureItem> azure_item(const json::value& item, const WebTrackerOptions& options) {
  AzureItem found;
  TicketView& view = found.view;
  view.key = text_at(item, "id");
  const json::value* fields = member(item, "fields");
  if (!is_azure_id(view.key) || fields == nullptr) return std::nullopt;
  view.state = text_at(*fields, "System.State");
  if (view.state.empty()) return std::nullopt;
  view.reason = text_at(*fields, "System.Reason");
  for (std::string& tag : tags_in(text_at(*fields, "System.Tags"))) {
    std::string marker = options.marker_field.empty() ? marker_in(tag) : std::string();
    if (marker.empty())
      view.labels.push_back(std::move(tag));
    else if (view.marker.empty())
      view.marker = std::move(marker);
  }
  if (!options.marker_field.empty())
    view.marker = marker_in(text_at(*fields, options.marker_field));
  view.updated = moment_at(*fields, "System.ChangedDate");
  found.project = text_at(*fields, "System.TeamProject");
  found.type = text_at(*fields, "System.WorkItemType");
  if (const json::value* revision = member(item, "rev"); revision && revision->is_int64())
    found.revision = revision->get_int64();
  view.url = options.url + azure_project_path(found.project) + "/_workitems/edit/" + view.key;
  return found;
}

Account azure_account(const json::value& identity) {
  Account account{text_at(identity, "id"), text_at(identity, "displayName")};
  // Of the connection's data: what was chosen for it, else what the directory says.
  if (account.name.empty()) account.name = text_at(identity, "customDisplayName");
  if (account.name.empty()) account.name = text_at(identity, "providerDisplayName");
  if (account.name.empty()) account.name = text_at(identity, "uniqueName");
  std::transform(account.id.begin(), account.id.end(), account.id.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return account;
}

// ── making ───────────────────────────────────────────────────────────────────────────────────────

std::string azure_tag(std::string_view text) {
  std::string tag = sanitize_outside(text, text.size() * 3);
  std::replace_if(
      tag.begin(), tag.end(), [](char c) { return c == ',' || c == ';'; }, ' ');
  return trimmed_tag(cut_units(std::move(tag), azure_tag_units));
}

std::optional<std::int64_t> azure_priority(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

json::object azure_add(std::string_view field, std::string_view value) {
  return {{"op", "add"}, {"path", fmt::format("/fields/{}", field)}, {"value", value}};
}

json::array azure_new_item(const NewTicket& ticket, const WebTrackerOptions& options,
                           const std::string& text_field) {
  json::array operations{
      azure_add("System.Title", cut_units(to_plain_line(ticket.title), azure_title_units)),
      azure_add(text_field, to_html(ticket.body)),
      azure_add("System.Tags", tags_of(ticket, options))};
  if (!options.marker_field.empty())
    operations.push_back(azure_add(options.marker_field, marker_text(ticket.marker)));
  if (const auto priority = azure_priority(ticket.priority)) {
    json::object operation = azure_add(priority_field, "");
    operation["value"] = *priority;
    operations.push_back(std::move(operation));
  }
  return operations;
}

std::string azure_comment(const RichText& comment, std::string_view effect_key) {
  return to_html(comment, effect_mark(effect_key));
}

// ── the past ─────────────────────────────────────────────────────────────────────────────────────

TicketHistory azure_history(const json::array& updates) {
  TicketHistory history;
  for (const json::value& update : updates) {
    const json::value* who = member(update, "revisedBy");
    const Account by = who == nullptr ? Account() : azure_account(*who);
    const Instant at = moment_of(update);
    if (std::string state = text_of(new_value(update, "System.State")); !state.empty())
      history.changes.push_back({by, at, std::move(state)});
    const std::string comment = comment_in(update);
    if (comment.empty()) continue;
    history.comments.push_back({by, at, plain_of(Markup::html, comment), has_effect_mark(comment)});
  }
  return history;
}

bool azure_has_effect(const json::array& updates, std::string_view effect_key) {
  return std::any_of(updates.begin(), updates.end(), [&](const json::value& update) {
    return has_effect_mark(comment_in(update), effect_key);
  });
}

bool azure_is_linked(const json::value& item, std::string_view type, std::string_view other) {
  const std::string end = fmt::format("/workitems/{}", other);
  const json::array& relations = array_at(item, "relations");
  return std::any_of(relations.begin(), relations.end(), [&](const json::value& relation) {
    const std::string url = text_at(relation, "url");
    return same_words(text_at(relation, "rel"), type) && url.size() >= end.size() &&
           same_words(std::string_view(url).substr(url.size() - end.size()), end);
  });
}

}  // namespace riskd::connectors
