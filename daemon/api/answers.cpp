// `questionnaire` and `answers`.
#include "daemon/api/answers.hpp"

#include "daemon/api/routes.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::api {

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

}  // namespace riskd::api
