// `tickets`, as they should be, as they are, and what is on its way to their trackers; and `sync`.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "daemon/api/routes.hpp"

namespace riskd::api {
namespace {

json::object effect_json(const service::PendingEffect& effect, const ServerPaths& paths) {
  json::object item;
  item["kind"] = effect.kind;
  item["tracker"] = effect.tracker;
  item["held"] = effect.held;
  item["withdrawn"] = effect.withdrawn;
  item["attempts"] = effect.attempts;
  item["cause"] = paths.hidden(effect.cause);
  if (!effect.last_error.empty()) item["last-error"] = paths.hidden(effect.last_error);
  return item;
}

// A ticket of which the model has no row: it is not wanted any more, and may have been made.
void fill_without_row(json::object& item, const service::PendingEffect& effect) {
  item["desired"] = "closed";
  item["actual"] = nullptr;
  item["tracker"] = effect.tracker;
  for (const char* name : {"key", "status", "cause"}) item[name] = "";
  item["pending"] = json::array();
}

// The tickets of one product by "product/template:element", with the effects that wait for them.
void add_tickets(const Call& call, const std::string& product,
                 std::map<std::string, json::object>& tickets) {
  const auto view = call.service.product(product);
  if (!view) return;
  const auto ticket_at = [&](const std::string& ticket,
                             const std::string& element) -> json::object& {
    json::object& item = tickets[fmt::format("{}/{}:{}", product, ticket, element)];
    item["product"] = product;
    item["ticket"] = ticket;
    item["for"] = element;
    return item;
  };
  for (const engine::TicketRow& row : view->model().tickets) {
    json::object& item = ticket_at(row.ticket, row.element);
    item["desired"] = row.desired == engine::Desired::open ? "open" : "closed";
    if (!row.known) {
      item["actual"] = nullptr;
    } else {
      item["actual"] = row.is_open ? "open" : "closed";
    }
    item["tracker"] = row.tracker;
    item["key"] = row.key;
    item["status"] = row.status;
    item["cause"] = row.cause;
    if (row.known) {
      item["own"] = row.own;
      item["since"] = to_string(row.since.at);
      if (!row.how.empty()) item["how"] = row.how;
      if (!row.by.empty()) item["by"] = row.by;
      if (!row.remark.empty()) item["remark"] = row.remark;
      if (!row.url.empty()) item["url"] = row.url;
      item["unread"] = !row.is_read;
      item["disputed"] = row.disputed;
    }
    item["pending"] = json::array();
  }
  for (const service::PendingEffect& effect : call.service.effects(product)) {
    json::object& item = ticket_at(effect.ticket, effect.element);
    if (!item.contains("pending")) fill_without_row(item, effect);
    item["pending"].as_array().push_back(effect_json(effect, *call.paths));
  }
}

}  // namespace

void list_tickets(const CallPtr& call) {
  auto limit = query_limit(*call);
  if (!limit) return call->reply(std::move(limit.error()));
  const std::string product = call->query("product");
  std::map<std::string, json::object> tickets;
  if (!product.empty()) {
    if (!call->service.product(product)) return call->reply(unknown_product(product));
    add_tickets(*call, product, tickets);
  } else {
    for (const std::string& id : call->service.products()) {
      if (call->caller.may(service::Role::read, id)) add_tickets(*call, id, tickets);
    }
  }
  json::array items;
  json::value next;
  std::string last;
  for (auto at = tickets.upper_bound(call->query("after")); at != tickets.end(); ++at) {
    if (items.size() == *limit) {
      next = last;
      break;
    }
    last = at->first;
    items.push_back(std::move(at->second));
  }
  call->reply(list_answer(std::move(items), std::move(next)));
}

namespace {

void answer_sync(const CallPtr& call, const std::string& product, const Status& done) {
  if (!done) return call->reply(refusal(done.error(), *call->paths));
  const auto effects = call->service.effects(product);
  const auto held =
      std::count_if(effects.begin(), effects.end(), [](const auto& effect) { return effect.held; });
  const auto withdrawn = std::count_if(effects.begin(), effects.end(),
                                       [](const auto& effect) { return effect.withdrawn; });
  json::array under_way;
  for (const service::TrackerState& tracker : call->service.state().trackers) {
    if (tracker.under_way) under_way.emplace_back(tracker.name);
  }
  json::object answer;
  answer["pending"] = static_cast<std::int64_t>(effects.size()) - held;
  answer["held"] = held;
  answer["withdrawn"] = withdrawn;
  answer["under-way"] = std::move(under_way);
  call->reply(json_answer(std::move(answer)));
}

}  // namespace

void post_sync(const CallPtr& call) {
  auto release = query_truth(*call, "release", false);
  if (!release) return call->reply(std::move(release.error()));
  auto wait = query_truth(*call, "wait", false);
  if (!wait) return call->reply(std::move(wait.error()));
  const std::string product = call->query("product");
  if (!product.empty() && !call->service.product(product)) {
    return call->reply(unknown_product(product));
  }
  if (*wait)
    return answer_sync(call, product, call->service.sync(product, *release, call->caller.name()));
  call->service.begin_sync(
      product, *release, call->caller.name(),
      [call, product](const Status& begun) { answer_sync(call, product, begun); });
}

}  // namespace riskd::api
