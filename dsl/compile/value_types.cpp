#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Type;

std::string show(const engine::Program& program, Type type) {
  switch (type.base) {
    case Base::truth:
      return "yes-no";
    case Base::number:
      return "a number";
    case Base::percent:
      return "a percent";
    case Base::choice:
      return "a choice of `" + program.enums[type.of].name + "`";
    case Base::scale:
      return "the scale `" + program.enums[type.of].name + "`";
    case Base::set:
      return "the choices of `" + program.enums[type.of].name + "`";
    case Base::text:
      return "a text";
    case Base::date:
      return "a date";
    case Base::duration:
      return "a duration";
    case Base::texts:
      return "a list of texts";
    case Base::elements:
      return "a list";
  }
  return "";
}

bool is_numeric(Type type) {
  return type.base == Base::number || type.base == Base::percent || type.base == Base::scale;
}

bool is_ordered(const engine::Program& program, Type type) {
  return is_numeric(type) || type.base == Base::date || type.base == Base::duration ||
         (type.base == Base::choice && program.enums[type.of].ordered);
}

std::string steps_of(const engine::Program& program, Type type) {
  std::string all;
  for (const engine::EnumStep& step : program.enums[type.of].steps)
    all += (all.empty() ? "" : ", ") + step.name;
  return all;
}

std::string choices_of(const engine::Program& program, Type type) {
  return (type.base == Base::scale ? "the steps of the scale `" : "the choices of `") +
         program.enums[type.of].name + "`";
}

std::string list_choices(const engine::Program& program, Type type) {
  if (type.base != Base::choice && type.base != Base::scale && type.base != Base::set) return {};
  const std::string all = steps_of(program, type);
  if (all.empty()) return all;
  return (type.base == Base::scale ? "the steps are " : "the choices are ") + all;
}

// Help for a text where a value of another type is wanted.
std::string quoted_help(Type type) {
  if (type.base == Base::choice || type.base == Base::scale || type.base == Base::set ||
      is_numeric(type))
    return "leave the quotes out";
  if (type.base == Base::date) return "a date is written `2026-11-23`, without quotes";
  return {};
}

std::optional<Type> unify(Type a, Type b) {
  if (a == b) return a;
  if (is_numeric(a) && is_numeric(b)) return Type{Base::number, 0};
  return std::nullopt;
}

Typed fail_type(const PolicyText& policy, Span span, std::string message, std::string help) {
  policy.report(Code::type_mismatch, span, std::move(message), std::move(help));
  return {};
}

std::vector<ExprId> alternatives_of(const Expr& expr) {
  std::vector<ExprId> all;
  if (expr.kind == ExprKind::group) all = {expr.kids[0]};
  if (expr.kind == ExprKind::choose) all = {expr.kids[1], expr.kids[2]};
  if (expr.kind == ExprKind::match) {
    for (std::size_t i = 2; i < expr.kids.size(); i += 2) all.push_back(expr.kids[i]);
    if (expr.flag) all.push_back(expr.kids.back());
  }
  return all;
}

bool check_range(const PolicyText& policy, ExprId id, double most, const std::string& what) {
  if (id == nothing) return true;
  const Expr& expr = policy.expr(id);
  const bool literal = expr.kind == ExprKind::number || expr.kind == ExprKind::percent;
  if (literal && (expr.number < 0 || expr.number > most)) {
    policy.report(Code::out_of_range, expr.span,
                  what + (most > 1 ? " lies between 0 and 100" : " lies between 0% and 100%"),
                  most == 1 && expr.kind == ExprKind::number && expr.number > 1
                      ? "did you forget the `%`?"
                      : "");
    return false;
  }
  bool good = true;
  for (const ExprId each : alternatives_of(expr))
    good = check_range(policy, each, most, what) && good;
  return good;
}

}  // namespace riskd::dsl
