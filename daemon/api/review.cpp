// The security team's review: decisions and approval.
#include <fmt/core.h>

#include "daemon/api/routes.hpp"

namespace riskd::api {

void patch_decisions(const CallPtr& call) {
  auto body = body_object(call->request, {"decisions", "decision"});
  if (!body) return call->reply(std::move(body.error()));
  const json::value* list = body->if_contains("decisions");
  const json::value* one = body->if_contains("decision");
  if ((list == nullptr) == (one == nullptr) || (list != nullptr && !list->is_array())) {
    return call->reply(refusal_at(422, "the body has a list of `decisions`, or one `decision`",
                                  "/decisions", "missing", {"decisions", "decision"}));
  }
  Post post;
  const auto add = [&](const json::value& decision, const std::string& prefix) {
    auto fact = read_body_fact(*call, "decision", decision, prefix);
    if (!fact) {
      call->reply(std::move(fact.error()));
      return false;
    }
    post.facts.push_back({std::move(*fact), std::nullopt});
    return true;
  };
  if (one != nullptr) {
    if (!add(*one, "/decision")) return;
  } else {
    std::size_t i = 0;
    for (const json::value& decision : list->get_array()) {
      if (!add(decision, fmt::format("/decisions/{}", i++))) return;
    }
  }
  if (post.facts.empty()) {
    return call->reply(refusal_at(422, "there is no decision in the list", "/decisions", "empty"));
  }
  api::post(call, std::move(post));
}

void post_approve(const CallPtr& call) {
  if (!call->caller.may(service::Role::review, call->product())) {
    return call->reply(missing_role(service::Role::review, call->product()));
  }
  const auto view = call->service.product(call->product());
  if (!view) return call->reply(unknown_product(call->product()));
  const engine::Model& model = view->model();
  if (!model.missing_fields.empty()) {
    std::vector<engine::FactError> errors;
    for (const std::string& field : model.missing_fields) {
      errors.push_back({"/fields/" + field,
                        "missing-field",
                        fmt::format("the field `{}` is required and has no value", field),
                        {}});
    }
    return call->reply(
        refusal(409,
                fmt::format("`{}` cannot be approved: {} has no value", call->product(),
                            model.missing_fields.size() == 1 ? "a required field"
                                                             : "more than one required field"),
                errors));
  }
  Post post;
  post.facts.push_back({engine::ApproveFact{engine::approvable(model)}, std::nullopt});
  api::post(call, std::move(post));
}

}  // namespace riskd::api
