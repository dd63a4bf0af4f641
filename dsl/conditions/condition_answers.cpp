// Questions and fields: whether they are asked, answered, and what the answer is.
#include "dsl/conditions/condition_reading.hpp"

namespace riskd::dsl {
using engine::Kind;
using engine::no_node;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::Value;

namespace {

bool is_of_question(const Node& node) { return node.op == Op::question || node.op == Op::answered; }

// `ask when` counts only where ask_when_holds() is true; elsewhere the question may be asked or not.
Truth freely_asked(ConditionReading& reading, std::uint32_t question, const Truth& by_condition) {
  DecisionDiagrams& diagrams = reading.diagrams;
  const Diagram held = ask_when_holds(reading, question);
  const Diagram asked = reading.inputs.variable_of(Input::What::asked, question, 0);
  const Diagram free = diagrams.without(asked, held);
  const Diagram unasked = diagrams.without(diagrams.negated(held), asked);
  return {diagrams.either(diagrams.both(held, by_condition.yes), free),
          diagrams.either(diagrams.both(held, no_of(diagrams, by_condition)), unasked)};
}

Truth compute_asked(ConditionReading& reading, std::uint32_t question) {
  if (!reading.disabled_questions.empty() && reading.disabled_questions[question] != 0)
    return {reading.inputs.variable_of(Input::What::asked, question, 0), Truth::complement};
  const NodeId ask_when = reading.program.questions[question].ask_when;
  if (ask_when == no_node) return {everywhere, nowhere};
  const Truth by_condition = truth_of(reading, ask_when, 0);
  return reading.assuming.free_asks ? freely_asked(reading, question, by_condition) : by_condition;
}

Truth is_asked(ConditionReading& reading, std::uint32_t question) {
  if (const Truth* known = reading.asked.find(question)) return *known;
  const Truth found = compute_asked(reading, question);
  reading.asked.keep(question, found);
  return found;
}

}  // namespace

Diagram ask_when_holds(ConditionReading& reading, std::uint32_t question) {
  const auto [known, fresh] = reading.ask_switches.try_emplace(question, nowhere);
  if (fresh) known->second = reading.diagrams.variable();
  return known->second;
}

Given given(ConditionReading& reading, const Node& node) {
  DecisionDiagrams& diagrams = reading.diagrams;
  Given where;
  bool tells_open = reading.assuming.unknowns;
  Truth asked{everywhere, nowhere};
  Diagram here = everywhere;
  if (is_of_question(node)) {
    const engine::Question& question = reading.program.questions[node.a];
    where.default_value = question.default_value;
    tells_open = tells_open || reading.scan.asks_if_question_answered(node.a);
    here = reading.inputs.in_scope(question.component_type);
    if (here != nowhere) asked = is_asked(reading, node.a);
  } else {
    const engine::Field& field = reading.program.fields[node.a];
    where.default_value = field.default_value;
    tells_open = tells_open || reading.scan.asks_if_field_answered(node.a);
    if (field.kind == Kind::component) here = reading.inputs.in_component();
  }
  const Diagram yes = diagrams.both(here, asked.yes);
  const Diagram no = no_of(diagrams, asked);
  where.none = diagrams.either(diagrams.negated(here), no);
  where.open = diagrams.without(here, diagrams.either(asked.yes, no));
  where.given = yes;
  if (tells_open && yes != nowhere) {
    const Label label = is_of_question(node) ? 0 : 1;
    const Diagram answered = reading.inputs.variable_of(Input::What::answered, node.a, label);
    const Diagram open = diagrams.without(yes, answered);
    where.given = diagrams.both(yes, answered);
    if (where.default_value == no_node) {
      where.open = diagrams.either(where.open, open);
    } else {
      where.standard = open;
    }
  }
  return where;
}

Cases stored_value(ConditionReading& reading, NodeId id) {
  DecisionDiagrams& diagrams = reading.diagrams;
  const Node& node = reading.program.nodes[id];
  const Given where = given(reading, node);
  Cases found;
  if (where.given == everywhere) return reading.inputs.answer(id);
  if (where.given != nowhere) add_all(diagrams, found, where.given, reading.inputs.answer(id));
  if (where.standard != nowhere)
    add_all(diagrams, found, where.standard, cases_of(reading, where.default_value, 0));
  add(diagrams, found, where.open, reading.program.unknown_of(node.type), 0);
  add(diagrams, found, where.none, Value::none(), 0);
  return found;
}

Truth is_answered(ConditionReading& reading, const Node& node) {
  const Given where = given(reading, node);
  if (!is_of_question(node)) return {where.given, Truth::complement};
  DecisionDiagrams& diagrams = reading.diagrams;
  const Diagram here = reading.inputs.in_scope(reading.program.questions[node.a].component_type);
  const Truth asked = here == nowhere ? Truth{nowhere, everywhere} : is_asked(reading, node.a);
  const Diagram open = diagrams.without(diagrams.both(here, asked.yes), where.given);
  return {where.given, diagrams.either(where.none, open)};
}

}  // namespace riskd::dsl
