#include "dsl/syntax/statements.hpp"

#include <algorithm>

namespace riskd::dsl {

std::vector<ExprId> exprs_of(const Statement& statement) {
  using Exprs = std::vector<ExprId>;
  const auto values = [](const std::vector<AnswerSyntax>& answers) {
    Exprs all;
    for (const AnswerSyntax& each : answers) all.push_back(each.value);
    return all;
  };
  const ForEach visitor{
      [](const TodaySyntax& said) { return Exprs{said.day}; },
      [](const PassesSyntax& said) { return Exprs{said.time}; },
      [&](const AnswersSyntax& said) { return values(said.answers); },
      [](const ComponentSyntax&) { return Exprs{}; },
      [](const RemovalSyntax&) { return Exprs{}; },
      [](const ApprovalSyntax&) { return Exprs{}; },
      [](const StateDecisionSyntax& said) { return Exprs{said.terms.until}; },
      [](const AttributeDecisionSyntax& said) {
        return Exprs{said.value, said.terms.until};
      },
      [](const FalsePositiveSyntax& said) { return Exprs{said.terms.until}; },
      [](const AcceptanceSyntax& said) { return Exprs{said.terms.until}; },
      [](const TicketStatusSyntax&) { return Exprs{}; },
      [&](const ResultSyntax& said) { return values(said.reported); },
      [](const ExpectedPatternSyntax&) { return Exprs{}; },
      [](const ExpectedTicketSyntax&) { return Exprs{}; },
      [](const ExpectedTextsSyntax&) { return Exprs{}; },
      [](const ExpectedValueSyntax& said) { return Exprs{said.condition}; },
  };
  Exprs all = std::visit(visitor, statement);
  std::erase(all, nothing);
  return all;
}

}  // namespace riskd::dsl
