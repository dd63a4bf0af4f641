// Requests by their route, counted and timed.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "daemon/api/metric_families.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/server/counts.hpp"

namespace riskd::api {

// A label never has what somebody sent: the route is a row of the table ("/v1/products/{product}"), or "none", and the status is
// its class ("4xx"). So there is a bounded number of series. Each begins with the first request of its kind.
//
// Usable from any thread; counting takes a few atomic operations.
class HttpMeters {
 public:
  explicit HttpMeters(prometheus::Registry& registry);

  // `route`: null where no route has the request's path and method.
  void answered(const Route* route, int status, std::chrono::duration<double> took);

 private:
  struct OfRoute {
    std::array<std::atomic<prometheus::Counter*>, 6> by_class{};  // [status / 100]
    std::atomic<prometheus::Histogram*> seconds = nullptr;
  };

  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  std::vector<OfRoute> routes_;  // in the order of routes(), then of none
};

// What the server and the handler refused, and who is connected.
void add_connection_metrics(Families& families, const server::Counts& counts,
                            const server::AnswersByStatus& answers);

}  // namespace riskd::api
