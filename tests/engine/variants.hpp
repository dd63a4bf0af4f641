// Random policies: real ones with a line written otherwise.
#pragma once

#include <cstdint>
#include <vector>

#include "dsl/text/source.hpp"
#include "engine/program/program.hpp"

namespace riskd::tests {

// `sources` with one line written otherwise each, up to `wanted` of them; those that are no policy are
// left out. The same seed gives the same ones.
std::vector<engine::Policy> variants(const dsl::Sources& sources, std::size_t wanted,
                                     std::uint64_t seed = 20261126);

// A policy of many patterns whose conditions have every shape: nested `not`, `and` and `or` over yes-no
// questions, choices, what is asked on a condition, lets, numbers and sets, of products and of components.
engine::Policy random_conditions(std::uint64_t seed);

}  // namespace riskd::tests
