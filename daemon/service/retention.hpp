// Which results are superseded, and may leave the store.
#pragma once

#include <optional>
#include <string>

#include "daemon/service/config.hpp"
#include "daemon/store/store.hpp"
#include "engine/base/instant.hpp"

namespace riskd::service {

// What becomes an entry of kind `prune`.
struct Prune {
  store::PruneRecord record;
  std::string base;  // the product as the store keeps it (daemon/snapshot/snapshot.hpp)
};

// Of a product: the uploads that are older than `kept.seconds`, and those that are not among the newest `kept.uploads`,
// where these are set. What they say is folded into the base with everything else that was said by then, so nothing that holds is lost;
// only times before the base cannot be asked any more. nullopt: there is nothing to remove. Only whole entries are
// removed, and never the newest fact of the store, whose number is the next one's.
Result<std::optional<Prune>> superseded(const store::Store& store, const std::string& product,
                                        const Retention& kept, Instant now);

}  // namespace riskd::service
