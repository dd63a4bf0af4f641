// Conditions as the engine runs them most of the time: those that read answers to yes-no questions and
// to choices, and lets made of these, as a row of steps over a product's bytes. Whatever else a
// condition reads, and a question that was not computed yet, is left to the general evaluation, which
// says the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/node.hpp"

namespace riskd::engine {

struct Program;

// What a question is worth, in a byte; 0…63 is the choice or truth with that number.
namespace question_code {
inline constexpr std::uint8_t wide = 252;  // stands in ScopeInstance::wide
inline constexpr std::uint8_t none = 253;
inline constexpr std::uint8_t unknown = 254;  // as far as its type goes
inline constexpr std::uint8_t unset = 255;    // not computed
}  // namespace question_code

// In Kleene's order: `and` is the least, `or` the greatest, `not` is 2 - x.
enum class Verity : std::uint8_t {
  no,
  unknown,
  yes,
  beyond,  // not to be told here
};

// The questions of one scope, as ScopeInstance has them.
struct ScopeBytes {
  const std::uint8_t* questions = nullptr;
  std::uint32_t component_type = no_index;
};

// Made once a program, shared by all products.
class Conditions {
 public:
  Conditions() = default;
  // `slots`: Dependencies::question_slot.
  Conditions(const Program& program, const std::vector<std::uint32_t>& slots);

  // What `node` is where it is asked of the product, or of a component: then `component` has its
  // questions. No value is no, as in any condition.
  Verity of(NodeId node, const ScopeBytes& product, const ScopeBytes& component) const {
    return at(place(node), product, component);
  }
  // The same in two halves: where many are asked, their places stand beside each other.
  std::uint32_t place(NodeId node) const { return first_step_[node]; }
  Verity at(std::uint32_t place, const ScopeBytes& product, const ScopeBytes& component) const {
    return place == no_index ? Verity::beyond : run(steps_[place], product, component);
  }

 private:
  friend class ConditionsBuilder;

  struct Step {
    enum class Kind : std::uint8_t { constant, of_product, of_component, all, any, negated };
    Kind kind = Kind::constant;
    Verity value = Verity::no;         // constant
    std::uint16_t component_type = 0;  // of_component
    std::uint32_t table = 0;           // of_product, of_component: in tables_
    std::uint32_t slot = 0;            // likewise: of the question
    std::uint32_t size = 1;            // this step and all that is below it
  };
  using Table = std::array<Verity, 256>;  // by the code of the one question that is read

  Verity run(const Step& step, const ScopeBytes& product, const ScopeBytes& component) const;

  std::vector<std::uint32_t> first_step_;  // by node; no_index: left to the general evaluation
  std::vector<Step> steps_;
  std::vector<Table> tables_;
};

}  // namespace riskd::engine
