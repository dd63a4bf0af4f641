// What questions are worth: whether they are asked, and their values. Used inside engine/ only.
#pragma once

#include <cstdint>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Scopes;
class Values;

// Keeps at each scope a code for each question (question_code), which conditions read as they are, and values that
// no code has in ScopeInstance::wide.
class Questions {
 public:
  Questions(const Basis& basis, const Scopes& scopes, Values& values);

  // None where it is not asked; computed where ScopeInstance::questions says `unset`.
  Value value(std::uint32_t question, ScopeInstance& scope);
  Value asked(std::uint32_t question, ScopeInstance& scope);

 private:
  Value compute(std::uint32_t question, ScopeInstance& scope);

  const Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Scopes& scopes_;
  Values& values_;
};

}  // namespace riskd::engine
