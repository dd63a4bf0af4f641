// Which patterns apply. Used inside engine/ only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Questions;
class Scopes;
class Values;

// Keeps at each scope whether each pattern applies there (ScopeInstance::patterns).
class Patterns {
 public:
  Patterns(const Basis& basis, const Scopes& scopes, Questions& questions, Values& values);

  Applies applies(std::uint32_t pattern, const ScopeInstance& scope) const;
  // Of every scope: questions first, since conditions are run on what they are worth.
  void compute_all();
  // Of a scope, by the pattern or by its slot; only the former is counted in a trace. Nothing is kept.
  Applies compute(std::uint32_t pattern, ScopeInstance& scope);
  Applies compute_at(std::uint32_t slot, ScopeInstance& scope);

 private:
  const Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Scopes& scopes_;
  Questions& questions_;
  Values& values_;
};

// In how many scopes one of `patterns` applies, and in how many it waits for an answer. Nothing else is evaluated.
struct Applying {
  std::size_t yes = 0, undecided = 0;
};
Applying applying(const Program& program, const Product& product, Instant now,
                  const std::vector<std::uint32_t>& patterns);

}  // namespace riskd::engine
