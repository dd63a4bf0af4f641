// `health`, in whole, and in short for who supervises riskd; and `clock`.
#include "daemon/api/routes.hpp"

namespace riskd::api {
namespace {

// What a tracker's errors and statuses say is of any product. Who may not read them all is told how many there are.
void add_troubles(const Call& call, const service::TrackerState& tracker, json::object& item) {
  std::vector<std::string> errors;
  json::array unread;
  if (call.caller.may(service::Role::read, "")) {
    for (const std::string& error : tracker.errors) errors.push_back(call.paths->hidden(error));
    for (const service::UnreadStatus& each : tracker.unread) {
      json::object status;
      status["status"] = each.status;
      status["tickets"] = each.tickets;
      unread.push_back(std::move(status));
    }
  } else {
    item["withheld"] = tracker.errors.size() + tracker.unread.size();
  }
  if (!errors.empty()) item["last-error"] = errors.front();
  item["errors"] = to_json(errors);
  item["unread-statuses"] = std::move(unread);
}

}  // namespace

// What a clock that was ahead has stamped is brought back to now, by corrections that are appended.
void repair_clock(const CallPtr& call) {
  const auto corrected = call->service.bring_back_times(call->caller.name());
  if (!corrected) return call->reply(refusal(corrected.error(), *call->paths));
  json::object answer;
  answer["products"] = *corrected;
  call->reply(json_answer(std::move(answer)));
}

// riskd runs, and answers.
void get_live(const CallPtr& call) {
  json::object answer;
  answer["status"] = "alive";
  call->reply(json_answer(std::move(answer)));
}

// A change that comes now would be stored.
void get_ready(const CallPtr& call) {
  if (const Status proven = call->service.prove_write(); !proven)
    return call->reply(refusal(proven.error(), *call->paths));
  json::object answer;
  answer["status"] = "ready";
  answer["revision"] = call->service.policy().revision;
  call->reply(json_answer(std::move(answer)));
}

void get_health(const CallPtr& call) {
  const service::ServiceState state = call->service.state();
  const service::PolicyInForce policy = call->service.policy();
  json::array trackers;
  for (const service::TrackerState& tracker : state.trackers) {
    json::object item;
    item["name"] = tracker.name;
    item["kind"] = tracker.kind;
    item["pending"] = tracker.pending;
    item["held"] = tracker.held;
    item["withdrawn"] = tracker.withdrawn;
    item["under-way"] = tracker.under_way;
    const connectors::TrackerHealth& health = tracker.health;
    item["state"] = health.closed_until ? "left-alone" : health.limited_until ? "limited" : "ok";
    if (health.closed_until || health.limited_until)
      item["until"] = to_string(health.closed_until ? *health.closed_until : *health.limited_until);
    item["requests"] = health.requests;
    item["failures"] = health.failures;
    if (tracker.last_poll) item["last-poll"] = to_string(*tracker.last_poll);
    add_troubles(*call, tracker, item);
    trackers.push_back(std::move(item));
  }
  json::object answer;
  answer["status"] = state.write_error.empty() ? "ok" : "cannot-write";
  if (!state.write_error.empty()) answer["write-error"] = call->paths->hidden(state.write_error);
  answer["version"] = RISKD_VERSION;
  answer["started"] = to_string(state.started);
  answer["revision"] = policy.revision;
  if (policy.program) answer["policy"] = policy.program->hash;
  if (!policy.instead_of.empty()) answer["instead-of"] = policy.instead_of;
  answer["policy-since"] = to_string(policy.since);
  answer["seq"] = state.last_seq;
  if (state.position > 0) {
    json::object log;
    log["position"] = state.position;
    log["link"] = state.link;
    answer["log"] = std::move(log);
  }
  answer["products"] = state.products;
  answer["queued"] = state.queued;
  answer["store-bytes"] = state.store_bytes;
  answer["store-max-bytes"] = state.store_most_bytes;
  json::object tables;
  for (const auto& [name, bytes] : state.store_tables) tables[name] = bytes;
  answer["store-tables"] = std::move(tables);
  answer["store-nearly-full"] = state.is_nearly_full();
  if (state.to_reach > 0) {
    json::object evaluating;
    evaluating["done"] = state.reached;
    evaluating["of"] = state.to_reach;
    answer["evaluating"] = std::move(evaluating);
  }
  answer["trackers"] = std::move(trackers);
  answer["unrouted-effects"] = state.unrouted_effects;
  answer["disputed-tickets"] = state.disputed_tickets;
  answer["restored"] = state.is_restored;
  json::object clock;
  clock["behind-seconds"] = state.clock_behind_ms / 1'000;
  answer["clock"] = std::move(clock);
  call->reply(json_answer(std::move(answer)));
}

}  // namespace riskd::api
