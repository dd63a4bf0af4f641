// Where the effects that wait go, when trackers or routes are configured otherwise.
#pragma once

#include "daemon/service/batch.hpp"
#include "daemon/service/shared.hpp"

namespace riskd::service {

// Gives the effect the tracker that the configuration has for it. What may have made a ticket stays with the tracker to which it was sent: there it is looked
// for, whatever the routes say now. One that is not withdrawn goes elsewhere if that tracker is not configured any more.
void route(const Config& config, store::EffectRecord& record, const engine::Effect& effect);

// The writer's part: of all that wait.
Status reroute(Batch& batch, const Shared& shared);

}  // namespace riskd::service
