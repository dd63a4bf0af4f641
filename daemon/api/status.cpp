// Liveness and metrics.
#include <fmt/core.h>

#include <array>
#include <atomic>

#include "daemon/api/routes.hpp"

namespace riskd::api {
namespace {

std::array<std::atomic<std::uint64_t>, 6> answered;  // by status / 100; [0] is not used

// A label's value as the text format wants it.
std::string label(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

class Metrics {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  }
  void sample(std::string_view name, std::uint64_t value, std::string_view labels = {}) {
    text_ += labels.empty() ? fmt::format("{} {}\n", name, value)
                            : fmt::format("{}{{{}}} {}\n", name, labels, value);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "gauge", help);
    sample(name, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

void count_request(int status) {
  if (status >= 100 && status < 600) ++answered[static_cast<std::size_t>(status / 100)];
}

// What a clock that was ahead has stamped is brought back to now, by corrections that are appended.
void repair_clock(const CallPtr& call) {
  const auto corrected = call->service.bring_back_times(call->caller.name());
  if (!corrected) return call->reply(refusal(corrected.error(), *call->paths));
  json::object answer;
  answer["products"] = *corrected;
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
    const connectors::TrackerHealth& health = tracker.health;
    item["state"] = health.closed_until ? "left-alone" : health.limited_until ? "limited" : "ok";
    if (health.closed_until || health.limited_until)
      item["until"] = to_string(health.closed_until ? *health.closed_until : *health.limited_until);
    item["requests"] = health.requests;
    item["failures"] = health.failures;
    if (tracker.last_poll) item["last-poll"] = to_string(*tracker.last_poll);
    std::vector<std::string> errors;
    for (const std::string& error : tracker.errors) errors.push_back(call->paths->hidden(error));
    if (!errors.empty()) item["last-error"] = errors.front();
    item["errors"] = to_json(errors);
    json::array unread;
    for (const service::UnreadStatus& each : tracker.unread) {
      json::object status;
      status["status"] = each.status;
      status["tickets"] = each.tickets;
      unread.push_back(std::move(status));
    }
    item["unread-statuses"] = std::move(unread);
    trackers.push_back(std::move(item));
  }
  json::object answer;
  answer["status"] = "ok";
  answer["version"] = RISKD_VERSION;
  answer["started"] = to_string(state.started);
  answer["revision"] = policy.revision;
  if (policy.program) answer["policy"] = policy.program->hash;
  answer["policy-since"] = to_string(policy.since);
  answer["seq"] = state.last_seq;
  answer["products"] = state.products;
  answer["queued"] = state.queued;
  answer["store-bytes"] = state.store_bytes;
  if (state.to_reach > 0) {
    json::object evaluating;
    evaluating["done"] = state.reached;
    evaluating["of"] = state.to_reach;
    answer["evaluating"] = std::move(evaluating);
  }
  answer["trackers"] = std::move(trackers);
  answer["unrouted-effects"] = state.unrouted_effects;
  answer["disputed-tickets"] = state.disputed_tickets;
  json::object clock;
  clock["behind-seconds"] = state.clock_behind_ms / 1'000;
  answer["clock"] = std::move(clock);
  call->reply(json_answer(std::move(answer)));
}

void get_metrics(const CallPtr& call) {
  const service::ServiceState state = call->service.state();
  Metrics metrics;
  metrics.gauge("riskd_products", "Products that are known.", state.products);
  metrics.gauge("riskd_seq", "The last fact's number.", state.last_seq);
  metrics.gauge("riskd_policy_revision", "The policy in force.", call->service.policy().revision);
  metrics.gauge("riskd_queue_postings", "Postings that wait for the writer.", state.queued);
  metrics.gauge("riskd_store_bytes", "Size of the store.", state.store_bytes);
  metrics.gauge("riskd_start_time_seconds", "When the daemon started, in seconds since 1970.",
                static_cast<std::uint64_t>(state.started.ms / 1000));
  metrics.gauge("riskd_tickets_disputed",
                "Tickets that should be open and that a person closed twice.",
                state.disputed_tickets);
  metrics.gauge("riskd_clock_behind_seconds",
                "How far the clock stands behind the newest time in the store.",
                static_cast<std::uint64_t>(state.clock_behind_ms / 1'000));
  metrics.family("riskd_tickets_unread", "gauge",
                 "Tickets with a status that no row of their status map reads.");
  for (const auto& tracker : state.trackers) {
    std::uint64_t tickets = 0;
    for (const auto& each : tracker.unread) tickets += each.tickets;
    metrics.sample("riskd_tickets_unread", tickets,
                   fmt::format("tracker=\"{}\"", label(tracker.name)));
  }
  metrics.gauge("riskd_effects_unrouted", "Effects of products without a route.",
                state.unrouted_effects);
  metrics.family("riskd_effects_pending", "gauge", "Effects that wait for their tracker.");
  for (const auto& tracker : state.trackers) {
    metrics.sample("riskd_effects_pending", tracker.pending,
                   fmt::format("tracker=\"{}\"", label(tracker.name)));
  }
  metrics.family("riskd_effects_held", "gauge", "Effects that wait for their release.");
  for (const auto& tracker : state.trackers) {
    metrics.sample("riskd_effects_held", tracker.held,
                   fmt::format("tracker=\"{}\"", label(tracker.name)));
  }
  metrics.family("riskd_tracker_requests_total", "counter", "Requests sent to a tracker.");
  for (const auto& tracker : state.trackers) {
    metrics.sample("riskd_tracker_requests_total", tracker.health.requests,
                   fmt::format("tracker=\"{}\"", label(tracker.name)));
  }
  metrics.family("riskd_tracker_failures_total", "counter",
                 "Requests that a tracker did not answer, or with an error of its own.");
  for (const auto& tracker : state.trackers) {
    metrics.sample("riskd_tracker_failures_total", tracker.health.failures,
                   fmt::format("tracker=\"{}\"", label(tracker.name)));
  }
  metrics.family("riskd_tracker_left_alone", "gauge",
                 "1 while a tracker is not asked, since many requests in succession failed.");
  for (const auto& tracker : state.trackers) {
    metrics.sample("riskd_tracker_left_alone", tracker.health.closed_until ? 1 : 0,
                   fmt::format("tracker=\"{}\"", label(tracker.name)));
  }
  metrics.family("riskd_http_requests_total", "counter", "Requests answered, by status.");
  for (std::size_t status = 2; status <= 5; ++status) {
    metrics.sample("riskd_http_requests_total", answered[status],
                   fmt::format("status=\"{}xx\"", status));
  }
  server::Response response;
  response.content_type = "text/plain; version=0.0.4";
  response.body = metrics.take();
  call->reply(std::move(response));
}

}  // namespace riskd::api
