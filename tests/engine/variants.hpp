// Random policies: real ones with a line written otherwise.
#pragma once

#include <cstdint>
#include <vector>

#include "dsl/source.hpp"
#include "engine/program.hpp"

namespace riskd::tests {

// `sources` with one line written otherwise each, up to `wanted` of them; those that are no policy are
// left out. The same seed gives the same ones.
std::vector<engine::Policy> variants(const dsl::Sources& sources, std::size_t wanted,
                                     std::uint64_t seed = 20261126);

}  // namespace riskd::tests
