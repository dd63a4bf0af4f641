// Products: made, shown, listed, removed.
#include <fmt/core.h>

#include <algorithm>

#include "daemon/api/routes.hpp"
#include "engine/base/limits.hpp"

namespace riskd::api {
namespace {

json::object raw_map(const engine::RawMap& map) {
  json::object object;
  for (const auto& [name, stamped] : map) {
    if (!std::holds_alternative<std::monostate>(stamped.value)) {
      object[name] = to_json(stamped.value);
    }
  }
  return object;
}

json::object components_json(const engine::Product& product) {
  json::object components;
  for (const auto& [id, facts] : product.components) {
    if (!facts.exists()) continue;
    json::object component;
    component["type"] = facts.type.value;
    component["answers"] = raw_map(facts.answers);
    component["fields"] = raw_map(facts.fields);
    components[id] = std::move(component);
  }
  return components;
}

json::object summary(const service::ProductView& view) {
  const engine::Product& facts = view.live.facts();
  const engine::Model& model = view.model();
  json::object object;
  object["product"] = facts.id;
  object["title"] = facts.title.value;
  object["rating"] = to_json(model.rating);
  object["band"] = word_or_null(model.band);
  object["approved"] = model.approved;
  object["open-questions"] = model.open_questions.size();
  object["seq"] = facts.last_seq;
  return object;
}

}  // namespace

void list_products(const CallPtr& call) {
  auto limit = query_limit(*call);
  if (!limit) return call->reply(std::move(limit.error()));
  const std::vector<std::string> all = call->service.products();
  json::array items;
  json::value next;
  std::string last;
  for (auto id = std::upper_bound(all.begin(), all.end(), call->query("after")); id != all.end();
       ++id) {
    if (!call->caller.may(service::Role::read, *id)) continue;
    const auto view = call->service.product(*id);
    if (!view) continue;
    if (items.size() == *limit) {
      next = last;
      break;
    }
    items.push_back(summary(*view));
    last = *id;
  }
  call->reply(list_answer(std::move(items), std::move(next)));
}

void put_product(const CallPtr& call) {
  if (!is_id(call->product())) {
    return call->reply(
        refusal(422, fmt::format("`{}` cannot name a product: letters, digits, `-`, `_` and `.` "
                                 "can, at most {} of them",
                                 call->product(), limits::id_bytes)));
  }
  auto body = body_object(call->request, {"title", "fields"}, true);
  if (!body) return call->reply(std::move(body.error()));
  const bool is_new = call->service.product(call->product()) == nullptr;
  engine::ProductFact product;
  if (const json::value* title = body->if_contains("title")) {
    if (!title->is_string()) {
      return call->reply(refusal_at(422, "`title` is text", "/title", "wrong-type", {"text"}));
    }
    if (title->get_string().size() > limits::text_bytes) {
      return call->reply(
          refusal(422, fmt::format("`title` is longer than {} bytes", limits::text_bytes)));
    }
    product.title = std::string(title->get_string());
  }
  Post post;
  post.make_product = true;
  post.status = is_new ? 201 : 200;
  post.facts.push_back({product, std::nullopt});
  if (json::value* fields = body->if_contains("fields")) {
    auto fact = read_body_fact(*call, "fields", std::move(*fields), "/fields");
    if (!fact) return call->reply(std::move(fact.error()));
    post.facts.push_back({std::move(*fact), std::nullopt});
  }
  api::post(call, std::move(post));
}

void get_product(const CallPtr& call) {
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  json::object object = summary(*seen->view);
  object["fields"] = raw_map(seen->view->live.facts().fields);
  object["components"] = components_json(seen->view->live.facts());
  object["missing-fields"] = to_json(seen->model.missing_fields);
  object["policy"] = seen->view->revision;
  server::Response response = json_answer(object);
  response.headers.emplace_back("ETag", etag_of(*seen->view));
  call->reply(std::move(response));
}

void delete_product(const CallPtr& call) {
  engine::ProductFact fact;
  fact.removed = true;
  Post post;
  post.facts.push_back({fact, std::nullopt});
  api::post(call, std::move(post));
}

}  // namespace riskd::api
