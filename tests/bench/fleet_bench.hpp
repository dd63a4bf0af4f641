// Workload N, of fleet_bench.cpp.
#pragma once

namespace riskd::bench {

void register_fleets();

}  // namespace riskd::bench
