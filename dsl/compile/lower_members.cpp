// The expressions of questions, fields, attributes, lets and ratings.
#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::Type;

const Scope& Compiler::scope_within(Kind kind, const Scope& outer) {
  const bool of_component = outer.has(Kind::component);
  const auto [known, fresh] = element_scopes_.try_emplace(
      std::tuple(kind, outer.library, outer.component_type, of_component));
  if (fresh) {
    Scope& made = known->second;
    made = scope_of(kind, *outer.library, outer.component_type);
    if (!of_component) std::erase(made.kinds, Kind::component);
  }
  return known->second;
}

Typed Compiler::let_value(std::uint32_t index) {
  engine::Let& let = program_.lets[index];
  if (let_marks_[index] == LetMark::done) return {let.value, let.type};
  if (let_marks_[index] == LetMark::open) {
    circular_let(index);
    return {};
  }
  let_marks_[index] = LetMark::open;
  let_path_.push_back(index);
  const Clause& declared = policy_.clause(let_clauses_[index]);
  const ExprId expr = before_changes_ && declared.expr2 != nothing ? declared.expr2 : declared.expr;
  const auto kept = kept_types_.find(let_clauses_[index]);
  Typed value;
  if (expr != nothing) {
    const Scope scope = scope_of(let.kind, *let_libraries_[index])
                            .from(policy_.library_at(policy_.syntax.exprs[expr].span));
    const std::string name = "`" + std::string(to_string(let.kind)) + "." + let.name + "`";
    value = kept == kept_types_.end()
                ? lower(expr, scope)
                : Typed{value_of(expr, scope, kept->second, name), kept->second};
  }
  if (value.ok() && (value.type.base == Base::texts || value.type.base == Base::elements)) {
    value =
        fail_type(policy_, policy_.syntax.exprs[expr].span,
                  "a derived attribute is one value, and this is " + show(program_, value.type));
  }
  let_path_.pop_back();
  let_marks_[index] = LetMark::done;
  program_.lets[index].value = value.node;
  program_.lets[index].type = value.type;
  return value;
}

// Told at the change that closes the circle, if one does.
void Compiler::circular_let(std::uint32_t index) {
  const std::string& name = program_.lets[index].name;
  Span at = policy_.clause(let_clauses_[index]).head;
  std::string path;
  bool inside = false;
  bool changed = false;
  for (const std::uint32_t each : let_path_) {
    inside = inside || each == index;
    if (!inside) continue;
    path += program_.lets[each].name + " → ";
    const Span written = policy_.syntax.exprs[policy_.clause(let_clauses_[each]).expr].span;
    if (!changed && policy_.in_change(written)) {
      changed = true;
      at = written;
    }
  }
  policy_.report(Code::circular, at, "`" + name + "` needs itself: " + path + name,
                 "break the circle at one of these");
}

Compiler::LetTypes Compiler::types_before_changes() {
  before_changes_ = true;
  LetTypes types;
  for (std::uint32_t i = 0; i < program_.lets.size(); ++i) {
    if (policy_.clause(let_clauses_[i]).expr2 == nothing) continue;
    if (const Typed value = let_value(i); value.ok()) types.emplace(let_clauses_[i], value.type);
  }
  return types;
}

void Compiler::lower_members() {
  for (std::uint32_t i = 0; i < program_.lets.size(); ++i) let_value(i);
  for (std::uint32_t i = 0; i < program_.questions.size(); ++i) {
    const Clause& asked = policy_.clause(question_clauses_[i]);
    engine::Question& question = program_.questions[i];
    const Kind kind = question.component_type == no_index ? Kind::product : Kind::component;
    const Scope scope = scope_of(kind, *question_libraries_[i], question.component_type);
    engine::NodeId ask = condition(asked.expr, scope, "`ask when`");
    if (asked.disabled_by != nothing) ask = nodes_.number({Base::truth, 0}, 0);
    const bool standard_fits = asked.expr2 != nothing &&
                               one_or_list(asked.expr2, program_.questions[i].type, "the default");
    const engine::NodeId standard =
        standard_fits ? constant(asked.expr2, scope, program_.questions[i].type, "the default")
                      : engine::no_node;
    program_.questions[i].ask_when = ask;
    program_.questions[i].default_value = standard;
  }
  for (std::uint32_t i = 0; i < program_.fields.size(); ++i) {
    const Clause& declared = policy_.clause(field_clauses_[i]);
    if (declared.expr == nothing) continue;
    const Library* library = &policy_.library_of(field_clauses_[i]);
    program_.fields[i].default_value =
        constant(declared.expr, scope_of(program_.fields[i].kind, *library),
                 program_.fields[i].type, "the default");
  }
  for (std::uint32_t i = 0; i < program_.attributes.size(); ++i) {
    const Clause& declared = policy_.clause(attribute_clauses_[i]);
    program_.attributes[i].default_value =
        constant(declared.expr, scope_of(Kind::product, *attribute_libraries_[i]),
                 program_.attributes[i].type, "the default");
  }
  for (std::uint32_t i = 0; i < program_.ratings.size(); ++i) {
    const Clause& declared = policy_.clause(rating_clauses_[i]);
    program_.ratings[i].value =
        value_of(declared.expr, scope_of(program_.ratings[i].kind, *rating_libraries_[i]),
                 Type{Base::number, 0}, "a rating");
  }
}

}  // namespace riskd::dsl
