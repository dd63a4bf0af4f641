// What the steps of reading a condition share, and the steps: each says where a node of the program is
// true, or which value it has where. They call each other along the expression; what is found is kept.
//
// A node is read under a label (condition_inputs.hpp). By the logic, an unknown value settles nothing that
// one of its values would not settle too. So that a question may be open is left out where no condition
// asks whether it is answered, unless Assuming::unknowns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "dsl/conditions/condition_inputs.hpp"
#include "dsl/conditions/condition_scan.hpp"
#include "dsl/conditions/decision_diagrams.hpp"
#include "dsl/conditions/round_table.hpp"
#include "dsl/conditions/truth.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

struct Assuming {
  bool unknowns = false;   // every state in which something is unknown is told apart
  bool free_asks = false;  // `ask when` holds only where ask_when_holds() says so
};

// Between two starts: all diagrams in it are of one round; an entry of a table is final.
struct ConditionReading {
  explicit ConditionReading(const engine::Program& made)
      : program(made), scan(made), inputs(made, scan, diagrams) {}
  ConditionReading(const ConditionReading&) = delete;
  ConditionReading& operator=(const ConditionReading&) = delete;

  // Begins anew with these conditions. All diagrams become invalid.
  void start(Where where, const std::vector<engine::NodeId>& conditions, Assuming what);

  const engine::Program& program;
  DecisionDiagrams diagrams;
  ConditionScan scan;
  ConditionInputs inputs;
  Assuming assuming;
  std::vector<char> disabled_questions;  // by question: whether it is asked is left open

  std::size_t depth = 0;  // of the expression that is being read
  LabelledTable<Truth> truths;
  LabelledTable<const Cases*> cases;  // in `kept`
  std::deque<Cases> kept;
  RoundTable<Truth> asked;                        // by question
  std::map<std::uint32_t, Diagram> ask_switches;  // by question: ask_when_holds()
};

// Where the condition holds (condition_truth.cpp).
Truth truth_of(ConditionReading& reading, engine::NodeId condition, Label label);
// Each value that the node can have, and where (condition_values.cpp). Valid until the next start.
const Cases& cases_of(ConditionReading& reading, engine::NodeId node, Label label);
Cases arithmetic_of(ConditionReading& reading, engine::NodeId node, Label label);
Cases match_of(ConditionReading& reading, engine::NodeId node, Label label);

// Comparisons (condition_comparisons.cpp). Whether comparing with `with` has one result for all that
// `symbol` stands for.
bool comparable(const ConditionReading& reading, const Case& symbol, const engine::Value& with);
Truth comparison_of(ConditionReading& reading, engine::NodeId node, Label label);

// Whether a set includes the choices that `wanted`, a node includes_any or includes_all, names
// (condition_sets.cpp).
Truth includes(ConditionReading& reading, engine::NodeId set, engine::NodeId wanted, Label label);

// Questions and fields (condition_answers.cpp). Where one has which kind of value; the four are exclusive
// and cover everything.
struct Given {
  Diagram given = nowhere;     // somebody answered
  Diagram standard = nowhere;  // nobody did, and there is a default
  Diagram open = nowhere;      // nobody did
  Diagram none = nowhere;      // it is not asked
  engine::NodeId default_value = engine::no_node;
};
Given given(ConditionReading& reading, const engine::Node& node);
Cases stored_value(ConditionReading& reading, engine::NodeId node);
Truth is_answered(ConditionReading& reading, const engine::Node& node);
Diagram ask_when_holds(ConditionReading& reading, std::uint32_t question);

}  // namespace riskd::dsl
