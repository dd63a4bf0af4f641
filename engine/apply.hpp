// The contract of the engine: facts in, deltas out.
#pragma once

#include <vector>

#include "engine/model.hpp"

namespace riskd::engine {

// A product that is kept evaluated. A value.
struct LiveProduct {
  Product facts;
  Model model;
};

// Applies a batch of facts as one change and brings the model to `now`. The deltas refer to
// `product.model`. An empty batch lets time pass. `trace` as for evaluate().
Deltas apply(const Program& program, LiveProduct& product, const std::vector<Fact>& facts,
             Instant now, Trace* trace = nullptr);

}  // namespace riskd::engine
