// What the scenarios of a policy reached, thing by thing: patterns, rows, steps, tickets and the
// branches of conditions, in the given files only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dsl/scenario/scenario.hpp"

namespace riskd::dsl {

enum class Covered : std::uint8_t { pattern, row, step, ticket, condition, match_case };

struct CoverageItem {
  Covered kind = Covered::pattern;
  Span span;
  std::string name;        // id of a pattern, name of a step or ticket
  std::uint64_t hits = 0;  // how often it was reached; of a condition, how often it was looked at
  std::uint64_t yes = 0, no = 0;  // of a condition: how often it was true, and false
  std::uint32_t group = 0;        // of a case: the match; of a condition: itself
  std::uint32_t index = 0;        // of a case: its number in the match, from 0

  // A condition has two branches, true and false; everything else is reached or not.
  std::size_t parts() const { return kind == Covered::condition ? 2 : 1; }
  std::size_t reached() const {
    if (kind != Covered::condition) return hits > 0 ? 1 : 0;
    return (yes > 0 ? 1u : 0u) + (no > 0 ? 1u : 0u);
  }
};

// By file and place. A condition is every yes-no expression that is not a constant: a whole `when`,
// and each operand of its `and`, `or` and `not`. The same condition in two places is one: where one of
// them was reached, both count.
std::vector<CoverageItem> coverage(const Compilation& policy, const Reached& reached);

struct CoverageTotal {
  std::string name;  // "patterns", "rows", "steps", "tickets", "branches": in this order
  std::size_t reached = 0, all = 0;
};
std::vector<CoverageTotal> coverage_totals(const std::vector<CoverageItem>& items);

struct CoverageMiss {
  Span span;
  std::string what;    // "never true", "no scenario takes this case"
  std::string source;  // on one line
};
std::vector<CoverageMiss> coverage_misses(const Compilation& policy,
                                          const std::vector<CoverageItem>& items);

// A line for each thing that was not reached, with its place and its source, then the totals:
// `24 of 24 patterns, 10 of 12 rows, 8 of 9 steps, 2 of 2 tickets, 112 of 140 branches`.
std::string coverage_text(const Compilation& policy, const std::vector<CoverageItem>& items);

// An LCOV tracefile (man 1 geninfo): patterns are functions, rows, steps, tickets and conditions make
// lines, conditions and cases make branches.
std::string lcov(const Compilation& policy, const std::vector<CoverageItem>& items);

}  // namespace riskd::dsl
