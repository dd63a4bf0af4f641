// The check of scenarios; check_scenarios() is its door. What is given is in check_statements.cpp, what is
// expected in check_scenarios.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dsl/analyse/check_scenarios.hpp"

namespace riskd::dsl {

// What a scenario has said up to a line.
struct ScenarioState {
  const Library* library = nullptr;
  std::map<std::string, std::uint32_t> components;  // those that it has so far, with their types
  std::set<std::string> untyped;                    // those of a type that is none
  bool complete = true;                             // every line so far could be read
};

// The component that a statement names beside an element, and the words with which it would name one:
// "decide ELEMENT on COMPONENT".
struct NamedPlace {
  const Name& component;
  std::string before;
  std::string on;
};

class ScenarioCheck {
 public:
  ScenarioCheck(Lowering& lowering, const EvidenceSlots& evidence);

  ScenarioIds run();

 private:
  void check_statement(ClauseId id, ScenarioState& scenario);

  // Given
  void check_answers(ClauseId id, const AnswersSyntax& said, ScenarioState& scenario);
  void check_answer(const Name& asked, ExprId value, engine::Type type, const Library& library);
  void check_component(ClauseId id, const ComponentSyntax& said, ScenarioState& scenario);
  void check_ticket(ClauseId id, const TicketStatusSyntax& said, ScenarioState& scenario);
  void check_until(const DecisionTerms& terms);
  void check_decision(ClauseId id, const StateDecisionSyntax& said, ScenarioState& scenario);
  void check_decision(ClauseId id, const AttributeDecisionSyntax& said, ScenarioState& scenario);
  void check_decision(ClauseId id, const FalsePositiveSyntax& said, ScenarioState& scenario);
  void check_decision(ClauseId id, const AcceptanceSyntax& said, ScenarioState& scenario);
  void check_result(ClauseId id, const ResultSyntax& said, ScenarioState& scenario);
  void check_reported(const AnswerSyntax& told, const std::string& source,
                      const std::vector<RecordSlot>& slots, const Library& library);

  // Expected
  void check_expectation(ClauseId id, const ExpectedPatternSyntax& said, ScenarioState& scenario);
  void check_expectation(ClauseId id, const ExpectedValueSyntax& said, ScenarioState& scenario);
  void check_expected_ticket(ClauseId id, const ExpectedTicket& of, ScenarioState& scenario);
  void warn_of_scenario(ClauseId id);

  // Named. A component's type is no_index where no component is named; nothing where it is not known.
  std::optional<std::uint32_t> component_named(const Name& name, const ScenarioState& scenario);
  // The element that a statement names, in the component that it names, of `type`.
  void name_element(ClauseId id, ElementKind kind, const Name& name, const NamedPlace& place,
                    std::optional<std::uint32_t> type);
  void find_places();
  // `type` is that of the component that the statement names; no_index where it names none.
  void check_place(ElementKind kind, std::uint32_t index, const Name& name, const NamedPlace& place,
                   std::uint32_t type);

  Lowering& lowering_;
  const PolicyText& policy_;
  const Declarations& declared_;
  const engine::Program& program_;
  const EvidenceSlots& evidence_;
  ScenarioIds ids_;
  std::map<std::pair<const Library*, std::string>, Span> titles_;  // of the scenarios so far
  // The types of component whose patterns bring it; no_index is the product. Empty where a change
  // disables something, which may have brought it.
  std::vector<std::set<std::uint32_t>> weakness_places_, countermeasure_places_;
};

}  // namespace riskd::dsl
