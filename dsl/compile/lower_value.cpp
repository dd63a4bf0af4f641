#include "dsl/compile/lower_value.hpp"

#include "dsl/compile/lower_expression.hpp"
#include "dsl/compile/lower_name.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::NodeId;
using engine::Op;
using engine::Type;

namespace {

NodeId fit(const PolicyText& policy, const engine::Program& program, const Typed& value, Type type,
           Span span, const std::string& what) {
  if (!value.ok()) return engine::no_node;
  const bool fits = value.type == type || (type.base == Base::number && is_numeric(value.type)) ||
                    (type.base == Base::percent && value.type.base == Base::number);
  if (!fits) {
    std::string help = list_choices(program, type);
    if (type.base == Base::scale && is_numeric(value.type))
      help = "write one of its steps: " + steps_of(program, type);
    if (type.base == Base::duration && is_numeric(value.type))
      help = "write it with its unit: `30 days`";
    if (type.base == Base::text && value.type.base != Base::text) help = "a text stands in quotes";
    fail_type(policy, span,
              what + " needs " + show(program, type) + ", and this is " + show(program, value.type),
              value.type.base == Base::text ? quoted_help(type) : help);
    return engine::no_node;
  }
  return value.node;
}

}  // namespace

NodeId lower_condition(Lowering& lowering, ExprId id, const Scope& scope, const std::string& what) {
  if (id == nothing) return engine::no_node;
  const Typed value = lower_expression(
      lowering, id, scope.from(lowering.policy.library_at(lowering.policy.syntax.exprs[id].span)));
  if (!value.ok()) return engine::no_node;
  if (value.type.base == Base::truth) return value.node;
  std::string help;
  if (value.type.base == Base::set) help = "ask for a choice: `… includes …`";
  if (value.type.base == Base::choice) help = "compare it: `… is …`";
  fail_type(lowering.policy, lowering.policy.syntax.exprs[id].span,
            what + " needs a condition, and this is " + show(lowering.program, value.type), help);
  return engine::no_node;
}

NodeId lower_value(Lowering& lowering, ExprId id, const Scope& outer, Type type,
                   const std::string& what) {
  if (id == nothing) return engine::no_node;
  // `default { password, sso }` and `sign-in = { password }`.
  const Expr& expr = lowering.policy.syntax.exprs[id];
  const Scope scope = outer.from(lowering.policy.library_at(expr.span));
  if (type.base == Base::set && expr.kind == ExprKind::in) {
    engine::Node node;
    node.op = Op::constant_set;
    node.type = type;
    for (const ExprId item : expr.kids) {
      const Typed step = lower_expression(lowering, item, scope, type);
      if (!step.ok()) return engine::no_node;
      if (step.type != Type{Base::choice, type.of}) {
        fail_type(lowering.policy, lowering.policy.syntax.exprs[item].span,
                  what + " needs " + show(lowering.program, type));
        return engine::no_node;
      }
      node.bits |= std::uint64_t{1}
                   << static_cast<unsigned>(lowering.program.nodes[step.node].number);
    }
    return lowering.nodes.add(node);
  }
  const NodeId node = fit(lowering.policy, lowering.program,
                          lower_expression(lowering, id, scope, type), type, expr.span, what);
  if (node == engine::no_node || type.base != Base::percent) return node;
  return check_range(lowering.policy, id, 1, what) ? node : engine::no_node;
}

NodeId lower_constant(Lowering& lowering, ExprId id, const Scope& scope, Type type,
                      const std::string& what) {
  const NodeId node = lower_value(lowering, id, scope, type, what);
  if (node == engine::no_node) return node;
  const Op op = lowering.program.nodes[node].op;
  if (op == Op::constant || op == Op::constant_set || op == Op::constant_text) return node;
  lowering.policy.report(Code::not_constant, lowering.policy.syntax.exprs[id].span,
                         what + " needs a constant", "write a literal: a number, a date, a choice");
  return engine::no_node;
}

bool check_one_or_list(Lowering& lowering, ExprId value, Type type, const std::string& what) {
  const Expr& given = lowering.policy.syntax.exprs[value];
  if (given.kind == ExprKind::in && type.base != Base::set) {
    fail_type(lowering.policy, given.span, what + " is one value, and this is a list",
              "leave the braces out");
    return false;
  }
  if (type.base == Base::set && given.kind == ExprKind::name &&
      lower_step(lowering, {{}, given.name.text, given.span}, type).ok()) {
    fail_type(lowering.policy, given.span, what + " is a list of choices",
              "write `{ " + std::string(text_of(lowering.policy.sources, given.span)) + " }`");
    return false;
  }
  return true;
}

}  // namespace riskd::dsl
