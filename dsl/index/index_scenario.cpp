// The names in scenarios, told from the declarations: the checker resolves a scenario's names only in a
// policy without errors, and an editor needs them before.
#include "dsl/index/index_builder.hpp"

namespace riskd::dsl {
namespace {

constexpr std::initializer_list<NameKind> element_kinds = {NameKind::risk, NameKind::weakness,
                                                           NameKind::countermeasure};

}  // namespace

void IndexBuilder::use_scenario(const Clause& scenario, std::uint32_t file) {
  component_types_.clear();
  for (const ClauseId id : scenario.children) use_statement(clause(id), file);
}

// A `given`, `then` or `expect`; a `case` is a statement and what is expected then.
void IndexBuilder::use_statement(const Clause& statement, std::uint32_t file) {
  if (statement.kind == ClauseKind::scenario_case) {
    for (const ClauseId inner : statement.children) use_statement(clause(inner), file);
    return;
  }
  for (const ClauseId inner : statement.children) use_said(clause(inner), file);
}

// The choices in a literal: `internet`, `{ password, sso }`.
void IndexBuilder::use_steps(ExprId value, std::uint32_t value_of) {
  if (value == nothing || value_of == no_definition) return;
  const std::uint32_t owner = index_.definitions[value_of].steps_of;
  if (owner == no_definition) return;
  const Expr& expr = syntax_.exprs[value];
  for (const ExprId kid : expr.kids) use_steps(kid, value_of);
  if (expr.kind != ExprKind::name) return;
  const auto found = by_name_.find(expr.name.text);
  if (found == by_name_.end()) return;
  for (const std::uint32_t each : found->second) {
    if (index_.definitions[each].owner == owner) use_name(expr.name, each);
  }
}

void IndexBuilder::use_answer(const Name& name, ExprId value, std::uint32_t file,
                              const std::string& type) {
  std::uint32_t asked = named(name, file, {NameKind::question}, {}, &type);
  if (asked == no_definition)
    asked = named(name, file, {NameKind::field}, type.empty() ? "product" : "component");
  use_name(name, asked);
  use_steps(value, asked);
}

void IndexBuilder::use_answers(const AnswersSyntax& said, std::uint32_t file) {
  const auto type = component_types_.find(said.component.text);
  for (const AnswerSyntax& each : said.answers)
    use_answer(each.name, each.value, file, type == component_types_.end() ? "" : type->second);
}

void IndexBuilder::use_comparison(ExprId id, const std::string& kind, std::uint32_t file) {
  if (id == nothing) return;
  const Expr& expr = syntax_.exprs[id];
  if (expr.kind == ExprKind::name) {
    // The parser adds the attribute that goes without saying, at the place of `is`.
    if (text_of(policy_.sources, expr.span) != expr.name.full()) return;
    const std::uint32_t value =
        named(expr.name, file, {NameKind::rating, NameKind::attribute, NameKind::let}, kind);
    return use_name(expr.name, value);
  }
  const bool compares = expr.kids.size() > 1 && expr.kind != ExprKind::logic_and;
  std::uint32_t left = no_definition;
  if (compares && syntax_.exprs[expr.kids[0]].kind == ExprKind::name) {
    const Name& name = syntax_.exprs[expr.kids[0]].name;
    left = named(name, file, {NameKind::rating, NameKind::attribute, NameKind::let}, kind);
    if (left == no_definition && name.text == "band") {
      for (std::uint32_t i = 0; i < index_.definitions.size(); ++i) {
        if (index_.definitions[i].kind == NameKind::bands) left = i;
      }
      for (const ExprId kid : expr.kids) use_steps(kid, left);
      return;
    }
  }
  for (const ExprId kid : expr.kids) use_comparison(kid, kind, file);
  for (const ExprId kid : expr.kids) use_steps(kid, left);
}

void IndexBuilder::use_said(const Clause& statement, std::uint32_t file) {
  const auto use_kind = [&](const Name& name, std::initializer_list<NameKind> kinds) {
    const std::uint32_t definition = named(name, file, kinds);
    use_name(name, definition);
    return definition;
  };
  const auto use_ticket = [&](const ExpectedTicket& of) {
    use_kind(of.ticket, {NameKind::ticket});
    use_kind(of.element, element_kinds);
  };
  const ForEach visitor{
      [](const TodaySyntax&) {},
      [](const PassesSyntax&) {},
      [&](const AnswersSyntax& said) { use_answers(said, file); },
      [&](const ComponentSyntax& said) {
        if (!said.type.text.empty()) {
          component_types_[said.name.text] = said.type.text;
          use_kind(said.type, {NameKind::component_type});
        }
        for (const ClauseId child : statement.children) use_said(clause(child), file);
      },
      [](const RemovalSyntax&) {},
      [](const ApprovalSyntax&) {},
      [&](const StateDecisionSyntax& said) { use_kind(said.element, element_kinds); },
      [&](const AttributeDecisionSyntax& said) {
        const std::uint32_t element = use_kind(said.element, element_kinds);
        if (element == no_definition) return;
        const std::uint32_t attribute =
            named(said.attribute, file, {NameKind::attribute},
                  std::string(to_string(index_.definitions[element].kind)));
        use_name(said.attribute, attribute);
        use_steps(said.value, attribute);
      },
      [](const FalsePositiveSyntax&) {},
      [&](const AcceptanceSyntax& said) { use_kind(said.risk, element_kinds); },
      [&](const TicketStatusSyntax& said) {
        use_kind(said.ticket, {NameKind::ticket});
        use_kind(said.element, element_kinds);
        use_map(said.map, said.tracker.text, file);
      },
      [](const ResultSyntax&) {},
      [&](const ExpectedPatternSyntax& said) { use_kind(said.pattern, {NameKind::pattern}); },
      [&](const ExpectedTicketSyntax& said) { use_ticket(said.of); },
      [&](const ExpectedTextsSyntax& said) { use_ticket(said.of); },
      [&](const ExpectedValueSyntax& said) {
        for (const NameKind each : element_kinds) {
          if (to_string(each) == said.kind.text) use_kind(said.name, {each});
        }
        use_comparison(said.condition, said.kind.text, file);
      },
  };
  std::visit(visitor, statement.statement());
}

}  // namespace riskd::dsl
