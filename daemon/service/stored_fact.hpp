// A fact as the store has it.
#pragma once

#include "daemon/store/store.hpp"
#include "engine/base/result.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::service {

// Who said it, and when.
engine::Provenance provenance_of(const store::FactRecord& record);

// Error::corrupt, with its place, where it does not decode.
Result<engine::Fact> stored_fact(const store::FactRecord& record);

}  // namespace riskd::service
