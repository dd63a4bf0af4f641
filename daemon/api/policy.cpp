// The policy: checked, planned, swapped in, shown.
#include <fmt/core.h>

#include <map>
#include <optional>

#include "daemon/api/routes.hpp"
#include "daemon/wire/json.hpp"
#include "engine/base/limits.hpp"

namespace riskd::api {
namespace {

using Files = service::Service::Files;

// The files that a body holds; none where it is empty: then the configured paths are read.
Result<Files, server::Response> files_in(const json::object& body) {
  Files files;
  const json::value* given = body.if_contains("files");
  if (given == nullptr) return files;
  if (!given->is_object() || given->get_object().empty()) {
    return Unexpected(
        refusal_at(422, "`files` holds the text of each file by its name", "/files", "wrong-type"));
  }
  if (given->get_object().size() > limits::source_files) {
    return Unexpected(
        refusal(413, fmt::format("a policy has at most {} files", limits::source_files)));
  }
  for (const auto& file : given->get_object()) {
    std::string name(file.key());
    if (!file.value().is_string()) {
      return Unexpected(refusal_at(422, fmt::format("the file `{}` is not text", name),
                                   "/files/" + name, "wrong-type", {"text"}));
    }
    files.emplace_back(std::move(name), std::string(file.value().get_string()));
  }
  return files;
}

Result<Files, server::Response> read_files(const Call& call) {
  const auto body = body_object(call.request, {"files"}, true);
  if (!body) return failure(body);
  return files_in(*body);
}

// The plan that a reload must be; empty: any.
Result<std::string, server::Response> required_plan_in(const json::object& body) {
  const json::value* given = body.if_contains("require-plan");
  if (given == nullptr) return std::string();
  if (given->is_string() && !given->get_string().empty()) return std::string(given->get_string());
  return Unexpected(refusal_at(422, "`require-plan` is the `plan` that a plan has answered",
                               "/require-plan", "wrong-type", {"text"}));
}

json::object totals_of(const service::Plan& plan) {
  std::size_t added = 0, removed = 0, moved = 0, opens = 0, closes = 0, lost = 0;
  for (const service::ProductPlan& product : plan.products) {
    added += product.added.size();
    removed += product.removed.size();
    moved += product.moved;
    opens += product.opens.size();
    closes += product.closes.size();
    lost += product.lost.size();
  }
  json::object totals;
  totals["products"] = plan.products.size();
  totals["added"] = added;
  totals["removed"] = removed;
  totals["moved"] = moved;
  totals["opens"] = opens;
  totals["closes"] = closes;
  totals["lost-answers"] = lost;
  return totals;
}

json::object plan_json(const service::Plan& plan) {
  json::array products;
  for (const service::ProductPlan& product : plan.products) {
    json::object item;
    item["product"] = product.product;
    item["rating-before"] = to_json(product.rating_before);
    item["rating-after"] = to_json(product.rating_after);
    item["added"] = to_json(product.added);
    item["removed"] = to_json(product.removed);
    item["moved"] = product.moved;
    item["opens"] = to_json(product.opens);
    item["closes"] = to_json(product.closes);
    item["lost-answers"] = to_json(product.lost);
    json::error_code error;
    item["change"] = json::parse(product.change, error);
    products.push_back(std::move(item));
  }
  json::object answer;
  answer["same-policy"] = plan.same_policy;
  if (plan.compilation.program) answer["policy"] = plan.compilation.program->hash;
  answer["plan"] = plan.hash;
  answer["patterns"] = to_json(plan.patterns);
  answer["products-seen"] = plan.products_seen;
  answer["products-reached"] = plan.products_reached;
  answer["totals"] = totals_of(plan);
  answer["products"] = std::move(products);
  answer["diagnostics"] = diagnostics_of(plan.compilation);
  return answer;
}

}  // namespace

void check_policy(const CallPtr& call) {
  auto files = read_files(*call);
  if (!files) return call->reply(std::move(files.error()));
  auto compilation = call->service.compile(*files);
  if (!compilation) return call->reply(refusal(compilation.error(), *call->paths));
  json::object answer;
  answer["sound"] = compilation->sound();
  if (compilation->sound()) answer["policy"] = compilation->program->hash;
  answer["diagnostics"] = diagnostics_of(*compilation);
  call->reply(json_answer(std::move(answer)));
}

void plan_policy(const CallPtr& call) {
  auto files = read_files(*call);
  if (!files) return call->reply(std::move(files.error()));
  auto plan = call->service.plan(*files);
  if (!plan) return call->reply(refusal(plan.error(), *call->paths));
  if (!plan->compilation.sound()) return call->reply(refused_policy(plan->compilation));
  call->reply(json_answer(plan_json(*plan)));
}

void reload_policy(const CallPtr& call) {
  const auto body = body_object(call->request, {"files", "require-plan"}, true);
  if (!body) return call->reply(server::Response(body.error()));
  auto files = files_in(*body);
  if (!files) return call->reply(std::move(files.error()));
  auto plan = required_plan_in(*body);
  if (!plan) return call->reply(std::move(plan.error()));
  auto result = call->service.reload(*files, call->caller.name(), *plan);
  if (!result) return call->reply(refusal(result.error(), *call->paths));
  if (!result->done) return call->reply(refused_policy(result->plan.compilation));
  json::object answer = plan_json(result->plan);
  answer["revision"] = result->revision;
  call->reply(json_answer(std::move(answer)));
}

void rollback_policy(const CallPtr& call) {
  auto body = body_object(call->request, {"revision"}, true);
  if (!body) return call->reply(std::move(body.error()));
  std::optional<std::uint64_t> revision;
  if (const json::value* given = body->if_contains("revision")) {
    json::error_code error;
    revision = given->to_number<std::uint64_t>(error);
    if (error || !given->is_number() || *revision == 0) {
      return call->reply(refusal_at(422, "`revision` is the number of a revision", "/revision",
                                    "wrong-type", {"number"}));
    }
  }
  auto done = call->service.rollback(revision, call->caller.name());
  if (!done) return call->reply(refusal(done.error(), *call->paths));
  json::object answer = plan_json(done->reloaded.plan);
  answer["revision"] = done->reloaded.revision;
  answer["of"] = done->of;
  call->reply(json_answer(std::move(answer)));
}

void get_policy(const CallPtr& call) {
  const service::PolicyInForce policy = call->service.policy();
  json::object answer;
  answer["revision"] = policy.revision;
  answer["policy"] = policy.program->hash;
  answer["since"] = to_string(policy.since);
  answer["poster"] = policy.poster;
  if (!policy.instead_of.empty()) answer["instead-of"] = policy.instead_of;
  answer["files"] = to_json(policy.program->files);
  call->reply(json_answer(std::move(answer)));
}

}  // namespace riskd::api
