// Components: made, changed, removed.
#include <fmt/core.h>

#include "daemon/api/answers.hpp"
#include "daemon/api/routes.hpp"
#include "engine/base/limits.hpp"

namespace riskd::api {
namespace {

// 404 where the product is known and the component is not; the service says what else is wrong.
bool is_unknown_component(const Call& call) {
  const auto view = call.service.product(call.product());
  if (!view) return false;
  const auto& components = view->live.facts().components;
  const auto found = components.find(call.names[1]);
  return found == components.end() || !found->second.exists();
}

server::Response unknown_component(const Call& call) {
  return refusal(
      404, fmt::format("the product `{}` has no component `{}`", call.product(), call.names[1]));
}

void post_component(const CallPtr& call, json::object component,
                    std::vector<service::Seen> seen = {}) {
  component["id"] = call->names[1];
  auto fact = read_body_fact(*call, "component", std::move(component), "");
  if (!fact) return call->reply(std::move(fact.error()));
  Post post;
  post.strip = "/component";
  post.seen = std::move(seen);
  post.facts.push_back({std::move(*fact), std::nullopt});
  api::post(call, std::move(post));
}

}  // namespace

void put_component(const CallPtr& call) {
  if (!is_id(call->names[1])) {
    return call->reply(
        refusal(422, fmt::format("`{}` cannot name a component: letters, digits, `-`, `_` and `.` "
                                 "can, at most {} of them",
                                 call->names[1], limits::id_bytes)));
  }
  auto body = body_object(call->request, {"type", "was", "answers", "fields"});
  if (!body) return call->reply(std::move(body.error()));
  const auto view = call->service.product(call->product());
  if (view && !body->contains("was")) {
    const auto& renamed = view->facts().renamed_components;
    const auto known = renamed.find(call->names[1]);
    if (known != renamed.end()) {
      return call->reply(refusal(
          409,
          fmt::format("`{}` is an earlier id of the component `{}`: what is said of it is said "
                      "of that one. Choose another id",
                      known->first, known->second)));
    }
  }
  post_component(call, std::move(*body));
}

void delete_component(const CallPtr& call) {
  if (is_unknown_component(*call)) return call->reply(unknown_component(*call));
  engine::ComponentFact fact;
  fact.id = call->names[1];
  fact.removed = true;
  Post post;
  post.strip = "/component";
  post.facts.push_back({std::move(fact), std::nullopt});
  api::post(call, std::move(post));
}

void patch_component_answers(const CallPtr& call) {
  auto body = body_object(call->request, {"answers", "fields", "was"});
  if (!body) return call->reply(std::move(body.error()));
  if (is_unknown_component(*call)) return call->reply(unknown_component(*call));
  std::vector<service::Seen> seen;
  if (const json::value* was = body->if_contains("was")) {
    auto read = read_seen_answers(*was, call->names[1]);
    if (!read) return call->reply(std::move(read.error()));
    seen = std::move(*read);
    body->erase("was");  // of a component it would be its earlier id
  }
  post_component(call, std::move(*body), std::move(seen));
}

}  // namespace riskd::api
