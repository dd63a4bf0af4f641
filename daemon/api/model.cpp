// `model` and `why`: the model of a product, and why an element of it is in its state.
#include <fmt/core.h>

#include "daemon/api/routes.hpp"
#include "daemon/wire/json.hpp"
#include "engine/explain/explain.hpp"

namespace riskd::api {

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
  const std::string element = element_or_given(program, given);
  const auto reason = engine::explain(program, facts, element, moment);
  if (!reason) {
    return call->reply(refusal(404, engine::why_unexplained(program, facts, given, moment)));
  }
  const engine::LiveProduct live(seen->policy.program, std::move(facts), moment);
  server::Response response;
  response.body = wire::write_reason(*reason, engine::what_would_change(live, element)) + "\n";
  call->reply(std::move(response));
}

}  // namespace riskd::api
