// Conditions as rows of steps over bytes: the quick way, which most conditions take. It covers answers to yes-no
// questions and to choices, lets made of these, and the states and verdicts of elements. A condition that reads
// anything else, or a question that was not computed yet, is left to the general evaluation (Values), which gives the
// same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/program/node.hpp"

namespace riskd::engine {

struct Program;

// The value of a question in a byte; 0…63 is the choice or truth with that number.
namespace question_code {
inline constexpr std::uint8_t wide = 252;  // stands in ScopeInstance::wide
inline constexpr std::uint8_t none = 253;
inline constexpr std::uint8_t unknown = 254;  // as far as its type goes
inline constexpr std::uint8_t unset = 255;    // not computed
}  // namespace question_code

// In Kleene's order: `and` is the least, `or` the greatest, `not` is 2 - x.
enum class Truth : std::uint8_t {
  no,
  unknown,
  yes,
  needs_full_evaluation,  // the table cannot tell
};

// The questions of one scope, as ScopeInstance has them.
struct ScopeBytes {
  const std::uint8_t* questions = nullptr;
  std::uint32_t component_type = no_index;
};

// What a condition may read of the elements that it is asked of, a byte each.
struct ElementBytes {
  enum Of : std::uint8_t {
    // The state and the tests of the countermeasure, the tests of the weakness: their numbers as the built-in
    // enumerations have them; question_code::none where there is no such element.
    state,
    countermeasure_tested,
    weakness_tested,
    // Whether it is approved: 1 or 0. An element that is not there is not.
    risk_approved,
    weakness_approved,
    countermeasure_approved,
    count
  };
  std::array<std::uint8_t, count> codes{
      question_code::none, question_code::none, question_code::none, 0, 0, 0};

  // The state and the tests in one number below `numbers`.
  static constexpr std::uint8_t states = 5, tested = 4;
  static constexpr std::size_t numbers = (states + 1) * (tested + 1) * (tested + 1);
  // `states` and `tested` stand for an element that is not there.
  static constexpr std::uint8_t number(std::uint8_t state, std::uint8_t of_countermeasure,
                                       std::uint8_t of_weakness) {
    return static_cast<std::uint8_t>((state * (tested + 1) + of_countermeasure) * (tested + 1) +
                                     of_weakness);
  }
};

// Made once a program, shared by all products.
class Conditions {
 public:
  Conditions() = default;
  // `slots`: Dependencies::question_slot.
  Conditions(const Program& program, const std::vector<std::uint32_t>& slots);

  // What `node` is where it is asked of the product, or of a component: then `component` has its
  // questions. No value is no, as in any condition.
  Truth of(NodeId node, const ScopeBytes& product, const ScopeBytes& component) const {
    return at(place(node), product, component);
  }
  // Which of ElementBytes::codes the condition at a place reads: bit i is code i.
  unsigned elements_read(std::uint32_t place) const { return elements_read_[place]; }
  // Whether the condition at a place reads nothing but the state and the tests in ElementBytes.
  bool reads_states_alone(std::uint32_t place) const;
  // The same in two halves: where many are asked, their places stand beside each other.
  std::uint32_t place(NodeId node) const { return first_step_[node]; }
  Truth at(std::uint32_t place, const ScopeBytes& product, const ScopeBytes& component,
           const ElementBytes& elements = {}) const {
    return place == no_index ? Truth::needs_full_evaluation
                             : run(steps_[place], product, component, elements);
  }

 private:
  friend class ConditionsBuilder;

  struct Step {
    enum class Kind : std::uint8_t {
      constant,
      of_product,
      of_component,
      of_element,
      all,  // from here on with parts
      any,
      negated
    };
    Kind kind = Kind::constant;
    Truth value = Truth::no;           // constant
    std::uint16_t component_type = 0;  // of_component
    std::uint32_t table = 0;           // of_product, of_component, of_element: in tables_
    std::uint32_t slot = 0;            // likewise: of the question; in ElementBytes::codes
    std::uint32_t size = 1;            // this step and all that is below it
  };
  using Table = std::array<Truth, 256>;  // by the one code that is read

  Truth read(const Step& step, const ScopeBytes& product, const ScopeBytes& component,
             const ElementBytes& elements) const;
  Truth run(const Step& step, const ScopeBytes& product, const ScopeBytes& component,
            const ElementBytes& elements) const;

  std::vector<std::uint32_t> first_step_;  // by node; no_index: left to the general evaluation
  std::vector<Step> steps_;
  std::vector<std::uint8_t> elements_read_;  // by step: by it, or below it
  std::vector<Table> tables_;
};

}  // namespace riskd::engine
