// Random facts about a policy's own names, and models and facts as text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/evaluate/model.hpp"

namespace riskd::tests {

// A small generator of numbers; the same seed gives the same facts everywhere.
struct Dice {
  std::uint64_t state = 0;
  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool one_in(std::uint64_t bound) { return below(bound) == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
};

// One fact, made of `seed` alone. It is the `index`th of its sequence: its sequence number and its time,
// which is later than that of all before it.
engine::Fact random_fact(const engine::Program& program, std::uint64_t seed, std::size_t index);

// A fact for each seed.
std::vector<engine::Fact> random_facts(const engine::Program& program,
                                       const std::vector<std::uint32_t>& seeds);

// An answer of `type`, never a retraction.
engine::RawValue random_value(const engine::Program& program, engine::Type type, Dice& dice);

std::string to_text(const engine::Fact& fact);
std::string to_text(const std::vector<engine::Fact>& facts);

// All that a model says, but for the answers to questions themselves.
std::string to_text(const engine::Model& model);

}  // namespace riskd::tests
