// The types as messages show them, and values that have to be of one.

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::NodeId;
using engine::Op;
using engine::Type;

std::string Compiler::show(Type type) const {
  switch (type.base) {
    case Base::truth:
      return "yes-no";
    case Base::number:
      return "a number";
    case Base::percent:
      return "a percent";
    case Base::choice:
      return "a choice of `" + program_.enums[type.of].name + "`";
    case Base::scale:
      return "the scale `" + program_.enums[type.of].name + "`";
    case Base::set:
      return "the choices of `" + program_.enums[type.of].name + "`";
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

bool Compiler::numeric(Type type) const {
  return type.base == Base::number || type.base == Base::percent || type.base == Base::scale;
}

bool Compiler::ordered(Type type) const {
  return numeric(type) || type.base == Base::date || type.base == Base::duration ||
         (type.base == Base::choice && program_.enums[type.of].ordered);
}

std::string Compiler::steps_of(Type type) const {
  std::string all;
  for (const engine::EnumStep& step : program_.enums[type.of].steps)
    all += (all.empty() ? "" : ", ") + step.name;
  return all;
}

std::string Compiler::choices_of(Type type) const {
  return (type.base == Base::scale ? "the steps of the scale `" : "the choices of `") +
         program_.enums[type.of].name + "`";
}

std::string Compiler::list_choices(Type type) const {
  if (type.base != Base::choice && type.base != Base::scale && type.base != Base::set) return {};
  const std::string all = steps_of(type);
  if (all.empty()) return all;
  return (type.base == Base::scale ? "the steps are " : "the choices are ") + all;
}

// Help for a text where a value of another type is wanted.
std::string Compiler::quoted_help(Type type) const {
  if (type.base == Base::choice || type.base == Base::scale || type.base == Base::set ||
      numeric(type))
    return "leave the quotes out";
  if (type.base == Base::date) return "a date is written `2026-11-23`, without quotes";
  return {};
}

std::optional<Type> Compiler::unify(Type a, Type b) const {
  if (a == b) return a;
  if (numeric(a) && numeric(b)) return Type{Base::number, 0};
  return std::nullopt;
}

Typed Compiler::fail_type(Span span, std::string message, std::string help) {
  diagnostics_.add(Code::type_mismatch, span, std::move(message), std::move(help));
  return {};
}

NodeId Compiler::fit(const Typed& value, Type type, Span span, const std::string& what) {
  if (!value.ok()) return engine::no_node;
  const bool fits = value.type == type || (type.base == Base::number && numeric(value.type)) ||
                    (type.base == Base::percent && value.type.base == Base::number);
  if (!fits) {
    std::string help = list_choices(type);
    if (type.base == Base::scale && numeric(value.type))
      help = "write one of its steps: " + steps_of(type);
    if (type.base == Base::duration && numeric(value.type))
      help = "write it with its unit: `30 days`";
    if (type.base == Base::text && value.type.base != Base::text) help = "a text stands in quotes";
    fail_type(span, what + " needs " + show(type) + ", and this is " + show(value.type),
              value.type.base == Base::text ? quoted_help(type) : help);
    return engine::no_node;
  }
  return value.node;
}

// The literals that an expression may be: each lies between 0 and `most`, which is 1 of a share.
bool Compiler::check_range(ExprId id, double most, const std::string& what) {
  if (id == nothing) return true;
  const Expr& expr = syntax_.exprs[id];
  switch (expr.kind) {
    case ExprKind::number:
    case ExprKind::percent:
      if (expr.number >= 0 && expr.number <= most) return true;
      diagnostics_.add(Code::out_of_range, expr.span,
                       what + (most > 1 ? " lies between 0 and 100" : " lies between 0% and 100%"),
                       most == 1 && expr.kind == ExprKind::number && expr.number > 1
                           ? "did you forget the `%`?"
                           : "");
      return false;
    case ExprKind::group:
      return check_range(expr.kids[0], most, what);
    case ExprKind::choose: {
      const bool yes = check_range(expr.kids[1], most, what);
      return check_range(expr.kids[2], most, what) && yes;
    }
    case ExprKind::match: {
      bool good = true;
      for (std::size_t i = 2; i < expr.kids.size(); i += 2)
        good = check_range(expr.kids[i], most, what) && good;
      if (expr.flag) good = check_range(expr.kids.back(), most, what) && good;
      return good;
    }
    default:
      return true;
  }
}

NodeId Compiler::condition(ExprId id, const Scope& scope, const std::string& what) {
  if (id == nothing) return engine::no_node;
  const Typed value = lower(id, scope_at(syntax_.exprs[id].span, scope));
  if (!value.ok()) return engine::no_node;
  if (value.type.base == Base::truth) return value.node;
  std::string help;
  if (value.type.base == Base::set) help = "ask for a choice: `… includes …`";
  if (value.type.base == Base::choice) help = "compare it: `… is …`";
  fail_type(syntax_.exprs[id].span, what + " needs a condition, and this is " + show(value.type),
            help);
  return engine::no_node;
}

Scope Compiler::scope_at(Span span, const Scope& scope) const {
  Scope here = scope;
  here.library = &library_at(span);
  return here;
}

NodeId Compiler::value_of(ExprId id, const Scope& outer, Type type, const std::string& what) {
  if (id == nothing) return engine::no_node;
  // `default { password, sso }` and `sign-in = { password }`.
  const Expr& expr = syntax_.exprs[id];
  const Scope scope = scope_at(expr.span, outer);
  if (type.base == Base::set && expr.kind == ExprKind::in) {
    engine::Node node;
    node.op = Op::constant_set;
    node.type = type;
    for (const ExprId item : expr.kids) {
      const Typed step = lower(item, scope, type);
      if (!step.ok()) return engine::no_node;
      if (step.type != Type{Base::choice, type.of}) {
        fail_type(syntax_.exprs[item].span, what + " needs " + show(type));
        return engine::no_node;
      }
      node.bits |= std::uint64_t{1} << static_cast<unsigned>(program_.nodes[step.node].number);
    }
    return nodes_.add(node);
  }
  const NodeId node = fit(lower(id, scope, type), type, expr.span, what);
  if (node == engine::no_node || type.base != Base::percent) return node;
  return check_range(id, 1, what) ? node : engine::no_node;
}

NodeId Compiler::constant(ExprId id, const Scope& scope, Type type, const std::string& what) {
  const NodeId node = value_of(id, scope, type, what);
  if (node == engine::no_node) return node;
  const Op op = program_.nodes[node].op;
  if (op == Op::constant || op == Op::constant_set || op == Op::constant_text) return node;
  diagnostics_.add(Code::not_constant, syntax_.exprs[id].span, what + " needs a constant",
                   "write a literal: a number, a date, a choice");
  return engine::no_node;
}

// Whether a value that is given is a list where a list is wanted, and only there.
bool Compiler::one_or_list(ExprId value, Type type, const std::string& what) {
  const Expr& given = syntax_.exprs[value];
  if (given.kind == ExprKind::in && type.base != Base::set) {
    fail_type(given.span, what + " is one value, and this is a list", "leave the braces out");
    return false;
  }
  if (type.base == Base::set && given.kind == ExprKind::name &&
      lower_step({{}, given.name.text, given.span}, type).ok()) {
    fail_type(given.span, what + " is a list of choices",
              "write `{ " + std::string(text_of(sources_, given.span)) + " }`");
    return false;
  }
  return true;
}

}  // namespace riskd::dsl
