// Metrics, in the text format of Prometheus.
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

void get_metrics(const CallPtr& call) {
  const service::ServiceState state = call->service.state();
  Metrics metrics;
  metrics.gauge("riskd_products", "Products that are known.", state.products);
  metrics.gauge("riskd_seq", "The last fact's number.", state.last_seq);
  metrics.gauge("riskd_policy_revision", "The policy in force.", call->service.policy().revision);
  metrics.gauge("riskd_queue_postings", "Postings that wait for the writer.", state.queued);
  metrics.gauge("riskd_store_bytes", "Size of the store.", state.store_bytes);
  metrics.gauge("riskd_store_max_bytes",
                "What the store may have, as `[store] max-mebibytes` says.",
                state.store_most_bytes);
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
  metrics.gauge("riskd_effects_unrouted", "Effects without a configured tracker.",
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
  metrics.family("riskd_effects_withdrawn", "gauge",
                 "Tickets that are not wanted any more, may have been made, and are looked for.");
  for (const auto& tracker : state.trackers) {
    metrics.sample("riskd_effects_withdrawn", tracker.withdrawn,
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
