// What the service's state is, as metrics.
#pragma once

#include "daemon/api/metric_families.hpp"
#include "daemon/service/service.hpp"

namespace riskd::api {

void add_state_metrics(Families& families, service::Service& service,
                       const service::ServiceState& state);

// Of what is known of the products: for who may read all of them.
void add_rating_metrics(Families& families, const service::ServiceState& state);

}  // namespace riskd::api
