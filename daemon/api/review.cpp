// `decisions`, `review` and `approve`: the security team's review.
#include <fmt/core.h>

#include "daemon/api/routes.hpp"
#include "engine/explain/review.hpp"

namespace riskd::api {
namespace {

// "was": what the reviewer saw of the decisions that are replaced, by element: the state, or of an attribute
// that is set its value; null where there was none. Of each kind of decision on the element that is posted.
std::optional<server::Response> read_seen_decisions(const json::value& was, Post& post) {
  if (!was.is_object()) {
    return refusal_at(422, "`was` has the decisions that were seen, by element", "/was",
                      "wrong-type");
  }
  for (const auto& member : was.get_object()) {
    const std::string element(member.key());
    const std::string pointer = "/was/" + element;
    auto value = to_raw(member.value());
    if (!value) return refusal_at(422, "this is no state and no value", pointer, "wrong-type");
    bool is_posted = false;
    for (const service::PostedFact& fact : post.facts) {
      const auto* decision = std::get_if<engine::DecisionFact>(&fact.body);
      if (decision == nullptr || decision->element != element) continue;
      is_posted = true;
      post.seen.push_back({pointer, "", "", element, engine::aspect_of(*decision), *value});
    }
    if (!is_posted) {
      return refusal_at(422, "no decision on this element is posted: name it as the decision does",
                        pointer, "unknown-element");
    }
  }
  return std::nullopt;
}

}  // namespace

void patch_decisions(const CallPtr& call) {
  auto body = body_object(call->request, {"decisions", "decision", "was"});
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
  if (const json::value* was = body->if_contains("was")) {
    if (auto problem = read_seen_decisions(*was, post)) return call->reply(std::move(*problem));
  }
  api::post(call, std::move(post));
}

namespace {

std::string_view word_of(engine::Kind kind) {
  return kind == engine::Kind::risk       ? "risk"
         : kind == engine::Kind::weakness ? "weakness"
                                          : "countermeasure";
}

json::array elements_json(const std::vector<engine::ReviewedElement>& elements) {
  json::array list;
  for (const engine::ReviewedElement& each : elements) {
    json::object item;
    item["element"] = each.element;
    item["kind"] = word_of(each.kind);
    item["title"] = each.title;
    json::object values;
    for (const auto& [name, value] : each.values) values[name] = value;
    item["values"] = std::move(values);
    list.push_back(std::move(item));
  }
  return list;
}

json::object review_json(const service::PolicyInForce& policy, const service::ProductView& view) {
  const engine::Review review = engine::review(*policy.program, view.facts(), view.model());
  json::object answer;
  answer["product"] = view.facts().id;
  answer["version"] = view.review_version();
  answer["seq"] = view.facts().last_seq;
  answer["policy"] = view.revision;
  answer["since"] = nullptr;
  if (review.since) {
    answer["since"] = review.since->seq;
    answer["approved-by"] = review.since->poster;
    answer["approved-at"] = to_string(review.since->at);
  }
  answer["added"] = elements_json(review.added);
  json::array changed;
  for (const engine::ReviewChange& each : review.changed) {
    json::object item;
    item["element"] = each.element;
    item["title"] = each.title;
    item["attribute"] = each.attribute;
    item["from"] = each.from;
    item["to"] = each.to;
    if (!each.because.empty()) item["because"] = each.because;
    changed.push_back(std::move(item));
  }
  answer["changed"] = std::move(changed);
  answer["removed"] = to_json(review.removed);
  answer["unchanged"] = review.unchanged.size();
  answer["missing-fields"] = to_json(review.missing_fields);
  return answer;
}

// `elements`: some of what the review shows.
Result<std::optional<std::vector<std::string>>, server::Response> read_elements(
    const json::object& body) {
  const json::value* given = body.if_contains("elements");
  if (given == nullptr) return std::optional<std::vector<std::string>>();
  auto value = to_raw(*given);
  auto* texts = value ? std::get_if<std::vector<std::string>>(&*value) : nullptr;
  if (texts == nullptr || texts->empty()) {
    return Unexpected(refusal_at(422, "`elements` is a list of ids, not empty", "/elements",
                                 "wrong-type", {"leave it out to approve all"}));
  }
  return std::optional(std::move(*texts));
}

}  // namespace

void get_review(const CallPtr& call) {
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  server::Response response = json_answer(review_json(seen->policy, *seen->view));
  response.headers.emplace_back("ETag", etag_of(*seen->view));
  call->reply(std::move(response));
}

void post_approve(const CallPtr& call) {
  if (!call->service.product(call->product())) {
    return call->reply(unknown_product(call->product()));
  }
  auto body = body_object(call->request, {"elements", "version"}, true);
  if (!body) return call->reply(std::move(body.error()));
  service::Approval approval;
  auto elements = read_elements(*body);
  if (!elements) return call->reply(std::move(elements.error()));
  approval.elements = std::move(*elements);
  if (const json::value* version = body->if_contains("version")) {
    if (!version->is_string()) {
      return call->reply(
          refusal_at(422, "`version` is that of a review", "/version", "wrong-type", {"text"}));
    }
    approval.version = std::string(version->get_string());
  }
  Post post;
  post.approval = std::move(approval);
  post.add_to_refusal = [call](const service::PostError& error, json::object& more) {
    if (error.errors.empty() || error.errors.front().code != "changed-review") return;
    if (const auto view = call->service.product(call->product()))
      more["review"] = review_json(call->service.policy(), *view);
  };
  api::post(call, std::move(post));
}

}  // namespace riskd::api
