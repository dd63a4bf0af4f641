// The names in scenarios, told from the declarations: the checker resolves a scenario's names only in a
// policy without errors, and an editor needs them before.
#include "dsl/index/index_builder.hpp"

namespace riskd::dsl {

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
  for (const ClauseId inner : statement.children) {
    if (statement.kind == ClauseKind::expect)
      use_expectation(clause(inner), file);
    else
      use_fact(clause(inner), file);
  }
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

void IndexBuilder::use_fact(const Clause& fact, std::uint32_t file) {
  const auto elements = {NameKind::risk, NameKind::weakness, NameKind::countermeasure};
  switch (fact.kind) {
    case ClauseKind::fact_answers: {
      const auto type = component_types_.find(fact.more().target.text);
      for (std::size_t i = 0; i < fact.more().names.size() && i < fact.more().exprs.size(); ++i) {
        use_answer(fact.more().names[i], fact.more().exprs[i], file,
                   type == component_types_.end() ? "" : type->second);
      }
      break;
    }
    case ClauseKind::fact_component:
      if (!fact.more().target.text.empty()) {
        component_types_[fact.name.text] = fact.more().target.text;
        use_name(fact.more().target, named(fact.more().target, file, {NameKind::component_type}));
      }
      for (const ClauseId child : fact.children) use_fact(clause(child), file);
      break;
    case ClauseKind::fact_decide:
    case ClauseKind::fact_accept: {
      if (!fact.more().texts.empty()) break;  // of a test
      const std::uint32_t element = named(fact.name, file, elements);
      use_name(fact.name, element);
      if (fact.flag && element != no_definition) {
        const std::uint32_t attribute =
            named(fact.more().name2, file, {NameKind::attribute},
                  std::string(to_string(index_.definitions[element].kind)));
        use_name(fact.more().name2, attribute);
        use_steps(fact.expr2, attribute);
      }
      break;
    }
    case ClauseKind::fact_ticket:
      use_name(fact.name, named(fact.name, file, {NameKind::ticket}));
      use_name(fact.more().name2, named(fact.more().name2, file, elements));
      use_map(fact.more().map, fact.more().target.text, file);
      break;
    default:
      break;
  }
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

void IndexBuilder::use_expectation(const Clause& expectation, std::uint32_t file) {
  switch (expectation.kind) {
    case ClauseKind::expect_pattern:
      use_name(expectation.name, named(expectation.name, file, {NameKind::pattern}));
      break;
    case ClauseKind::expect_ticket:
      use_name(expectation.name, named(expectation.name, file, {NameKind::ticket}));
      use_name(expectation.more().name2,
               named(expectation.more().name2, file,
                     {NameKind::risk, NameKind::weakness, NameKind::countermeasure}));
      break;
    case ClauseKind::expect_value: {
      const std::string& kind = expectation.more().kind_word.text;
      for (const NameKind each : {NameKind::risk, NameKind::weakness, NameKind::countermeasure}) {
        if (to_string(each) == kind)
          use_name(expectation.name, named(expectation.name, file, {each}));
      }
      use_comparison(expectation.expr, kind, file);
      break;
    }
    default:
      break;
  }
}

}  // namespace riskd::dsl
