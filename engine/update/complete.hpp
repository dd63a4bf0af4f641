// What riskd adds to a fact when it arrives: what its poster had in view and does not say.
#pragma once

#include "engine/evaluate/model.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::engine {

// Puts in the rating that an acceptance accepts, what "all" of an approval is, and what its elements were
// like. `model` is the product's, as the poster may have seen it.
void complete(const Model& model, FactBody& body);

// Whether `complete` would put something in.
bool is_incomplete(const FactBody& body);

}  // namespace riskd::engine
