// Conditions as functions of everything that they depend on: which answers, which state, which day.
//
// Each condition becomes two decision diagrams, where it is true and where it is false; elsewhere it is
// unknown. A value becomes a list of cases, each with a diagram that says where the value is that one.
// What a value can be is computed with the evaluator's own operations (engine/program/value.hpp), so that both
// mean the same.
//
// What is beyond this (arithmetic on what is not constant, aggregates, one number compared with another)
// is an input of its own that may be anything. So a condition that is never true here is never true, and
// the other way round where nothing was beyond it.
//
// The parts, each in its file: what is compared with what (condition_scan), the inputs and their values
// (condition_inputs), the steps of reading a node (condition_reading), the diagrams (decision_diagrams).
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "dsl/conditions/condition_reading.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// The program must outlive it.
class ConditionSpace {
 public:
  explicit ConditionSpace(const engine::Program& program) : reading_(program) {}

  // Questions that a change takes out, and derived values that a change makes constant. Whether those are
  // asked and what these are is left open: what rests on that alone is what the change wants.
  void set_changed(std::vector<char> disabled_questions, std::vector<char> constant_lets) {
    reading_.disabled_questions = std::move(disabled_questions);
    reading_.scan.set_open_lets(std::move(constant_lets));
  }

  // Begins anew, with the conditions that will be asked for. All diagrams become invalid.
  void start(Where where, const std::vector<engine::NodeId>& conditions, Assuming assuming = {}) {
    reading_.start(where, conditions, assuming);
  }

  Truth truth(engine::NodeId condition) { return truth_of(reading_, condition, 0); }
  Diagram yes(engine::NodeId condition) { return truth(condition).yes; }
  Diagram no(engine::NodeId condition) { return no_of(diagrams(), truth(condition)); }

  // Of those conditions: the questions that have an `ask when`, in the order in which they are met.
  const std::vector<std::uint32_t>& asked_questions() const {
    return reading_.scan.asked_questions();
  }
  Diagram ask_when_holds(std::uint32_t question) { return dsl::ask_when_holds(reading_, question); }

  // Whether the conditions depend on anything at all.
  bool reads_anything() const { return reading_.scan.reads_anything(); }
  const std::deque<Input>& inputs() const { return reading_.inputs.all(); }  // those met so far
  bool too_large() const { return reading_.diagrams.too_large(); }
  DecisionDiagrams& diagrams() { return reading_.diagrams; }

 private:
  ConditionReading reading_;
};

}  // namespace riskd::dsl
