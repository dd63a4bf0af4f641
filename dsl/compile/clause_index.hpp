// From the place that a program keeps of a thing to the clause that declares it.
#pragma once

#include <map>
#include <tuple>

#include "dsl/compile/compilation.hpp"

namespace riskd::dsl {

// Refers to the compilation, which must outlive it.
class ClauseIndex {
 public:
  explicit ClauseIndex(const Compilation& policy);

  // The outermost clause that begins at `place`; null where none does.
  const Clause* at(const engine::Place& place) const;
  // The first node that an expression became; no_node where it became none.
  engine::NodeId node_of(ExprId id) const;

 private:
  const Compilation& policy_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, const Clause*> places_;
};

}  // namespace riskd::dsl
