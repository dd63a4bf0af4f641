// The history of a product: its facts and its changes.
#include <fmt/core.h>

#include <algorithm>

#include "daemon/api/history_page.hpp"
#include "daemon/api/routes.hpp"

namespace riskd::api {
namespace {

// Whether `value` names `element` anywhere, itself or as the key of an answer; a bare name is
// enough where that is how it was posted.
bool names(const json::value& value, std::string_view element) {
  if (const auto* text = value.if_string()) {
    return std::string_view(text->data(), text->size()) == element;
  }
  if (const auto* list = value.if_array()) {
    return std::any_of(list->begin(), list->end(),
                       [&](const json::value& item) { return names(item, element); });
  }
  if (const auto* object = value.if_object()) {
    return std::any_of(object->begin(), object->end(), [&](const auto& member) {
      const std::string_view key(member.key().data(), member.key().size());
      return key == element || names(member.value(), element);
    });
  }
  return false;
}

// A member of a member; null where there is none.
const json::value* inner(const json::object& object, std::string_view outer,
                         std::string_view name) {
  const json::value* found = object.if_contains(outer);
  return found == nullptr || !found->is_object() ? nullptr : found->get_object().if_contains(name);
}

// As `names`; a ticket is about its element, and answers and fields of a component have its id beside
// them, and bare names.
bool is_about(const json::value& body, std::string_view element) {
  if (names(body, element)) return true;
  const json::object* members = body.if_object();
  if (members == nullptr) return false;
  for (const char* kind : {"ticket", "told"}) {
    const json::value* ticket = inner(*members, kind, "for");
    if (ticket == nullptr || !ticket->is_string()) continue;
    const std::string_view text(ticket->get_string());
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.substr(colon + 1) == element) return true;
  }
  const std::size_t slash = element.find('/');
  if (slash == std::string_view::npos) return false;
  const json::value* id = members->if_contains("of");
  if (id == nullptr) id = inner(*members, "component", "id");
  return id != nullptr && names(*id, element.substr(0, slash)) &&
         names(body, element.substr(slash + 1));
}

// What kind of fact it is: "answers".
std::string_view kind_of(const json::value& fact) {
  const json::object* members = fact.if_object();
  if (members == nullptr) return {};
  for (const auto& member : *members) {
    if (member.key() != "of") return {member.key().data(), member.key().size()};
  }
  return {};
}

}  // namespace

void get_history(const CallPtr& call) {
  auto page = read_history_page(*call);
  if (!page) return call->reply(std::move(page.error()));
  const std::string given = call->query("element");
  const std::string element = element_or_given(*call->service.policy().program, given);
  json::array items;
  std::string poster, kind;  // of the fact that came last, which the change after it comes from
  std::uint64_t seq = 0;
  for (const service::Service::HistoryEntry& entry : page->entries) {
    json::value body = stored_json(entry.body);
    if (entry.kind == "fact") {
      poster = entry.poster;
      kind = kind_of(body);
      seq = entry.seq;
    }
    const bool is_removal = entry.kind == "removed";
    if (!given.empty() && !is_removal && !is_about(body, element) && !is_about(body, given))
      continue;
    json::object item;
    item["seq"] = entry.seq;
    item["at"] = to_string(entry.at);
    if (entry.received) item["received"] = to_string(*entry.received);
    item["kind"] = entry.kind;
    if (!is_removal) item["policy"] = entry.policy;
    if (!entry.poster.empty()) item["poster"] = entry.poster;
    if (!entry.cause.empty()) item["cause"] = entry.cause;
    if (entry.cause == fmt::format("fact {}", seq)) {
      item["poster"] = poster;
      item["fact-kind"] = kind;
    }
    item[entry.kind] = std::move(body);
    items.push_back(std::move(item));
  }
  call->reply(list_answer(std::move(items), std::move(page->next)));
}

}  // namespace riskd::api
