#include "dsl/compile/lower_members.hpp"

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lower_expression.hpp"
#include "dsl/compile/lower_value.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::Type;

namespace {

// Told at the change that closes the circle, if one does.
void report_circular_let(Lowering& lowering, std::uint32_t index) {
  const std::string& name = lowering.program.lets[index].name;
  Span at = lowering.policy.clause(lowering.declared.lets[index].clause).head;
  std::string path;
  bool inside = false;
  bool changed = false;
  for (const std::uint32_t each : lowering.lets.path) {
    inside = inside || each == index;
    if (!inside) continue;
    path += lowering.program.lets[each].name + " → ";
    const Span written =
        lowering.policy.syntax
            .exprs[lowering.policy.clause(lowering.declared.lets[each].clause).expr]
            .span;
    if (!changed && lowering.policy.in_change(written)) {
      changed = true;
      at = written;
    }
  }
  lowering.policy.report(Code::circular, at, "`" + name + "` needs itself: " + path + name,
                         "break the circle at one of these");
}

}  // namespace

Typed lower_let(Lowering& lowering, std::uint32_t index) {
  engine::Let& let = lowering.program.lets[index];
  if (lowering.lets.marks[index] == LetProgress::Mark::done) return {let.value, let.type};
  if (lowering.lets.marks[index] == LetProgress::Mark::open) {
    report_circular_let(lowering, index);
    return {};
  }
  lowering.lets.marks[index] = LetProgress::Mark::open;
  lowering.lets.path.push_back(index);
  const Clause& declared = lowering.policy.clause(lowering.declared.lets[index].clause);
  const ExprId before = declared.as<LetSyntax>().before_change;
  const ExprId expr = lowering.lets.before_changes && before != nothing ? before : declared.expr;
  const auto kept = lowering.lets.must_have.find(lowering.declared.lets[index].clause);
  Typed value;
  if (expr != nothing) {
    const Scope scope =
        scope_of(let.kind, *lowering.declared.lets[index].library)
            .from(lowering.policy.library_at(lowering.policy.syntax.exprs[expr].span));
    const std::string name = "`" + std::string(to_string(let.kind)) + "." + let.name + "`";
    value = kept == lowering.lets.must_have.end()
                ? lower_expression(lowering, expr, scope)
                : Typed{lower_value(lowering, expr, scope, kept->second, name), kept->second};
  }
  if (value.ok() && (value.type.base == Base::texts || value.type.base == Base::elements)) {
    value = fail_type(
        lowering.policy, lowering.policy.syntax.exprs[expr].span,
        "a derived attribute is one value, and this is " + show(lowering.program, value.type));
  }
  lowering.lets.path.pop_back();
  lowering.lets.marks[index] = LetProgress::Mark::done;
  lowering.program.lets[index].value = value.node;
  lowering.program.lets[index].type = value.type;
  return value;
}

LetTypes types_before_changes(Lowering& lowering) {
  lowering.lets.before_changes = true;
  LetTypes types;
  for (std::uint32_t i = 0; i < lowering.program.lets.size(); ++i) {
    const Clause& declared = lowering.policy.clause(lowering.declared.lets[i].clause);
    if (declared.as<LetSyntax>().before_change == nothing) continue;
    if (const Typed value = lower_let(lowering, i); value.ok())
      types.emplace(lowering.declared.lets[i].clause, value.type);
  }
  return types;
}

void lower_members(Lowering& lowering) {
  for (std::uint32_t i = 0; i < lowering.program.lets.size(); ++i) lower_let(lowering, i);
  for (std::uint32_t i = 0; i < lowering.program.questions.size(); ++i) {
    const Clause& asked = lowering.policy.clause(lowering.declared.questions[i].clause);
    engine::Question& question = lowering.program.questions[i];
    const Kind kind = question.component_type == no_index ? Kind::product : Kind::component;
    const Scope scope =
        scope_of(kind, *lowering.declared.questions[i].library, question.component_type);
    engine::NodeId ask = lower_condition(lowering, asked.expr, scope, "`ask when`");
    if (asked.disabled_by != nothing) ask = lowering.nodes.number({Base::truth, 0}, 0);
    const ExprId default_value = asked.as<QuestionSyntax>().default_value;
    const bool standard_fits = default_value != nothing &&
                               check_one_or_list(lowering, default_value,
                                                 lowering.program.questions[i].type, "the default");
    const engine::NodeId standard =
        standard_fits ? lower_constant(lowering, default_value, scope,
                                       lowering.program.questions[i].type, "the default")
                      : engine::no_node;
    lowering.program.questions[i].ask_when = ask;
    lowering.program.questions[i].default_value = standard;
  }
  for (std::uint32_t i = 0; i < lowering.program.fields.size(); ++i) {
    const Clause& declared = lowering.policy.clause(lowering.declared.fields[i].clause);
    if (declared.expr == nothing) continue;
    const Library* library = &lowering.policy.library_of(lowering.declared.fields[i].clause);
    lowering.program.fields[i].default_value =
        lower_constant(lowering, declared.expr, scope_of(lowering.program.fields[i].kind, *library),
                       lowering.program.fields[i].type, "the default");
  }
  for (std::uint32_t i = 0; i < lowering.program.attributes.size(); ++i) {
    const Clause& declared = lowering.policy.clause(lowering.declared.attributes[i].clause);
    lowering.program.attributes[i].default_value = lower_constant(
        lowering, declared.expr, scope_of(Kind::product, *lowering.declared.attributes[i].library),
        lowering.program.attributes[i].type, "the default");
  }
  for (std::uint32_t i = 0; i < lowering.program.ratings.size(); ++i) {
    const Clause& declared = lowering.policy.clause(lowering.declared.ratings[i].clause);
    lowering.program.ratings[i].value = lower_value(
        lowering, declared.expr,
        scope_of(lowering.program.ratings[i].kind, *lowering.declared.ratings[i].library),
        Type{Base::number, 0}, "a rating");
  }
}

std::vector<DerivedType> derived_types(const PolicyText& policy, const engine::Program& program,
                                       const Declarations& declared) {
  std::vector<DerivedType> types;
  for (std::size_t i = 0; i < program.lets.size(); ++i) {
    const engine::Let& let = program.lets[i];
    if (let.value == engine::no_node) continue;
    const auto spans =
        has_steps(let.type) ? declared.steps.find(let.type.of) : declared.steps.end();
    const Span first = spans == declared.steps.end() ? Span{} : spans->second.front();
    types.push_back(
        {policy.clause(declared.lets[i].clause).name.span, show(program, let.type), first});
  }
  return types;
}

}  // namespace riskd::dsl
