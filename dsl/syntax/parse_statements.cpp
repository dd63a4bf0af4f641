// What a `given`, a `then` or a `case` says.
#include <utility>

#include "dsl/syntax/scenario_reader.hpp"

namespace riskd::dsl {

ClauseId ScenarioReader::finish_statement(ClauseId id, const Token& first, Statement said) {
  clause(id).as<Statement>() = std::move(said);
  finish(id, first);
  return id;
}

// A value, or the choices of an any-of question.
ExprId ScenarioReader::answered_value() {
  if (!at_symbol("{")) return sum();
  const Token first = peek();
  std::vector<ExprId> items;
  if (at_symbol("}", 1)) {
    next(), next();
  } else {
    items = braced_list();
  }
  return make(ExprKind::in, first, std::move(items));
}

// What stands where an answer would, and is none.
void ScenarioReader::refuse_no_answer() {
  if (peek(1).kind == TokenKind::name && !at_word("is", 1) &&
      (at_word("pattern") || at_word("risk") || at_word("weakness") || at_word("countermeasure") ||
       at_word("product")))
    error_expected("what is so or happens", "`expect` says what should follow from it");
}

// `component`: inside whose braces they stand, without commas; null where they stand in a line.
ClauseId ScenarioReader::answers(const Name* component) {
  const Token first = peek();
  const ClauseId id = begin(ClauseKind::statement, first);
  AnswersSyntax said;
  if (component != nullptr) said.component = *component;
  do {
    if (component != nullptr && at_symbol("}")) break;
    if (component == nullptr) refuse_no_answer();
    if (at_word("given") && peek(1).kind == TokenKind::name && !at_word("is", 1))
      error_expected("what is so", "`case` says `given` already");
    if (at_word("today") && at_symbol("=", 1))
      error_expected("the name of a question or field",
                     "the day is said alone: write `given today = …` in a line of its own");
    AnswerSyntax answer;
    answer.name = reference("the name of a question or field");
    if (!panic_ && component == nullptr && at_word("is") && at_word("unanswered", 1)) {
      next();
      next();
    } else if (!panic_ && (at_word("is") || at_symbol(":"))) {
      error_expected("`=` and the answer", "write `" + answer.name.full() + " = …`");
    } else if (!panic_ && expect_symbol("=", "and the answer")) {
      answer.value = answered_value();
    }
    said.answers.push_back(std::move(answer));
    const bool comma = accept_symbol(",");
    if (!comma && !(component != nullptr && !at_symbol("}"))) break;
  } while (!panic_ && !at_end());
  if (!panic_ && component == nullptr && accept_word("on")) said.component = name("a component");
  return finish_statement(id, first, std::move(said));
}

ClauseId ScenarioReader::ticket_status() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  TicketStatusSyntax said;
  said.ticket = name("the ticket's template");
  if (!panic_) expect_word("for", "and the element");
  if (!panic_) said.element = reference("the element");
  if (!panic_ && !at_word("has") && accept_word("of")) said.component = name("a component");
  if (!panic_) expect_word("has", "and the ticket's status");
  while (!panic_) {
    TicketFieldSyntax field;
    field.name = kind_word({"status", "resolution", "state", "reason", "labels", "closed"});
    if (!panic_ && field.name.text == "closed")
      said.closed = kind_word({"yes", "no"}).text == "yes";
    else if (!panic_)
      field.value = text_literal("a text", false);
    said.fields.push_back(std::move(field));
    if (panic_ || !accept_symbol(",")) break;
  }
  if (!panic_ && expect_word("on", "and the kind of tracker")) {
    said.tracker = tracker();
    if (!panic_) said.map = map_name();
  }
  return finish_statement(id, first, std::move(said));
}

ClauseId ScenarioReader::result() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  ResultSyntax said;
  said.test = named_test();
  if (!panic_ && accept_word("absent")) {
    said.told = ResultTold::absent;
  } else if (!panic_ && accept_word("with")) {
    said.told = ResultTold::as_reported;
    do {
      AnswerSyntax told;
      told.name = name("what the report says, such as `outcome` or `risk`");
      const bool valued = !panic_ && expect_symbol("=", "and its value");
      if (valued && at_symbol("{")) {
        const Token list_first = peek();
        std::vector<ExprId> items = braced_list();
        told.value = make(ExprKind::in, list_first, std::move(items));
      } else if (valued) {
        told.value = sum();
      }
      said.reported.push_back(std::move(told));
      if (!valued) break;
    } while (!panic_ && accept_symbol(","));
  } else if (!panic_) {
    const bool failed = kind_word({"failed", "passed", "with", "absent"}).text == "failed";
    said.told = failed ? ResultTold::failed : ResultTold::passed;
  }
  if (!panic_ && accept_word("on")) said.component = name("a component");
  return finish_statement(id, first, std::move(said));
}

// The end and the reason of a decision; the end may stand on either side.
void ScenarioReader::decision_terms(DecisionTerms& terms) {
  if (!panic_ && accept_word("until")) terms.until = sum();
  if (!panic_) terms.reason = text_literal("the reason", false);
  if (!panic_ && terms.until == nothing && accept_word("until")) terms.until = sum();
}

ClauseId ScenarioReader::acceptance() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  AcceptanceSyntax said;
  said.risk = reference("the element");
  if (!panic_ && accept_word("on")) said.terms.component = name("a component");
  if (!panic_ && !at_word("until"))
    error_expected("`until` and a date", "an acceptance always has an end");
  decision_terms(said.terms);
  return finish_statement(id, first, std::move(said));
}

// `decide zap:10202 false-positive "…"`: of a test instead of an element.
ClauseId ScenarioReader::false_positive() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  FalsePositiveSyntax said;
  said.test.source = name("the source of the test");
  next();
  said.test.name = test_name();
  if (!panic_ && accept_word("on")) said.terms.component = name("a component");
  if (!panic_) kind_word({"false-positive"});
  decision_terms(said.terms);
  return finish_statement(id, first, std::move(said));
}

ClauseId ScenarioReader::decision() {
  if (at_symbol(":", 2)) return false_positive();
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  const Name element = reference("the element");
  DecisionTerms terms;
  if (!panic_ && accept_word("on")) terms.component = name("a component");
  if (!panic_ && at_symbol("=", 1)) {
    AttributeDecisionSyntax said{element, name("an attribute"), nothing, std::move(terms)};
    next();
    said.value = sum();
    decision_terms(said.terms);
    return finish_statement(id, first, std::move(said));
  }
  StateDecisionSyntax said{element, {}, std::move(terms)};
  if (!panic_ && at_word("false-positive"))
    error_expected("a state of the countermeasure",
                   "a false positive is a result, named by its source: "
                   "`decide zap:10202 false-positive \"…\"`");
  else if (!panic_)
    said.state = kind_word({"required", "recommended", "rejected", "not-applicable", "implemented",
                            "not-implemented"});
  decision_terms(said.terms);
  return finish_statement(id, first, std::move(said));
}

ClauseId ScenarioReader::today() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  TodaySyntax said;
  if (!accept_symbol("="))
    error_expected("`=` and the date", "write `today = 2026-11-23`");
  else
    said.day = sum();
  if (!panic_ && at_symbol(","))
    error_expected("the end of the line",
                   "the day is said alone: write `given` and the answers in a line of their own");
  return finish_statement(id, first, said);
}

ClauseId ScenarioReader::component() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::statement, first);
  const Name called = name("the component's name");
  if (!panic_ && accept_word("removed")) return finish_statement(id, first, RemovalSyntax{called});
  ComponentSyntax said{called, {}};
  if (!panic_) expect_word("of", "and the component's type");
  if (!panic_) expect_word("type", "after `of`");
  if (!panic_) said.type = reference("a component type");
  if (!panic_ && accept_symbol("{")) {
    if (!at_symbol("}")) {
      const ClauseId inside = answers(&said.name);
      clause(id).children.push_back(inside);
    }
    if (!panic_) expect_symbol("}", "after the component's answers");
  }
  return finish_statement(id, first, std::move(said));
}

ClauseId ScenarioReader::scenario_statement() {
  const Token first = peek();
  const bool answered = at_symbol("=", 1);  // a question may have any of these names
  if (at_word("today")) return today();
  if (at_word("component") && !answered) return component();
  if (at_word("approve") && !answered) {
    next();
    return finish_statement(begin(ClauseKind::statement, first), first, ApprovalSyntax{});
  }
  if (at_word("ticket") && !answered) return ticket_status();
  if (at_word("result") && !answered) return result();
  if (at_word("decide") && !answered) return decision();
  if (at_word("accept") && !answered) return acceptance();
  if (peek().kind != TokenKind::number) return answers(nullptr);
  const ClauseId id = begin(ClauseKind::statement, first);
  const PassesSyntax said{number_literal(false)};
  expect_word("pass", "after the duration");
  return finish_statement(id, first, said);
}

}  // namespace riskd::dsl
