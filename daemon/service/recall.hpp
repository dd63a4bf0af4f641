// A product from the store: its snapshot, and the facts that came after it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "daemon/service/shared.hpp"
#include "daemon/snapshot/snapshot.hpp"

namespace riskd::service {

struct Recalled {
  std::shared_ptr<ProductView> view;
  std::size_t snapshot_bytes = 0;  // 0: there was none that could be used
  std::size_t tail_bytes = 0;      // of the facts after it
  bool is_derived_anew = false;    // the snapshot's rating was of another policy, riskd or moment
};

// As it was when it was last evaluated, under the policy that was in force then. Cost: what is live, and the facts
// since the last snapshot. From any thread. Error::corrupt where a record does not decode.
Result<Recalled> recall(const store::Store& store, const PolicyInForce& policy,
                        const std::string& product);

// The product as a record that `recall` reads.
std::string snapshot_of(const ProductView& view);

// The product's facts that a start can begin with: its snapshot, or what retention has left. Without facts: there is
// neither.
Result<snapshot::Snapshot> first_facts(const store::Store& store, const std::string& product);

// The base that retention has left of a product; nullopt: it has removed nothing of it.
Result<std::optional<snapshot::Snapshot>> base_of(const store::Store& store,
                                                  const std::string& product);

}  // namespace riskd::service
