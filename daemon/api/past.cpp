// The model, why it is so, and how it came to be.
#include <fmt/core.h>

#include <algorithm>

#include "daemon/api/routes.hpp"
#include "daemon/wire/json.hpp"
#include "engine/explain.hpp"

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

struct Page {
  std::vector<Entry> entries;
  json::value next;  // null at the end
};

// 403, 404, or a page of what the store has.
Result<Page, server::Response> read_page(const Call& call) {
  if (!call.caller.may(service::Role::read, call.product())) {
    return Unexpected(missing_role(service::Role::read, call.product()));
  }
  if (!call.service.product(call.product())) return Unexpected(unknown_product(call.product()));
  auto limit = query_limit(call);
  if (!limit) return Unexpected(std::move(limit.error()));
  auto after = query_number(call, "after", 0);
  if (!after) return Unexpected(std::move(after.error()));
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
  std::string element = engine::resolve_element(program, given);
  if (element.empty()) element = given;
  const auto reason = engine::explain(program, facts, element, moment);
  if (!reason) {
    return call->reply(
        refusal(404, fmt::format("the policy knows no element `{}`, or it is ambiguous", given)));
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
  std::string element = engine::resolve_element(*call->service.policy().program, given);
  if (element.empty()) element = given;
  json::array items;
  for (const Entry& entry : page->entries) {
    json::value body = stored(entry.body);
    if (!given.empty() && !names(body, element) && !names(body, given)) continue;
    json::object item;
    item["seq"] = entry.seq;
    item["at"] = to_string(entry.at);
    item["kind"] = entry.kind;
    if (!entry.poster.empty()) item["poster"] = entry.poster;
    if (!entry.cause.empty()) item["cause"] = entry.cause;
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
