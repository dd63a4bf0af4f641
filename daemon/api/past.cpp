// The model, why it is so, and how it came to be.
#include <fmt/core.h>

#include <algorithm>

#include "daemon/api/routes.hpp"
#include "daemon/wire/json.hpp"
#include "engine/explain/explain.hpp"
#include "engine/facts/resolve_names.hpp"

namespace riskd::api {
namespace {

using Entry = service::Service::HistoryEntry;

// A body of the store as JSON; text where it does not parse.
json::value stored(const std::string& text) {
  json::error_code error;
  json::value value = json::parse(text, error);
  return error ? json::value(text) : value;
}

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

// The id of the element or question that `given` names, by its id or, where only one is called so, its
// bare name; `given` itself where the policy does not say.
std::string id_of(const engine::Program& program, const std::string& given) {
  std::string element = engine::resolve_element(program, given);
  if (!element.empty()) return element;
  const std::size_t slash = given.find('/') + 1;  // 0 where there is none
  for (const engine::Question& question : program.questions) {
    const std::size_t dot = question.id.find('.');
    if (dot == std::string::npos || question.id.substr(dot + 1) != given.substr(slash)) continue;
    if (!element.empty()) return given;
    element = given.substr(0, slash) + question.id;
  }
  return element.empty() ? given : element;
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

struct Page {
  std::vector<Entry> entries;
  json::value next;  // null at the end
};

// 404, or a page of what the store has.
Result<Page, server::Response> read_page(const Call& call) {
  if (!call.service.product(call.product())) return Unexpected(unknown_product(call.product()));
  auto limit = query_limit(call);
  if (!limit) return failure(limit);
  auto after = query_number(call, "after", 0);
  if (!after) return failure(after);
  auto entries = call.service.history(call.product(), *after, *limit);
  if (!entries) return Unexpected(refusal(entries.error(), *call.paths));
  Page page;
  if (entries->size() >= *limit) page.next = entries->back().seq;
  page.entries = std::move(*entries);
  return page;
}

}  // namespace

void get_model(const CallPtr& call) {
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  server::Response response;
  response.body = wire::write_model(*seen->policy.program, seen->model) + "\n";
  response.headers.emplace_back("ETag", etag_of(*seen->view));
  call->reply(std::move(response));
}

void get_why(const CallPtr& call) {
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  const engine::Program& program = *seen->policy.program;
  engine::Product facts = seen->view->live.facts();
  Instant moment = seen->model.now;
  if (call->has_query("at")) {
    const auto at = parse_instant(call->query("at"));
    if (!at) {
      return call->reply(refusal(
          400,
          fmt::format("`at` is a time such as 2026-11-23T02:10:00Z, not `{}`", call->query("at"))));
    }
    auto then = call->service.facts_at(call->product(), *at);
    if (!then) return call->reply(refusal(then.error(), *call->paths));
    facts = std::move(*then);
    moment = *at;
  }
  const std::string given = call->query("element");
  const std::string element = id_of(program, given);
  const auto reason = engine::explain(program, facts, element, moment);
  if (!reason) {
    return call->reply(refusal(404, engine::why_unexplained(program, facts, given, moment)));
  }
  const engine::LiveProduct live(seen->policy.program, std::move(facts), moment);
  server::Response response;
  response.body = wire::write_reason(*reason, engine::what_would_change(live, element)) + "\n";
  call->reply(std::move(response));
}

void get_history(const CallPtr& call) {
  auto page = read_page(*call);
  if (!page) return call->reply(std::move(page.error()));
  const std::string given = call->query("element");
  const std::string element = id_of(*call->service.policy().program, given);
  json::array items;
  std::string poster, kind;  // of the fact that came last, which the change after it comes from
  std::uint64_t seq = 0;
  for (const Entry& entry : page->entries) {
    json::value body = stored(entry.body);
    if (entry.kind == "fact") {
      poster = entry.poster;
      kind = kind_of(body);
      seq = entry.seq;
    }
    if (!given.empty() && !is_about(body, element) && !is_about(body, given)) continue;
    json::object item;
    item["seq"] = entry.seq;
    item["at"] = to_string(entry.at);
    if (entry.received) item["received"] = to_string(*entry.received);
    item["kind"] = entry.kind;
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

void get_facts(const CallPtr& call) {
  auto page = read_page(*call);
  if (!page) return call->reply(std::move(page.error()));
  json::array items;
  for (const Entry& entry : page->entries) {
    if (entry.kind != "fact") continue;
    json::object item;
    item["seq"] = entry.seq;
    item["at"] = to_string(entry.at);
    if (entry.received) item["received"] = to_string(*entry.received);
    item["poster"] = entry.poster;
    item["product"] = call->product();
    json::value body = stored(entry.body);
    if (body.is_object()) {
      for (auto& member : body.get_object()) item[member.key()] = std::move(member.value());
    }
    items.push_back(std::move(item));
  }
  call->reply(list_answer(std::move(items), std::move(page->next)));
}

}  // namespace riskd::api
