// Metrics, in the text format of Prometheus.
#include "daemon/api/metric_families.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/state_metrics.hpp"
#include "daemon/service/meters.hpp"

namespace riskd::api {

void get_metrics(const CallPtr& call) {
  const service::ServiceState state = call->service.state();
  Families families;
  families.add(call->service.meters().registry.Collect());
  add_state_metrics(families, call->service, state);
  // A sum over some products would be another series for each who asks.
  if (call->caller.may(service::Role::read, "")) add_rating_metrics(families, state);
  call->own_metrics.add_to(families);
  add_process_metrics(families);
  server::Response response;
  response.content_type = "text/plain; version=0.0.4";
  response.body = families.text();
  call->reply(std::move(response));
}

}  // namespace riskd::api
