#include "engine/program/cwe.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>

#include "engine/program/cwe_parents.hpp"

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

template <std::size_t size>
bool holds(const int (&ids)[size], int cwe) {
  return std::binary_search(std::begin(ids), std::end(ids), cwe);
}

// How many digits are to be added, left out, written otherwise or exchanged with their neighbour.
std::size_t edits(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t other = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + other});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

CweKind kind_of_cwe(int cwe) {
  if (holds(cwe_weaknesses, cwe)) return CweKind::weakness;
  if (holds(cwe_categories, cwe)) return CweKind::category;
  if (holds(cwe_views, cwe)) return CweKind::view;
  return holds(cwe_deprecated, cwe) ? CweKind::deprecated : CweKind::unknown;
}

int nearest_weakness(int cwe) {
  const std::string digits = std::to_string(cwe);
  int best = cwe_weaknesses[0];
  std::size_t fewest = digits.size() + 8;
  for (const int each : cwe_weaknesses) {
    const std::size_t needed = edits(digits, std::to_string(each));
    const bool nearer = std::abs(each - cwe) < std::abs(best - cwe);
    if (needed < fewest || (needed == fewest && nearer)) {
      best = each;
      fewest = needed;
    }
  }
  return best;
}

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
