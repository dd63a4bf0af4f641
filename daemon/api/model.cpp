// `model` and `why`: the model of a product, and why an element of it is in its state.
#include <fmt/core.h>

#include "daemon/api/routes.hpp"
#include "daemon/api/then.hpp"
#include "daemon/wire/json.hpp"
#include "engine/explain/explain.hpp"

namespace riskd::api {
namespace {

// The product as it was at the query's `at`.
Result<service::Then, server::Response> see_at(const Call& call) {
  auto at = read_moment("at", call.query("at"));
  if (!at) return failure(at);
  return see_then(call, {*at, std::nullopt});
}

// Why the query's element is in its state, as JSON.
Result<std::string, server::Response> write_why(const Call& call, const engine::LiveProduct& live) {
  const std::string given = call.query("element");
  const std::string element = element_or_given(live.program(), given);
  const auto reason = engine::explain(live.program(), live.facts(), element, live.now());
  if (!reason) {
    return Unexpected(
        refusal(404, engine::why_unexplained(live.program(), live.facts(), given, live.now())));
  }
  return wire::write_reason(*reason, engine::what_would_change(live, element));
}

}  // namespace

void get_model(const CallPtr& call) {
  if (call->has_query("at")) {
    auto then = see_at(*call);
    if (!then) return call->reply(std::move(then.error()));
    return call->reply(
        answer_of(wire::write_model(then->view->live.program(), then->view->model()), *then));
  }
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  server::Response response;
  response.body = wire::write_model(*seen->policy.program, seen->model) + "\n";
  response.headers.emplace_back("ETag", etag_of(*seen->view));
  call->reply(std::move(response));
}

void get_why(const CallPtr& call) {
  if (call->query("element").empty())
    return call->reply(refusal(400, "`element` is missing: name what is asked about"));
  if (call->has_query("at")) {
    auto then = see_at(*call);
    if (!then) return call->reply(std::move(then.error()));
    auto why = write_why(*call, then->view->live);
    if (!why) return call->reply(std::move(why.error()));
    return call->reply(answer_of(std::move(*why), *then));
  }
  auto seen = see(*call, call->product());
  if (!seen) return call->reply(std::move(seen.error()));
  auto why = write_why(
      *call, engine::LiveProduct(seen->policy.program, seen->view->live.facts(), seen->model.now));
  if (!why) return call->reply(std::move(why.error()));
  server::Response response;
  response.body = std::move(*why) + "\n";
  call->reply(std::move(response));
}

}  // namespace riskd::api
