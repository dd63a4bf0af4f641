// What the lines of a scenario say: a struct for each statement. A name that is not there is empty, an
// expression or text `nothing`; so is what could not be read.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "dsl/syntax/name.hpp"

namespace riskd::dsl {

// `zap 10202`, `sarif "rule" by "tool"`: a test by the name that its source gives it.
struct TestSyntax {
  Name source;
  TextId name = nothing;
  TextId tool = nothing;
};

// Given

struct TodaySyntax {  // `today = 2026-11-23`
  ExprId day = nothing;
};

struct PassesSyntax {  // `30 days pass`
  ExprId time = nothing;
};

struct AnswerSyntax {  // `reach = internet`; also what a report says of a result
  Name name;
  ExprId value = nothing;  // nothing: `is unanswered`
};

struct AnswersSyntax {  // `reach = internet, sign-in = { password } on main-db`
  std::vector<AnswerSyntax> answers;
  Name component;  // empty: the product
};

struct ComponentSyntax {  // `component main-db of type database { … }`; the answers are its child
  Name name;
  Name type;
};

struct RemovalSyntax {  // `component main-db removed`
  Name component;
};

struct ApprovalSyntax {};  // `approve`

// What every word of the security team has.
struct DecisionTerms {
  Name component;          // empty: the product
  ExprId until = nothing;  // a date
  TextId reason = nothing;
};

struct StateDecisionSyntax {  // `decide COUNTERMEASURE rejected "…"`
  Name element;
  Name state;
  DecisionTerms terms;
};

struct AttributeDecisionSyntax {  // `decide RISK impact = high "…"`
  Name element;
  Name attribute;
  ExprId value = nothing;
  DecisionTerms terms;
};

struct FalsePositiveSyntax {  // `decide zap:10202 false-positive "…"`
  TestSyntax test;
  DecisionTerms terms;
};

struct AcceptanceSyntax {  // `accept RISK until 2027-01-01 "…"`
  Name risk;
  DecisionTerms terms;
};

struct TicketFieldSyntax {  // `status "Done"`
  Name name;
  TextId value = nothing;  // nothing: `closed yes` and `closed no`
};

struct TicketStatusSyntax {  // `ticket implement for COUNTERMEASURE has status "Done" on jira`
  Name ticket;
  Name element;
  Name component;  // empty: the product
  std::vector<TicketFieldSyntax> fields;
  bool closed = false;  // what `closed` says
  Name tracker;
  Name map;  // the name of a status map; empty: the tracker's own
};

enum class ResultTold : std::uint8_t {
  passed,
  failed,
  as_reported,  // `with outcome = failed, …`: the evidence block judges
  absent,       // the run does not have it
};

struct ResultSyntax {  // `result zap 10202 failed`
  TestSyntax test;
  ResultTold told = ResultTold::passed;
  std::vector<AnswerSyntax> reported;
  Name component;  // empty: the product
};

// Expected

enum class PatternOutcome : std::uint8_t { applies, does_not_apply, undecided };

struct ExpectedPatternSyntax {  // `pattern sign-in applies`
  Name pattern;
  Name component;  // empty: the product
  PatternOutcome outcome = PatternOutcome::applies;
};

// Which ticket is meant.
struct ExpectedTicket {
  Name ticket;
  Name element;
  Name component;  // empty: the product
};

enum class TicketOutcome : std::uint8_t { open, closed, absent };

struct ExpectedTicketSyntax {  // `ticket implement for COUNTERMEASURE is open`
  ExpectedTicket of;
  TicketOutcome outcome = TicketOutcome::open;
};

struct ExpectedTextSyntax {  // `title "…"`, `body matches "*…*"`
  Name part;
  TextId text = nothing;
  bool glob = false;
};

struct
    ExpectedTextsSyntax {  // `ticket implement for COUNTERMEASURE has title "…", body matches "…"`
  ExpectedTicket of;
  std::vector<ExpectedTextSyntax> texts;
};

struct ExpectedValueSyntax {  // `risk guessing on main-db current > 50`
  Name kind;                  // product, component, risk, weakness or countermeasure
  Name name;                  // of the element or the component; empty: the product
  Name component;             // empty: the product
  ExprId condition = nothing;
};

using Statement =
    std::variant<TodaySyntax, PassesSyntax, AnswersSyntax, ComponentSyntax, RemovalSyntax,
                 ApprovalSyntax, StateDecisionSyntax, AttributeDecisionSyntax, FalsePositiveSyntax,
                 AcceptanceSyntax, TicketStatusSyntax, ResultSyntax, ExpectedPatternSyntax,
                 ExpectedTicketSyntax, ExpectedTextsSyntax, ExpectedValueSyntax>;

// For std::visit: a function for each alternative, so that none is forgotten.
template <typename... Functions>
struct ForEach : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>  // clang 14 does not deduce it by itself
ForEach(Functions...)->ForEach<Functions...>;

// The expressions that stand in it, in their order.
std::vector<ExprId> exprs_of(const Statement& statement);

}  // namespace riskd::dsl
