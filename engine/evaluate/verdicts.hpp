// What a test result means, by the policy's evidence blocks. Used inside engine/ only.
#pragma once

#include <optional>
#include <string>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Values;

class Verdicts {
 public:
  // `values` evaluates the conditions of rows, which read the result alone.
  Verdicts(const Basis& basis, Values& values);

  // What holds of a test: the newest that says something; of several that are said at once the worst. Whether a
  // pass is stale is not looked at.
  std::optional<BoundResult> holding(const std::string& suite_name, const SuiteFacts& suite,
                                     const Runs& runs, const KeptTest& test) const;
  // When a pass is stale; nullopt: never, or it is none.
  std::optional<Instant> stale_from(const BoundResult& result) const;

 private:
  Verdict judge(const Evidence* evidence, const std::string& source, const Statement& said) const;
  void count_row(const Evidence& evidence, const EvidenceRow& row) const;

  const Basis& basis_;
  Values& values_;
};

}  // namespace riskd::engine
