#include "engine/cwe.hpp"

#include <algorithm>
#include <array>

namespace riskd::engine {
namespace {

struct Relation {
  int child, parent;
};

constexpr Relation relations[] = {
#include "engine/cwe_parents.inc"
};

constexpr int deepest = 32;  // no chain is longer; a circle would end here

bool reaches(int cwe, int ancestor, int depth) {
  if (depth == 0) return false;
  const auto* at =
      std::lower_bound(std::begin(relations), std::end(relations), cwe,
                       [](const Relation& each, int child) { return each.child < child; });
  for (; at != std::end(relations) && at->child == cwe; ++at) {
    if (at->parent == ancestor || reaches(at->parent, ancestor, depth - 1)) return true;
  }
  return false;
}

}  // namespace

bool is_more_specific(int cwe, int ancestor) {
  return cwe != ancestor && reaches(cwe, ancestor, deepest);
}

}  // namespace riskd::engine
