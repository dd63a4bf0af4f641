// From the store to live products, at start.
#pragma once

#include "daemon/service/shared.hpp"
#include "daemon/service/store_keeper.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

// Reads snapshots, the facts and changes after them, and the outbox, and brings every product to the moment at which it was last
// evaluated, under the policy that was in force; the passing of time since then is the writer's.
Result<std::vector<Tail>> load_products(Shared& shared, const PolicyInForce& policy);

// Chooses the policy to start with: the archived one, or the configured one where there is none. Where
// the configured one is sound and another, `next` is it. A broken one is logged and does not prevent
// the start while an archived one is there.
struct StartPolicy {
  PolicyInForce in_force;
  std::optional<ReloadWork> next;  // without `done`
};
Result<StartPolicy> choose_policy(Shared& shared);

}  // namespace riskd::service
