#include "dsl/scenario/statement_facts.hpp"

#include <cstdlib>
#include <memory>
#include <utility>
#include <variant>

#include "engine/evaluate/model.hpp"

namespace riskd::dsl {
namespace {

std::string text_of(const Syntax& syntax, TextId text) {
  return text == nothing ? "" : syntax.texts[text].plain();
}

// A literal as it would be posted.
engine::RawValue posted_value(const Syntax& syntax, ExprId id) {
  if (id == nothing) return std::monostate{};
  const Expr& value = syntax.exprs[id];
  if (value.kind == ExprKind::yes || value.kind == ExprKind::no) return value.kind == ExprKind::yes;
  if (value.kind == ExprKind::number || value.kind == ExprKind::percent) return value.number;
  if (value.kind == ExprKind::date) return to_string(Date{static_cast<std::int32_t>(value.number)});
  if (value.kind == ExprKind::duration) return engine::print_number(value.number / 60) + " minutes";
  if (value.kind == ExprKind::text) return text_of(syntax, value.text);
  if (value.kind == ExprKind::group) return posted_value(syntax, value.kids[0]);
  if (value.kind != ExprKind::in) return value.name.text;
  std::vector<std::string> names;
  for (const ExprId kid : value.kids) {
    const Expr& item = syntax.exprs[kid];
    names.push_back(item.kind == ExprKind::text ? text_of(syntax, item.text) : item.name.text);
  }
  return names;
}

// `ids` are those of the questions and fields, in the order of the answers. A field's has no library.
std::vector<engine::FactBody> answers_of(const Syntax& syntax, const AnswersSyntax& said,
                                         const std::vector<std::string>& ids) {
  engine::AnswersFact given;
  engine::FieldsFact fields;
  given.component = fields.component = said.component.text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool field = ids[i].find('.') == std::string::npos;
    (field ? fields.fields : given.answers)
        .emplace_back(ids[i], posted_value(syntax, said.answers[i].value));
  }
  std::vector<engine::FactBody> facts;
  if (!fields.fields.empty()) facts.emplace_back(std::move(fields));
  if (!given.answers.empty()) facts.emplace_back(std::move(given));
  return facts;
}

engine::DecisionFact decision_of(const Syntax& syntax, const DecisionTerms& terms,
                                 std::string element, engine::DecisionState state) {
  engine::DecisionFact decision;
  decision.element = in_component(terms.component, std::move(element));
  decision.state = state;
  decision.reason = text_of(syntax, terms.reason);
  if (terms.until != nothing)
    decision.until = Date{static_cast<std::int32_t>(syntax.exprs[terms.until].number)};
  return decision;
}

engine::FactBody ticket_of(const Syntax& syntax, const TicketStatusSyntax& said,
                           std::string element) {
  engine::TicketFact ticket;
  ticket.ticket = said.ticket.text;
  ticket.element = in_component(said.component, std::move(element));
  ticket.tracker = ticket.kind = said.tracker.text;
  ticket.map = said.map.text;
  ticket.key = "T-1";
  for (const TicketFieldSyntax& field : said.fields) {
    const std::string value = text_of(syntax, field.value);
    if (field.name.text == "status") ticket.status = value;
    if (field.name.text == "resolution") ticket.resolution = value;
    if (field.name.text == "state") ticket.state = value;
    if (field.name.text == "reason") ticket.reason = value;
    if (field.name.text == "labels") ticket.labels.push_back(value);
    if (field.name.text == "closed") ticket.closed = said.closed;
  }
  return ticket;
}

// What a report says of a result, beside whether it failed.
void add_reported(const Syntax& syntax, const AnswerSyntax& told, engine::TestResult& result) {
  const std::string& name = told.name.text;
  const engine::RawValue value = posted_value(syntax, told.value);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    if (name == "tags") result.tags.insert(result.tags.end(), texts->begin(), texts->end());
    if (name == "locations") {
      engine::TestDetails details;
      details.locations = *texts;
      result.details = std::make_shared<const engine::TestDetails>(std::move(details));
    }
    for (const std::string& cwe : *texts) {
      if (name == "cwe" && cwe.starts_with("CWE-"))
        result.cwe.push_back(static_cast<int>(std::strtol(cwe.c_str() + 4, nullptr, 10)));
    }
    return;
  }
  std::string text;
  if (const auto* given = std::get_if<std::string>(&value)) text = *given;
  if (const auto* given = std::get_if<bool>(&value)) text = *given ? "yes" : "no";
  if (const auto* given = std::get_if<double>(&value)) text = engine::print_number(*given);
  if (name == "outcome") {
    result.outcome = text == "passed"    ? engine::TestOutcome::passed
                     : text == "failed"  ? engine::TestOutcome::failed
                     : text == "skipped" ? engine::TestOutcome::skipped
                                         : engine::TestOutcome::error;
  } else {
    result.attributes.emplace_back(name, text);
  }
}

engine::FactBody result_of(const Syntax& syntax, const ResultSyntax& said) {
  // Each test is a suite of its own, so that a run without it says nothing about the others.
  const std::string source = said.test.source.text;
  const std::string test = text_of(syntax, said.test.name);
  const std::string suite = (source + "/" + test).substr(0, 200);
  engine::TestResult result;
  result.id = test;
  result.component = said.component.text;
  if (source == "cucumber" && test.starts_with('@')) result.tags.push_back(test);
  // As their reports name it too: Nuclei's template without the matcher, the method of .NET without its parameters.
  const std::size_t part = source == "nuclei"                       ? test.find(':')
                           : source == "trx" && test.ends_with(')') ? test.find('(')
                                                                    : std::string::npos;
  if (part != std::string::npos && part != 0) {
    result.aliases.push_back(test.substr(0, part));
    while (result.aliases.back().ends_with(' ')) result.aliases.back().pop_back();
  }
  if (said.test.tool != nothing)
    result.attributes.emplace_back("tool", text_of(syntax, said.test.tool));
  engine::RunFact run;
  run.suite = suite;
  run.source = source;
  run.component = said.component.text;
  switch (said.told) {
    case ResultTold::passed:
    case ResultTold::failed:
      result.outcome = said.told == ResultTold::failed ? engine::TestOutcome::failed
                                                       : engine::TestOutcome::passed;
      return engine::ResultFact{suite, source, std::move(result)};
    case ResultTold::as_reported:
      run.complete = false;
      result.verdict = false;
      for (const AnswerSyntax& told : said.reported) add_reported(syntax, told, result);
      run.results.push_back(std::move(result));
      return run;
    case ResultTold::absent:
      run.complete = true;
      return run;
  }
  return run;
}

}  // namespace

std::string in_component(const Name& component, std::string name) {
  return component.text.empty() ? name : component.text + "/" + name;
}

std::string element_named(const Compilation& policy, ClauseId statement) {
  const auto found = policy.scenario_ids.find(statement);
  return found == policy.scenario_ids.end() || found->second.empty() ? "" : found->second.front();
}

std::vector<SaidFact> facts_of(const Compilation& policy, ClauseId statement) {
  const Syntax& syntax = policy.syntax;
  const Clause& clause = syntax.clauses[statement];
  std::vector<SaidFact> facts;
  const auto add = [&](engine::FactBody fact) { facts.push_back({std::move(fact), clause.span}); };
  const auto element = [&] { return element_named(policy, statement); };
  const ForEach visitor{
      [](const TodaySyntax&) {},
      [](const PassesSyntax&) {},
      [&](const AnswersSyntax& said) {
        for (engine::FactBody& each : answers_of(syntax, said, policy.scenario_ids.at(statement)))
          add(std::move(each));
      },
      [&](const ComponentSyntax& said) {
        engine::ComponentFact component;
        component.id = said.name.text;
        component.type = said.type.full();
        add(std::move(component));
        for (const ClauseId child : clause.children) {
          for (SaidFact& each : facts_of(policy, child)) facts.push_back(std::move(each));
        }
      },
      [&](const RemovalSyntax& said) {
        engine::ComponentFact component;
        component.id = said.component.text;
        component.removed = true;
        add(std::move(component));
      },
      [&](const ApprovalSyntax&) {
        engine::ApproveFact approval;
        approval.all = true;
        add(std::move(approval));
      },
      [&](const StateDecisionSyntax& said) {
        add(decision_of(
            syntax, said.terms, element(),
            engine::decision_state(said.state.text).value_or(engine::DecisionState::required)));
      },
      [&](const AttributeDecisionSyntax& said) {
        engine::DecisionFact decision =
            decision_of(syntax, said.terms, element(), engine::DecisionState::set);
        decision.attribute = said.attribute.text;
        decision.value = posted_value(syntax, said.value);
        add(std::move(decision));
      },
      [&](const FalsePositiveSyntax& said) {
        add(decision_of(syntax, said.terms,
                        said.test.source.text + ":" + text_of(syntax, said.test.name),
                        engine::DecisionState::false_positive));
      },
      [&](const AcceptanceSyntax& said) {
        add(decision_of(syntax, said.terms, element(), engine::DecisionState::accepted));
      },
      [&](const TicketStatusSyntax& said) { add(ticket_of(syntax, said, element())); },
      [&](const ResultSyntax& said) { add(result_of(syntax, said)); },
      [](const ExpectedPatternSyntax&) {},
      [](const ExpectedTicketSyntax&) {},
      [](const ExpectedTextsSyntax&) {},
      [](const ExpectedValueSyntax&) {},
  };
  std::visit(visitor, clause.statement());
  return facts;
}

}  // namespace riskd::dsl
