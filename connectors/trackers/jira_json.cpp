#include "connectors/trackers/jira_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <set>
#include <utility>

#include "connectors/http/basic_auth.hpp"
#include "connectors/plain_text.hpp"
#include "connectors/trackers/adf.hpp"
#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/text_blocks.hpp"
#include "connectors/trackers/ticket_file.hpp"
#include "connectors/trackers/wiki.hpp"
#include "connectors/trackers/words.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr std::string_view property_key = "riskd";
constexpr std::string_view effect_property = "riskd.effect";
constexpr std::string_view label_prefix = "riskd-";
constexpr std::size_t label_digits = 32;       // Cloud
constexpr std::size_t label_characters = 255;  // Jira takes no longer one
constexpr std::size_t summary_units = 255;

bool is_true(const json::value* value) {
  return value != nullptr && value->is_bool() && value->get_bool();
}

// The mark of an effect that a comment's properties carry; empty where they carry none.
std::string effect_in_properties(const json::value& comment) {
  for (const json::value& property : array_at(comment, "properties")) {
    const json::value* value = member(property, "value");
    if (text_at(property, "key") == effect_property && value != nullptr)
      return text_at(*value, "effect");
  }
  return {};
}

std::string name_at(const json::value& of, std::string_view member_name) {
  const json::value* found = member(of, member_name);
  return found == nullptr ? std::string() : text_at(*found, "name");
}

std::string as_label(std::string_view text) {
  std::string label;
  while (!text.empty()) {
    const Utf8Char c = next_utf8(text);
    // Blanks and control characters, U+00A0 and U+3000 among them.
    const bool blank = !c.valid || c.code <= 0x20 || (c.code >= 0x7f && c.code <= 0xa0) ||
                       c.code == 0x3000 || (c.code >= 0x2000 && c.code <= 0x200a) ||
                       c.code == 0x2028 || c.code == 0x2029;
    const std::string_view bytes = blank ? "-" : text.substr(0, c.bytes);
    if (label.size() + bytes.size() > label_characters) break;
    label += bytes;
    text.remove_prefix(c.bytes);
  }
  return label;
}

std::string marker_of_labels(const std::vector<std::string>& labels) {
  for (const std::string& label : labels) {
    if (!label.starts_with(label_prefix)) continue;
    std::string digits = label.substr(label_prefix.size());
    // A label that a person wrote is shorter.
    if (is_marker(digits) && digits.size() >= label_digits) return digits;
  }
  return {};
}

}  // namespace

std::string jira_root(const WebTrackerOptions& options) {
  return options.cloud ? "/rest/api/3" : "/rest/api/2";
}

// https://support.atlassian.com/jira-cloud-administration/docs/edit-a-projects-details/; Data
// Center's pattern can be configured and allows these at least.
bool is_jira_project(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return !text.empty() && text.size() <= 64 && letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_jira_key(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || !is_jira_project(text.substr(0, dash))) return false;
  const std::string_view number = text.substr(dash + 1);
  return !number.empty() && number.size() <= 18 &&
         number.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string jira_authorization(const WebTrackerOptions& options) {
  return options.cloud ? basic_authorization(options.user, options.token)
                       : "Bearer " + options.token;
}

std::string jira_marker_label(bool cloud, std::string_view marker) {
  return fmt::format("{}{}", label_prefix, cloud ? marker.substr(0, label_digits) : marker);
}

json::value jira_marker_property(std::string_view marker) {
  return json::array{
      json::object{{"key", property_key}, {"value", json::object{{"marker", marker}}}}};
}

json::array jira_labels(const NewTicket& ticket, const WebTrackerOptions& options) {
  std::vector<std::string> wanted{options.label.empty() ? jira_default_label : options.label,
                                  jira_marker_label(options.cloud, ticket.marker)};
  wanted.insert(wanted.end(), ticket.labels.begin(), ticket.labels.end());
  std::set<std::string> known;
  json::array labels;
  for (const std::string& each : wanted) {
    const std::string label = as_label(each);
    if (!label.empty() && known.insert(label).second) labels.emplace_back(label);
  }
  return labels;
}

std::string jira_summary(const RichText& title) {
  return cut_units(to_plain_line(title), summary_units);
}

std::string jira_marker(const json::value& issue) {
  const json::value* properties = member(issue, "properties");
  const json::value* ours = properties == nullptr ? nullptr : member(*properties, property_key);
  std::string marker = ours == nullptr ? std::string() : text_at(*ours, "marker");
  return is_marker(marker) ? marker : std::string();
}

std::optional<TicketView> jira_view(const json::value& issue, const WebTrackerOptions& options) {
  TicketView view;
  view.key = text_at(issue, "key");
  const json::value* fields = member(issue, "fields");
  if (!is_jira_key(view.key) || fields == nullptr) return std::nullopt;
  view.status = name_at(*fields, "status");
  if (view.status.empty()) return std::nullopt;
  view.closed = jira_is_closed(*member(*fields, "status"));
  view.resolution = name_at(*fields, "resolution");
  for (const json::value& label : array_at(*fields, "labels")) {
    if (label.is_string()) view.labels.emplace_back(label.get_string());
  }
  if (const auto updated = parse_instant(text_at(*fields, "updated"))) view.updated = *updated;
  view.url = options.url + "/browse/" + view.key;
  view.marker = jira_marker(issue);
  if (view.marker.empty() && !options.cloud) view.marker = marker_of_labels(view.labels);
  return view;
}

std::optional<bool> jira_is_closed(const json::value& status) {
  const json::value* category = member(status, "statusCategory");
  const std::string key = category == nullptr ? std::string() : text_at(*category, "key");
  if (key.empty()) return std::nullopt;
  return key == "done";
}

Account jira_account(const json::value* user, const WebTrackerOptions& options) {
  if (user == nullptr) return {};
  Account account{text_at(*user, "accountId"), text_at(*user, "displayName")};
  if (options.cloud) return account;
  account.id = text_at(*user, "name");
  if (account.id.empty()) account.id = text_at(*user, "key");
  if (account.name.empty()) account.name = account.id;
  return account;
}

JiraStatus jira_status(const json::value& issue) {
  const json::value* fields = member(issue, "fields");
  const json::value* status = fields == nullptr ? nullptr : member(*fields, "status");
  if (status == nullptr) return {};
  return {text_at(*status, "id"), text_at(*status, "name")};
}

std::vector<StatusChange> jira_status_changes(const json::value& entry, const JiraStatus& now,
                                              const WebTrackerOptions& options) {
  std::vector<StatusChange> changes;
  for (const json::value& item : array_at(entry, "items")) {
    if (text_at(item, "field") != "status") continue;
    const bool is_now = !now.id.empty() && text_at(item, "to") == now.id;
    changes.push_back({jira_account(member(entry, "author"), options), moment_at(entry, "created"),
                       is_now ? now.name : text_at(item, "toString")});
  }
  return changes;
}

StatusChange jira_making(const json::value& issue, const JiraStatus& now,
                         const WebTrackerOptions& options) {
  const json::value* fields = member(issue, "fields");
  if (fields == nullptr) return {};
  return {jira_account(member(*fields, "creator"), options), moment_at(*fields, "created"),
          now.name};
}

std::optional<TicketComment> jira_open_comment(const json::value& comment,
                                               const WebTrackerOptions& options) {
  const json::value* limited = member(comment, "visibility");
  const json::value* open = member(comment, "jsdPublic");
  const bool internal = open != nullptr && open->is_bool() && !open->get_bool();
  if (internal || (limited != nullptr && !limited->is_null())) return std::nullopt;
  TicketComment read;
  read.by = jira_account(member(comment, "author"), options);
  read.at = moment_at(comment, "created");
  if (const json::value* body = member(comment, "body")) read.text = plain_of_adf(*body);
  read.of_riskd = !effect_in_properties(comment).empty() || has_effect_mark(read.text);
  if (!options.cloud) read.text = plain_of(Markup::wiki, read.text);
  return read;
}

bool jira_comment_has_effect(const json::value& comment, std::string_view effect_key) {
  if (effect_in_properties(comment) == effect_mark(effect_key)) return true;
  const json::value* body = member(comment, "body");
  return body != nullptr && has_effect_mark(plain_of_adf(*body), effect_key);
}

// The text carries the mark too: that comments are given with their properties is documented neither
// for Cloud nor for Data Center, and a comment whose mark cannot be read is made twice.
json::value jira_comment(const RichText& comment, std::string_view effect_key, bool cloud) {
  const std::string mark = effect_mark(effect_key);
  json::object made;
  if (cloud)
    made["body"] = to_adf(comment, mark);
  else
    made["body"] = to_wiki(comment) + "\n\n" + mark;
  made["properties"] = json::array{
      json::object{{"key", effect_property}, {"value", json::object{{"effect", mark}}}}};
  return made;
}

bool jira_is_linked(const json::value& issue, std::string_view type, std::string_view other) {
  const json::value* fields = member(issue, "fields");
  if (fields == nullptr) return false;
  for (const json::value& link : array_at(*fields, "issuelinks")) {
    if (!same_words(name_at(link, "type"), type)) continue;
    for (const char* end : {"inwardIssue", "outwardIssue"}) {
      const json::value* issue_there = member(link, end);
      if (issue_there != nullptr && text_at(*issue_there, "key") == other) return true;
    }
  }
  return false;
}

std::vector<std::pair<std::string, std::string>> jira_required(const json::value* fields) {
  std::vector<std::pair<std::string, std::string>> required;
  const auto look_at = [&](const std::string& id, const json::value& field) {
    if (!is_true(member(field, "required")) || is_true(member(field, "hasDefaultValue"))) return;
    const std::string called = text_at(field, "name");
    required.emplace_back(id, called.empty() ? id : called);
  };
  if (fields != nullptr && fields->is_object()) {
    for (const auto& each : fields->get_object()) look_at(std::string(each.key()), each.value());
  } else if (fields != nullptr && fields->is_array()) {
    for (const json::value& each : fields->get_array()) look_at(text_at(each, "fieldId"), each);
  }
  return required;
}

std::optional<JiraTransition> jira_transition(const json::value& answer, std::string_view status) {
  std::optional<JiraTransition> best;
  int best_rank = 0;
  for (const json::value& each : array_at(answer, "transitions")) {
    const json::value* available = member(each, "isAvailable");
    if (available != nullptr && available->is_bool() && !available->get_bool()) continue;
    JiraTransition found{text_at(each, "id"), text_at(each, "name"), name_at(each, "to"), {}};
    const bool leads = same_words(found.to, status);
    if (found.id.empty() || (!leads && !same_words(found.name, status))) continue;
    for (const auto& field : jira_required(member(each, "fields")))
      found.required.push_back(field.second);
    const int rank = (leads ? 2 : 0) + (found.required.empty() ? 2 : 1);
    if (rank > best_rank) {
      best = std::move(found);
      best_rank = rank;
    }
  }
  return best;
}

std::string jira_transition_names(const json::value& answer) {
  std::string names;
  for (const json::value& each : array_at(answer, "transitions"))
    names += (names.empty() ? "`" : ", `") + name_at(each, "to") + "`";
  return names.empty() ? "none" : names;
}

}  // namespace riskd::connectors
