// What formulas read, and what they compare it with: where a search for other answers looks. Used inside
// engine/ only.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/facts/fact.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

struct Formula {
  std::vector<std::pair<bool, std::uint32_t>> inputs;  // whether it is a field, its index; in order
  std::set<double> numbers, dates, durations;          // constants
  std::vector<std::string> texts;
  std::set<std::uint64_t> masks;  // sets that an answer must hold
};

// Of formulas and all that they read down to questions and fields: lets, ratings, what the questions
// are asked by, and the attributes that `risks` and what is below them set.
Formula read_formulas(const Program& program, const std::vector<NodeId>& formulas,
                      const std::vector<std::uint32_t>& risks);

// Values of `type` that an answer which is `now` could have instead: each choice, one more or one less
// of a set, numbers and dates on and beside the constants. Some may be `now`, or not fit the type.
std::vector<RawValue> other_values(const Program& program, const Formula& formula, Type type,
                                   const RawValue& now, Date today);

}  // namespace riskd::engine
