#include "dsl/compile/lowering.hpp"

#include <algorithm>

namespace riskd::dsl {

Lowering::Lowering(const PolicyText& text, const Declarations& names, engine::Program& made,
                   LetTypes types)
    : policy(text), declared(names), program(made), nodes(made) {
  nodes.reserve(text.syntax.exprs.size());
  lets.marks.resize(made.lets.size());
  lets.must_have = std::move(types);
}

// Expressions are numbered from 0: counted into their places.
std::vector<Lowered> in_order(const std::vector<Lowered>& lowered, std::size_t expressions) {
  std::vector<std::uint32_t> ends(expressions + 1);
  for (const Lowered& each : lowered) ++ends[each.expr + 1];
  for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  std::vector<Lowered> all(lowered.size());
  for (const Lowered& each : lowered) all[ends[each.expr]++] = each;
  const auto by_node = [](const Lowered& a, const Lowered& b) { return a.node < b.node; };
  std::size_t begin = 0;
  for (std::size_t expr = 0; begin < all.size(); begin = ends[expr++])
    std::sort(all.begin() + begin, all.begin() + ends[expr], by_node);
  const auto same = [](const Lowered& a, const Lowered& b) {
    return a.expr == b.expr && a.node == b.node;
  };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

}  // namespace riskd::dsl
