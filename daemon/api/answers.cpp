// The questionnaire, its answers, and components with theirs.
#include <fmt/core.h>

#include "daemon/api/routes.hpp"
#include "daemon/wire/json.hpp"
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

// "was": what the poster saw of answers, by question; null where there was none.
Result<std::vector<service::Seen>, server::Response> read_seen_answers(
    const json::value& was, const std::string& component) {
  std::vector<service::Seen> seen;
  if (!was.is_object()) {
    return Unexpected(
        refusal_at(422, "`was` has the answers that were seen, by question", "/was", "wrong-type"));
  }
  for (const auto& member : was.get_object()) {
    const std::string name(member.key());
    const std::string pointer = "/was/" + name;
    auto value = to_raw(member.value());
    if (!value) {
      return Unexpected(
          refusal_at(422, "this is no answer: a value, or a list of texts", pointer, "wrong-type"));
    }
    seen.push_back({pointer, component, name, "", "", std::move(*value)});
  }
  return seen;
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

void get_questionnaire(const CallPtr& call) {
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  server::Response response;
  response.body =
      wire::write_questionnaire(*seen->policy.program, seen->view->live.facts(), seen->model);
  response.body += '\n';
  response.headers.emplace_back("ETag", etag_of(*seen->view));
  call->reply(std::move(response));
}

void patch_answers(const CallPtr& call) {
  auto body = body_object(call->request, {"answers", "fields", "was"});
  if (!body) return call->reply(std::move(body.error()));
  Post post;
  if (const json::value* was = body->if_contains("was")) {
    auto seen = read_seen_answers(*was, "");
    if (!seen) return call->reply(std::move(seen.error()));
    post.seen = std::move(*seen);
  }
  for (const char* kind : {"answers", "fields"}) {
    json::value* part = body->if_contains(kind);
    if (part == nullptr) continue;
    auto fact = read_body_fact(*call, kind, std::move(*part), std::string("/") + kind);
    if (!fact) return call->reply(std::move(fact.error()));
    post.facts.push_back({std::move(*fact), std::nullopt});
  }
  if (post.facts.empty()) {
    return call->reply(
        refusal_at(422, "the body has no `answers`", "/answers", "missing", {"answers", "fields"}));
  }
  api::post(call, std::move(post));
}

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
