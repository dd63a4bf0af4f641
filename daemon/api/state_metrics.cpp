#include "daemon/api/state_metrics.hpp"

#include <algorithm>
#include <string>

#include "daemon/service/meters.hpp"
#include "daemon/service/tokens.hpp"

namespace riskd::api {
namespace {

using service::ServiceState;
using service::TrackerState;

constexpr std::int64_t soon_ms = 14LL * 24 * 3'600'000;  // from then on a token expires soon

double number(std::size_t count) { return static_cast<double>(count); }
double seconds(Instant at) { return static_cast<double>(at.ms) / 1'000; }
double seconds(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1'000; }

void add_policy(Families& families, const service::PolicyInForce& policy) {
  families.gauge("riskd_policy_revision", "The policy in force.", number(policy.revision));
  families.gauge("riskd_policy_since_timestamp_seconds",
                 "Since when it is in force, in seconds since 1970.", seconds(policy.since));
  families.gauge("riskd_policy_rolled_back",
                 "1 while an earlier policy is in force instead of the configured one.",
                 policy.instead_of.empty() ? 0 : 1);
}

void add_queue(Families& families, const ServiceState& state) {
  families.gauge("riskd_queue_postings",
                 "Postings that wait: for the writer, or for a large one to be evaluated.",
                 number(state.queued));
  families.gauge("riskd_queue_oldest_seconds",
                 "How long the first of those that wait for the writer has waited.",
                 seconds(state.oldest_queued));
  families.gauge("riskd_preparer_postings",
                 "Large postings that wait to be evaluated, and those that wait for them.",
                 number(state.preparing));
  families.gauge("riskd_writer_busy_seconds",
                 "How long the writer has been at its present batch; 0 while it waits for one.",
                 seconds(state.writer_busy));
  families.gauge("riskd_plan_products_left",
                 "Products that the plan or reload that runs has still to go through.",
                 number(state.to_reach - state.reached));
}

void add_store(Families& families, const ServiceState& state) {
  families.gauge("riskd_seq", "The last fact's number.", number(state.last_seq));
  families.gauge("riskd_log_position", "The position of the log's newest entry.",
                 number(state.position));
  families.gauge("riskd_store_bytes", "Size of the store.", number(state.store_bytes));
  families.gauge("riskd_store_max_bytes",
                 "What the store may have, as `[store] max-mebibytes` says.",
                 number(state.store_most_bytes));
  for (const auto& [name, bytes] : state.store_tables) {
    families.gauge("riskd_store_table_bytes", "Size of each table of the store.", number(bytes),
                   {{"table", std::string(name)}});
  }
  families.gauge("riskd_store_writable",
                 "1 while the store takes what is posted, as far as was tried.",
                 state.write_error.empty() ? 1 : 0);
  families.gauge("riskd_store_damaged", "1 where damage was found in the store.",
                 state.is_damaged ? 1 : 0);
  families.gauge("riskd_store_restored",
                 "1 while effects wait for a release, since the store is from a backup.",
                 state.is_restored ? 1 : 0);
  families.gauge("riskd_clock_behind_seconds",
                 "How far the clock stands behind the newest time in the store.",
                 static_cast<double>(state.clock_behind_ms / 1'000));
}

void add_trackers(Families& families, const ServiceState& state) {
  families.gauge("riskd_tickets_disputed",
                 "Tickets that should be open and that a person closed twice.",
                 number(state.disputed_tickets));
  families.gauge("riskd_effects_unrouted", "Effects without a configured tracker.",
                 number(state.unrouted_effects));
  using Value = double (*)(const TrackerState&);
  const auto gauge = [&](const char* name, const char* help, Value value) {
    families.family(name, help, prometheus::MetricType::Gauge);
    for (const TrackerState& tracker : state.trackers)
      families.gauge(name, help, value(tracker), {{"tracker", tracker.name}});
  };
  const auto counter = [&](const char* name, const char* help, Value value) {
    families.family(name, help, prometheus::MetricType::Counter);
    for (const TrackerState& tracker : state.trackers)
      families.counter(name, help, value(tracker), {{"tracker", tracker.name}});
  };
  gauge("riskd_tickets_unread", "Tickets with a status that no row of their status map reads.",
        [](const TrackerState& tracker) {
          double tickets = 0;
          for (const auto& each : tracker.unread) tickets += number(each.tickets);
          return tickets;
        });
  gauge("riskd_effects_pending", "Effects that wait for their tracker.",
        [](const TrackerState& tracker) { return number(tracker.pending); });
  gauge("riskd_effects_held", "Effects that wait for their release.",
        [](const TrackerState& tracker) { return number(tracker.held); });
  gauge("riskd_effects_withdrawn",
        "Tickets that are not wanted any more, may have been made, and are looked for.",
        [](const TrackerState& tracker) { return number(tracker.withdrawn); });
  gauge("riskd_tracker_errors", "Different errors of a tracker that are not settled, at most 20.",
        [](const TrackerState& tracker) { return number(tracker.errors.size()); });
  gauge("riskd_tracker_last_poll_timestamp_seconds",
        "When the tracker last answered what has changed, in seconds since 1970; 0: not yet.",
        [](const TrackerState& tracker) {
          return tracker.last_poll ? seconds(*tracker.last_poll) : 0;
        });
  gauge("riskd_tracker_left_alone",
        "1 while a tracker is not asked, since many requests in succession failed.",
        [](const TrackerState& tracker) { return tracker.health.closed_until ? 1.0 : 0.0; });
  gauge("riskd_tracker_limited", "1 while a tracker is not asked, since its rate limit is used up.",
        [](const TrackerState& tracker) { return tracker.health.limited_until ? 1.0 : 0.0; });
  counter("riskd_tracker_requests_total", "HTTP requests sent to a tracker.",
          [](const TrackerState& tracker) { return number(tracker.health.requests); });
  counter("riskd_tracker_failures_total",
          "HTTP requests that a tracker did not answer, or with an error of its own.",
          [](const TrackerState& tracker) { return number(tracker.health.failures); });
}

void add_tokens(Families& families, service::Service& service) {
  const Instant now = service.now();
  std::size_t live = 0, expiring = 0, expired = 0, revoked = 0;
  for (const service::Token& token : service.tokens().all()) {
    const auto& expires = token.grant.expires;
    if (token.revoked) {
      ++revoked;
    } else if (expires && *expires <= now) {
      ++expired;
    } else {
      ++live;
      if (expires && expires->ms - now.ms < soon_ms) ++expiring;
    }
  }
  const char* help = "Tokens: that hold, that have expired, that were revoked.";
  families.gauge("riskd_tokens", help, number(live), {{"state", "live"}});
  families.gauge("riskd_tokens", help, number(expired), {{"state", "expired"}});
  families.gauge("riskd_tokens", help, number(revoked), {{"state", "revoked"}});
  families.gauge("riskd_tokens_expiring", "Live tokens that expire within 14 days.",
                 number(expiring));
}

}  // namespace

void add_state_metrics(Families& families, service::Service& service, const ServiceState& state) {
  families.gauge("riskd_build_info", "1, with the version of riskd.", 1,
                 {{"version", RISKD_VERSION}});
  families.gauge("riskd_products", "Products that are known.", number(state.products));
  add_policy(families, service.policy());
  add_queue(families, state);
  add_store(families, state);
  add_trackers(families, state);
  add_tokens(families, service);
  const auto& left_out = service.meters().log_lines_left_out;
  families.counter("riskd_log_lines_left_out_total",
                   "Lines of the log that were left out, since nobody read it.",
                   left_out ? number(left_out()) : 0);
}

void add_rating_metrics(Families& families, const ServiceState& state) {
  const char* name = "riskd_products_by_band";
  const char* help = "Products by the band of their rating; only for who may read all products.";
  families.family(name, help, prometheus::MetricType::Gauge);
  for (const auto& [band, products] : state.bands)
    families.gauge(name, help, number(products), {{"band", band}});
}

}  // namespace riskd::api
