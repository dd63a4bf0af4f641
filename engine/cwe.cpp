#include "engine/cwe.hpp"

#include <algorithm>
#include <iterator>

#include "engine/cwe_parents.hpp"

namespace riskd::engine {
namespace {

constexpr int deepest = 32;  // no chain is longer; a circle would end here

bool reaches(int cwe, int ancestor, int depth) {
  if (depth == 0) return false;
  const auto* at =
      std::lower_bound(std::begin(cwe_parents), std::end(cwe_parents), cwe,
                       [](const CweParent& each, int child) { return each.child < child; });
  for (; at != std::end(cwe_parents) && at->child == cwe; ++at) {
    if (at->parent == ancestor || reaches(at->parent, ancestor, depth - 1)) return true;
  }
  return false;
}

}  // namespace

bool is_more_specific(int cwe, int ancestor) {
  return cwe != ancestor && reaches(cwe, ancestor, deepest);
}

std::vector<int> most_specific(std::span<const int> all) {
  std::vector<int> kept;
  for (const int each : all) {
    const bool is_ancestor = std::any_of(all.begin(), all.end(),
                                         [&](int other) { return is_more_specific(other, each); });
    if (!is_ancestor) kept.push_back(each);
  }
  return kept;
}

}  // namespace riskd::engine
