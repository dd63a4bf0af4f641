// The inputs of conditions: each with the values that it can have, and a part of the space for each.
//
// Numbers, dates and texts are told apart only as far as they are compared with constants: by the points
// and gaps that those make. What is beyond analysis (arithmetic on what is not constant, aggregates) is an
// input of its own that may be anything.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "dsl/conditions/condition_scan.hpp"
#include "dsl/conditions/decision_diagrams.hpp"
#include "dsl/conditions/truth.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Where the conditions are asked.
struct Where {
  enum class Of : std::uint8_t {
    product,
    component,  // of `type`
    element,    // a risk, weakness or countermeasure, of the product or of any component
    record,     // what a tracker or a report says
  };
  Of of = Of::product;
  std::uint32_t type = engine::no_index;
};

// How the risk, weakness and countermeasure that a derived value reads relate to those of the condition
// that reads the value; 0 where they are the same. Its parts: 0 to 2 says which risk (the condition's; the
// first of its weakness; the first of the first weakness of its countermeasure); 3 is added for the first
// weakness of its countermeasure, 6 where the element itself is not meant.
using Label = std::uint8_t;
// The label under which a value of `kind` is read, and that of a derived value of `kind`.
Label read_label(engine::Kind kind, Label label);
Label let_label(engine::Kind kind, Label label);

// Something that a condition depends on.
struct Input {
  enum class What : std::uint8_t {
    value,  // of `node`: a question, a field, a built-in name, today, or what is beyond analysis
    condition,  // of `node`, which is beyond analysis
    answered,   // whether the question or field `node` is answered
    asked,      // whether a question is asked, where `ask when` is not looked at
    includes,   // whether the answer to `node` includes the choice `bit`
    scope,      // the component type of the element, or that it is the product's
  };
  What what = What::value;
  engine::NodeId node = engine::no_node;
  Label label = 0;
  unsigned bit = 0;
  std::uint32_t symbol = 0;  // its number and 1: Case::symbol
  bool beyond = false;       // its parts depend on something, and that is not looked into
  Cases cases;               // exclusive; for a condition 0, 1 and unknown
};

// Refers to what it is made with. An input's cases are made once, when they are first asked for, and stay.
class ConditionInputs {
 public:
  ConditionInputs(const engine::Program& program, const ConditionScan& scan,
                  DecisionDiagrams& diagrams)
      : program_(program), scan_(scan), diagrams_(diagrams) {}

  // Forgets all inputs. `unknowns`: whether a value is known is told apart.
  void start(Where where, bool unknowns);

  const std::deque<Input>& all() const { return inputs_; }  // those met so far
  const Input& of(const Case& symbol) const { return inputs_[symbol.symbol - 1]; }

  // Where a yes-no input is yes.
  Diagram variable_of(Input::What what, engine::NodeId node, Label label, unsigned bit = 0);
  // The answer to a question or a field, where there is one.
  const Cases& answer(engine::NodeId node);
  // Any value of the node's type; where `with_none`, also no value.
  const Cases& free_value(engine::NodeId node, Label label, bool with_none);
  // The same for a node that is beyond analysis, and for a condition that is.
  const Cases& value_beyond(engine::NodeId node, Label label, bool with_none);
  Truth truth_beyond(engine::NodeId node, Label label);

  Where where() const { return where_; }
  // Where the conditions are asked of a component of this type (no_index: anywhere), and of any.
  Diagram in_scope(std::uint32_t component_type);
  Diagram in_component();
  // The component type of an element, none for the product's.
  const Cases& scope();

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  // A value and whether it stands for a gap.
  using Cell = std::pair<engine::Value, bool>;

  Input& input(Input::What what, engine::NodeId node, Label label, unsigned bit = 0);
  void spread(Input& input, const std::vector<Cell>& values);
  std::vector<Cell> cells(engine::NodeId node) const;

  const engine::Program& program_;
  const ConditionScan& scan_;
  DecisionDiagrams& diagrams_;
  Where where_;
  bool unknowns_ = false;
  std::deque<Input> inputs_;
  std::map<Key, std::uint32_t> input_by_key_;
};

}  // namespace riskd::dsl
