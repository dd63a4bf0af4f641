// Scenarios: their lines (parse_scenario.cpp), what is given (parse_statements.cpp) and what is expected
// (parse_expectations.cpp).
#pragma once

#include <string_view>
#include <vector>

#include "dsl/syntax/policy_reader.hpp"

namespace riskd::dsl {

class ScenarioReader : public PolicyReader {
 protected:
  using PolicyReader::PolicyReader;

  ClauseId scenario();

 private:
  ClauseId scenario_fact(bool given);
  ClauseId scenario_case();
  ClauseId scenario_expectation();

  ClauseId scenario_statement();
  ClauseId today();
  ClauseId component();
  ClauseId answers(const Name* component);
  ExprId answered_value();
  void refuse_no_answer();
  ClauseId ticket_status();
  ClauseId result();
  ClauseId decision();
  ClauseId false_positive();
  ClauseId acceptance();
  void decision_terms(DecisionTerms& terms);

  ClauseId expectation();
  ClauseId expected_pattern();
  ClauseId expected_ticket();
  ExprId expected_condition(std::string_view kind);
  std::vector<ExpectedTextSyntax> ticket_texts();
  ClauseId finish_statement(ClauseId id, const Token& first, Statement said);
};

}  // namespace riskd::dsl
