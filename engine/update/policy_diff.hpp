// A new policy beside the one in force: which rules are other ones, and which products that can reach.
// Rules are compared by a hash of what they say, everything that they read included; where they stand
// in their files, and in what order, does not count.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/program/program.hpp"

namespace riskd::engine {

class LiveProduct;

// 128 bits of a rule's content. Two rules that differ have the same ones once in 2^64 rules.
struct RuleHash {
  std::array<std::uint64_t, 2> half{};
  auto operator<=>(const RuleHash&) const = default;
};

struct RuleHashes {
  explicit RuleHashes(const Program& program);
  RuleHash shared;  // of what every product has: ratings, steps, templates, maps, fields
  std::vector<RuleHash> patterns;  // each with its condition, its elements, and all that they read
};

// Immutable: may be asked by any thread.
class PolicyDiff {
 public:
  PolicyDiff(Policy before, Policy after);
  const Policy& before() const { return before_; }
  const Policy& after() const { return after_; }

  // Whether every product must be evaluated again: what they share has changed, or a pattern that
  // changed depends on the day.
  bool reaches_all() const { return reaches_all_; }
  // Ids of patterns that are new, gone or different, sorted.
  const std::vector<std::string>& patterns() const { return patterns_; }

  // Whether `product`, evaluated under the old policy, may come out differently under the new one: a
  // pattern that changed applies under one of the two. Where none does, its elements, ratings and
  // tickets and its next moment are the same under both.
  bool reaches(const LiveProduct& product) const;

 private:
  Policy before_, after_;
  bool reaches_all_ = false;
  bool reads_undecided_ = false;
  std::vector<std::string> patterns_;
  std::vector<std::uint32_t> gone_, come_;  // of before_, of after_
};

}  // namespace riskd::engine
