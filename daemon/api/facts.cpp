// Facts: posted, one JSON object a line, each answered by a line; and listed.
#include <utility>

#include "daemon/api/facts_post.hpp"
#include "daemon/api/history_page.hpp"
#include "daemon/api/routes.hpp"

namespace riskd::api {

void post_facts(const CallPtr& call) {
  auto text = body_text(call->request);
  if (!text) return call->reply(std::move(text.error()));
  take_lines(call, std::move(*text));
}

void get_facts(const CallPtr& call) {
  auto page = read_history_page(*call);
  if (!page) return call->reply(std::move(page.error()));
  json::array items;
  for (const service::Service::HistoryEntry& entry : page->entries) {
    if (entry.kind != "fact") continue;
    json::object item;
    item["seq"] = entry.seq;
    item["at"] = to_string(entry.at);
    if (entry.received) item["received"] = to_string(*entry.received);
    item["poster"] = entry.poster;
    item["product"] = call->product();
    json::value body = stored_json(entry.body);
    if (body.is_object()) {
      for (auto& member : body.get_object()) {
        // What is said of the product itself stands beside its id.
        json::object* of_product = member.key() == "product" ? member.value().if_object() : nullptr;
        if (of_product == nullptr) {
          item[member.key()] = std::move(member.value());
        } else {
          for (auto& said : *of_product) item[said.key()] = std::move(said.value());
        }
      }
    }
    items.push_back(std::move(item));
  }
  call->reply(list_answer(std::move(items), std::move(page->next)));
}

}  // namespace riskd::api
