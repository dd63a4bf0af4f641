// Conditions as functions of everything that they depend on: which answers, which state, which day.
//
// Each condition becomes two decision diagrams, where it is true and where it is false; elsewhere it is
// unknown. A value becomes a list of cases, each with a diagram that says where the value is that one.
// What a value can be is computed with the evaluator's own operations (engine/program/value.hpp), so that both
// mean the same. Numbers, dates and texts are told apart only as far as they are compared with
// constants: by the points and gaps that those make.
//
// What is beyond this (arithmetic on what is not constant, aggregates, one number compared with another)
// is an input of its own that may be anything. So a condition that is never true here is never true, and
// the other way round where nothing was beyond it.
//
// By the logic, an unknown value settles nothing that one of its values would not settle too. So that a
// question may be open is left out where no condition asks whether it is answered, unless
// Assuming::unknowns.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dsl/conditions/decision_diagrams.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Of what the conditions are asked.
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

struct Assuming {
  bool unknowns = false;   // every state in which something is unknown is told apart
  bool free_asks = false;  // `ask when` holds only where ask_when_holds() says so
};

// Where a condition is true and where it is false.
struct Truth {
  static constexpr Diagram complement = -1;
  Diagram yes = nowhere;
  Diagram no = complement;  // complement: wherever it is not true
};

// A value, and where it is that one.
struct Case {
  Diagram when = everywhere;
  engine::Value value;
  // 0: the value is what it says. Otherwise it stands for all values in a gap between constants: of the
  // input with this number, less 1; `mixed`: of several.
  std::uint32_t symbol = 0;
  static constexpr std::uint32_t mixed = 0xffff'ffff;
};
using Cases = std::vector<Case>;

// How a derived value's risk, weakness and countermeasure relate to those of the condition that reads
// it: 0 where they are the same.
using Label = std::uint8_t;

// Something that a condition depends on.
struct Input {
  enum class What : std::uint8_t {
    value,  // of `node`: a question, a field, a built-in name, today, or what is beyond analysis
    condition,  // of `node`, which is beyond analysis
    answered,   // whether the question or field `node` is answered
    asked,      // whether a question is asked, where `ask when` is not looked at
    includes,   // whether the answer to `node` includes the choice `bit`
    scope,      // whether the element is the product's, or of which component type
  };
  What what = What::value;
  engine::NodeId node = engine::no_node;
  Label label = 0;
  unsigned bit = 0;
  bool beyond = false;  // its parts depend on something, and that is not looked into
  Cases cases;          // exclusive; for a condition 0, 1 and unknown
};

class ConditionSpace {
 public:
  explicit ConditionSpace(const engine::Program& program) : program_(program) {}

  // Questions that a change takes out, and derived values that a change makes constant. Whether those are
  // asked and what these are is left open: what rests on that alone is what the change wants.
  void set_changed(std::vector<char> disabled_questions, std::vector<char> constant_lets) {
    disabled_ = std::move(disabled_questions);
    constant_lets_ = std::move(constant_lets);
  }

  // Begins anew, with the conditions that will be asked for. All diagrams become invalid.
  void start(Where where, const std::vector<engine::NodeId>& conditions, Assuming reading = {});

  Truth truth(engine::NodeId condition) { return truth(condition, 0); }
  Diagram yes(engine::NodeId condition) { return truth(condition, 0).yes; }
  Diagram no(engine::NodeId condition) { return no_of(truth(condition, 0)); }

  // Of those conditions: the questions that have an `ask when`, in the order in which they are met.
  const std::vector<std::uint32_t>& asked_questions() const { return asked_order_; }
  Diagram ask_when_holds(std::uint32_t question);

  // Whether the conditions depend on anything at all.
  bool reads_anything() const { return reads_anything_; }
  const std::deque<Input>& inputs() const { return inputs_; }  // those met so far
  bool too_large() const { return diagrams_.too_large(); }
  DecisionDiagrams& diagrams() { return diagrams_; }

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  // Constants and inputs that a value may be, before it is known where.
  struct Gathered {
    std::vector<double> constants;
    std::vector<engine::NodeId> inputs;
    std::size_t visits = 0;
  };
  // An input that is compared: its constants, and what lies between them.
  struct Line {
    double low, high;  // bounds; infinite where there are none
    double step = 0;   // all values are multiples of it; 0: any number
    bool texts = false;
  };

  // Beforehand: what is compared with what (condition_scan.cpp)
  void scan(engine::NodeId node);
  void gather(engine::NodeId node, Gathered& found);
  void gather_arithmetic(engine::NodeId id, Gathered& found);
  bool is_line(engine::Type type) const;
  bool is_comparison(const engine::Node& node) const;
  // A derived value whose expression is not looked into.
  bool is_open_let(const engine::Node& node) const {
    return node.op == engine::Op::let && node.a < constant_lets_.size() &&
           constant_lets_[node.a] != 0;
  }
  double text_number(std::uint32_t text);

  // Inputs (condition_inputs.cpp)
  Input& input(Input::What what, engine::NodeId node, Label label, unsigned bit = 0);
  Diagram variable_of(Input::What what, engine::NodeId node, Label label, unsigned bit = 0);
  void spread(Input& input, const std::vector<std::pair<engine::Value, bool>>& values);
  const Cases& free_value(engine::NodeId node, Label label, bool with_none);
  Truth free_truth(engine::NodeId node, Label label);
  std::vector<std::pair<engine::Value, bool>> cells(engine::NodeId node) const;
  Line line_of(const engine::Node& node) const;
  Diagram in_scope(std::uint32_t component_type);
  Diagram in_component();
  const Input& scope_input();
  Truth asked(std::uint32_t question);
  struct Given {  // where a question or field has which kind of value
    Diagram given, standard, open, none;
    engine::NodeId default_value;
  };
  Given given(const engine::Node& node);
  Cases stored(engine::NodeId id);
  Cases builtin(engine::NodeId id, Label label);
  Truth answered(const engine::Node& node);
  Label read_label(engine::Kind kind, Label label) const;
  Label let_label(engine::Kind kind, Label label) const;

  // Values (condition_values.cpp)
  Truth truth(engine::NodeId id, Label label);
  Truth compute_truth(engine::NodeId id, Label label);
  Truth as_truth(const Cases& cases);
  Truth connective(const engine::Node& node, Label label);
  Truth relation(engine::NodeId id, Label label);
  std::optional<engine::Value> compare(engine::Op op, const Case& a, const Case& b) const;
  bool comparable(const Case& symbol, const engine::Value& with) const;
  Truth includes(engine::NodeId set, const engine::Node& wanted, Label label, std::size_t depth);
  Truth bits_of(engine::NodeId set, Label label, const engine::Node& wanted);
  Diagram no_of(const Truth& truth);
  Diagram unknown_of(const Truth& truth);
  const Cases& cases(engine::NodeId id, Label label);
  Cases compute_cases(engine::NodeId id, Label label);
  Cases choose(engine::NodeId id, Label label);
  Cases match(engine::NodeId id, Label label);
  bool has_other_value(engine::Type type, const engine::Value& subject,
                       std::size_t possible_cases) const;
  std::optional<Cases> hull_of_all(const std::vector<engine::NodeId>& values, Diagram when,
                                   Label label);
  Cases arithmetic(engine::NodeId id, Label label);
  void add(Cases& cases, Diagram when, const engine::Value& value, std::uint32_t symbol);
  void add_all(Cases& cases, Diagram when, const Cases& others);
  Case hull_of(const Case& a, const Case& b) const;

  const engine::Program& program_;
  DecisionDiagrams diagrams_;
  std::vector<char> disabled_, constant_lets_;
  Where where_;
  Assuming reading_;
  bool reads_anything_ = false;
  std::size_t depth_ = 0;

  // What is remembered of this condition is marked with its number.
  std::uint32_t round_ = 0;
  std::vector<std::uint32_t> scanned_, truth_round_, cases_round_;
  std::vector<Truth> truths_;
  std::vector<const Cases*> cases_;
  std::map<std::pair<engine::NodeId, Label>, Truth> labelled_truths_;
  std::map<std::pair<engine::NodeId, Label>, const Cases*> labelled_cases_;
  std::deque<Cases> store_;
  std::deque<Input> inputs_;
  std::map<Key, std::uint32_t> input_by_key_;
  std::vector<std::uint32_t> asked_round_, answered_round_;
  std::vector<Truth> asked_truths_;
  std::vector<std::uint32_t> asked_order_;
  std::vector<char> field_answered_;
  std::map<std::uint32_t, Diagram> ask_switches_;
  std::map<engine::NodeId, std::vector<double>> cuts_;  // sorted
  std::unordered_map<std::string, double> text_numbers_;
};

}  // namespace riskd::dsl
