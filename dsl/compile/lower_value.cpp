// Values that have to be of a type: conditions, constants, shares.
#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::NodeId;
using engine::Op;
using engine::Type;

NodeId Compiler::fit(const Typed& value, Type type, Span span, const std::string& what) {
  if (!value.ok()) return engine::no_node;
  const bool fits = value.type == type || (type.base == Base::number && is_numeric(value.type)) ||
                    (type.base == Base::percent && value.type.base == Base::number);
  if (!fits) {
    std::string help = list_choices(program_, type);
    if (type.base == Base::scale && is_numeric(value.type))
      help = "write one of its steps: " + steps_of(program_, type);
    if (type.base == Base::duration && is_numeric(value.type))
      help = "write it with its unit: `30 days`";
    if (type.base == Base::text && value.type.base != Base::text) help = "a text stands in quotes";
    fail_type(
        policy_, span,
        what + " needs " + show(program_, type) + ", and this is " + show(program_, value.type),
        value.type.base == Base::text ? quoted_help(type) : help);
    return engine::no_node;
  }
  return value.node;
}

// The literals that an expression may be: each lies between 0 and `most`, which is 1 of a share.
bool Compiler::check_range(ExprId id, double most, const std::string& what) {
  if (id == nothing) return true;
  const Expr& expr = policy_.syntax.exprs[id];
  switch (expr.kind) {
    case ExprKind::number:
    case ExprKind::percent:
      if (expr.number >= 0 && expr.number <= most) return true;
      policy_.report(Code::out_of_range, expr.span,
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
  const Typed value = lower(id, scope.from(policy_.library_at(policy_.syntax.exprs[id].span)));
  if (!value.ok()) return engine::no_node;
  if (value.type.base == Base::truth) return value.node;
  std::string help;
  if (value.type.base == Base::set) help = "ask for a choice: `… includes …`";
  if (value.type.base == Base::choice) help = "compare it: `… is …`";
  fail_type(policy_, policy_.syntax.exprs[id].span,
            what + " needs a condition, and this is " + show(program_, value.type), help);
  return engine::no_node;
}

NodeId Compiler::value_of(ExprId id, const Scope& outer, Type type, const std::string& what) {
  if (id == nothing) return engine::no_node;
  // `default { password, sso }` and `sign-in = { password }`.
  const Expr& expr = policy_.syntax.exprs[id];
  const Scope scope = outer.from(policy_.library_at(expr.span));
  if (type.base == Base::set && expr.kind == ExprKind::in) {
    engine::Node node;
    node.op = Op::constant_set;
    node.type = type;
    for (const ExprId item : expr.kids) {
      const Typed step = lower(item, scope, type);
      if (!step.ok()) return engine::no_node;
      if (step.type != Type{Base::choice, type.of}) {
        fail_type(policy_, policy_.syntax.exprs[item].span,
                  what + " needs " + show(program_, type));
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
  policy_.report(Code::not_constant, policy_.syntax.exprs[id].span, what + " needs a constant",
                 "write a literal: a number, a date, a choice");
  return engine::no_node;
}

// Whether a value that is given is a list where a list is wanted, and only there.
bool Compiler::one_or_list(ExprId value, Type type, const std::string& what) {
  const Expr& given = policy_.syntax.exprs[value];
  if (given.kind == ExprKind::in && type.base != Base::set) {
    fail_type(policy_, given.span, what + " is one value, and this is a list",
              "leave the braces out");
    return false;
  }
  if (type.base == Base::set && given.kind == ExprKind::name &&
      lower_step({{}, given.name.text, given.span}, type).ok()) {
    fail_type(policy_, given.span, what + " is a list of choices",
              "write `{ " + std::string(text_of(policy_.sources, given.span)) + " }`");
    return false;
  }
  return true;
}

}  // namespace riskd::dsl
