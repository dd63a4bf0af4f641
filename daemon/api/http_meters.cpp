#include "daemon/api/http_meters.hpp"

#include <algorithm>

#include "daemon/service/meters.hpp"

namespace riskd::api {
namespace {

constexpr std::array refusals = {401, 403, 408, 413, 429, 431, 503, 507};

// Several threads may make it at once: the family gives all of them the same.
template <typename Metric, typename Make>
Metric& made(std::atomic<Metric*>& place, const Make& make) {
  Metric* metric = place.load(std::memory_order_acquire);
  if (metric == nullptr) {
    metric = &make();
    place.store(metric, std::memory_order_release);
  }
  return *metric;
}

}  // namespace

HttpMeters::HttpMeters(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("riskd_http_requests_total")
                    .Help("Requests that were answered, by route and class of status.")
                    .Register(registry)),
      seconds_(prometheus::BuildHistogram()
                   .Name("riskd_http_request_seconds")
                   .Help("Time from when a request has come whole until its answer is there, by "
                         "route; without streams of events.")
                   .Register(registry)),
      routes_(routes().size() + 1) {}

void HttpMeters::answered(const Route* route, int status, std::chrono::duration<double> took) {
  const std::size_t index =
      route != nullptr ? static_cast<std::size_t>(route - routes().data()) : routes().size();
  OfRoute& of = routes_[index];
  const auto status_class = static_cast<std::size_t>(std::clamp(status, 0, 599) / 100);
  const auto labels = [route] {
    return prometheus::Labels{{"method", std::string(route ? route->method : "none")},
                              {"route", std::string(route ? route->path : "none")}};
  };
  made(of.by_class[status_class], [&]() -> prometheus::Counter& {
    prometheus::Labels all = labels();
    all.emplace("status", std::to_string(status_class) + "xx");
    return requests_.Add(all);
  }).Increment();
  const bool is_stream = route != nullptr && route->answer == nullptr;
  if (is_stream) return;
  made(of.seconds, [&]() -> prometheus::Histogram& {
    return seconds_.Add(labels(), service::times());
  }).Observe(took.count());
}

void add_connection_metrics(Families& families, const server::Counts& counts,
                            const server::AnswersByStatus& answers) {
  families.gauge("riskd_http_connections", "Connections that are open.",
                 static_cast<double>(counts.connections));
  for (const int status : refusals) {
    const auto count = counts.own_answers.of(status) + answers.of(status);
    families.counter("riskd_http_refusals_total",
                     "Requests and connections that were refused, by status: for who sends them, "
                     "for a limit, or since there is no room.",
                     static_cast<double>(count), {{"status", std::to_string(status)}});
  }
  const char* name = "riskd_certificate_end_timestamp_seconds";
  const char* help = "When the certificate of a TLS listener ends, in seconds since 1970.";
  families.family(name, help, prometheus::MetricType::Gauge);
  for (const auto& [address, end] : counts.certificates.all())
    families.gauge(name, help, static_cast<double>(end.ms / 1'000), {{"listener", address}});
}

}  // namespace riskd::api
