#include "dsl/compile/lower_expression.hpp"

#include <string_view>
#include <utility>

#include "dsl/compile/decided_comparisons.hpp"
#include "dsl/compile/lower_branches.hpp"
#include "dsl/compile/lower_call.hpp"
#include "dsl/compile/lower_name.hpp"
#include "dsl/compile/lower_value.hpp"
#include "dsl/compile/unknown_names.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::NodeId;
using engine::Op;
using engine::Type;

namespace {

constexpr Type truth_type{Base::truth, 0};
constexpr Type number_type{Base::number, 0};
constexpr Type percent_type{Base::percent, 0};
constexpr Type text_type{Base::text, 0};
constexpr Type date_type{Base::date, 0};
constexpr Type duration_type{Base::duration, 0};

Typed not_logic(Lowering& lowering, const Typed& value) {
  if (!value.ok()) return {};
  return {lowering.nodes.add(Op::logic_not, truth_type, {value.node}), truth_type};
}

std::optional<std::pair<Typed, Typed>> lower_pair(Lowering& lowering, ExprId left, ExprId right,
                                                  const Scope& scope) {
  // A name on the left that is no value may be a step of the right side's type.
  const Expr& first = lowering.policy.syntax.exprs[left];
  const std::size_t errors = lowering.policy.diagnostics.errors();
  Typed a;
  if (first.kind == ExprKind::name) {
    a = lower_name(lowering, first, scope, std::nullopt, true);
    if (!a.ok()) {
      // Where neither means anything, the left one is at fault: it says what is compared.
      if (lowering.policy.diagnostics.errors() != errors) return std::nullopt;
      const Expr& second = lowering.policy.syntax.exprs[right];
      if (second.kind == ExprKind::name &&
          !lower_name(lowering, second, scope, std::nullopt, true).ok()) {
        if (lowering.policy.diagnostics.errors() == errors)
          report_unknown_name(lowering, first, scope, std::nullopt);
        return std::nullopt;
      }
      const Typed b = lower_expression(lowering, right, scope);
      if (!b.ok()) return std::nullopt;
      a = lower_name(lowering, first, scope, b.type);
      if (!a.ok()) return std::nullopt;
      lowering.lowered.push_back({left, a.node});
      return std::pair{a, b};
    }
    lowering.lowered.push_back({left, a.node});
  } else {
    a = lower_expression(lowering, left, scope);
    if (!a.ok()) return std::nullopt;
  }
  const Typed b = lower_expression(lowering, right, scope, a.type);
  if (!b.ok()) return std::nullopt;
  return std::pair{a, b};
}

NodeId compare(Lowering& lowering, Op op, const Typed& a, const Typed& b, bool any_case) {
  if (op == Op::equal && a.type.base == Base::text) {
    return lowering.nodes.add(Op::text_equal, truth_type, {a.node, b.node}, any_case ? 1 : 0);
  }
  return lowering.nodes.add(op, truth_type, {a.node, b.node});
}

Typed lower_comparison(Lowering& lowering, const Expr& expr, const Scope& scope) {
  const auto pair = lower_pair(lowering, expr.kids[0], expr.kids[1], scope);
  if (!pair) return {};
  const auto& [a, b] = *pair;
  const bool equality = expr.kind == ExprKind::is || expr.kind == ExprKind::is_not;
  if (!unify(a.type, b.type)) {
    std::string help;
    if (a.type.base == Base::set) help = "ask an any-of question with `includes`";
    if (a.type.base == Base::texts) help = "ask a list with `includes`";
    if (b.type.base == Base::text && help.empty()) help = quoted_help(a.type);
    if (a.type.base == Base::date && is_numeric(b.type)) help = "a date is written `2026-11-23`";
    if ((a.type.base == Base::duration && is_numeric(b.type)) ||
        (is_numeric(a.type) && b.type.base == Base::duration))
      help = "write the number with its unit: `30 days`";
    const bool both = a.type.base == Base::choice && b.type.base == Base::choice;
    if (help.empty() && !both)
      help = list_choices(lowering.program, a.type.base == Base::choice ? a.type : b.type);
    return fail_type(lowering.policy, expr.span,
                     "cannot compare " + show(lowering.program, a.type) + " with " +
                         show(lowering.program, b.type),
                     help);
  }
  if (equality && (a.type.base == Base::set || a.type.base == Base::texts)) {
    return fail_type(lowering.policy, expr.span, "`is` does not compare lists",
                     "use `includes`, `includes any {…}` or `includes all {…}`");
  }
  if (!equality && !is_ordered(lowering.program, a.type)) {
    return fail_type(lowering.policy, expr.span, show(lowering.program, a.type) + " has no order",
                     a.type.base == Base::choice
                         ? "declare the question `one-of ordered`, or use `is` or `in {…}`"
                         : "");
  }
  if (compares_with_itself(lowering.policy, lowering.program, expr, a, b, scope)) return {};
  if (equality) {
    const NodeId same = compare(lowering, Op::equal, a, b, scope.record != nullptr);
    return expr.kind == ExprKind::is ? Typed{same, truth_type}
                                     : not_logic(lowering, {same, truth_type});
  }
  const bool strict = expr.kind == ExprKind::less || expr.kind == ExprKind::greater;
  const bool larger = expr.kind == ExprKind::greater || expr.kind == ExprKind::greater_equal;
  return {
      compare(lowering, strict ? Op::less : Op::less_equal, larger ? b : a, larger ? a : b, false),
      truth_type};
}

Typed lower_membership(Lowering& lowering, const Expr& expr, const Scope& scope) {
  const Typed left = lower_expression(lowering, expr.kids[0], scope);
  if (!left.ok()) return {};
  if (left.type.base == Base::set || left.type.base == Base::texts) {
    return fail_type(
        lowering.policy, expr.span,
        "`in` asks for one of several values, and this is " + show(lowering.program, left.type),
        "use `includes any {…}`");
  }
  std::vector<NodeId> alternatives;
  for (std::size_t i = 1; i < expr.kids.size(); ++i) {
    const Typed item = lower_expression(lowering, expr.kids[i], scope, left.type);
    if (!item.ok()) return {};
    if (!unify(left.type, item.type)) {
      return fail_type(
          lowering.policy, lowering.policy.syntax.exprs[expr.kids[i]].span,
          "cannot compare " + show(lowering.program, left.type) + " with " +
              show(lowering.program, item.type),
          item.type.base == Base::choice ? "" : list_choices(lowering.program, left.type));
    }
    alternatives.push_back(compare(lowering, Op::equal, left, item, scope.record != nullptr));
  }
  if (alternatives.size() == 1) return {alternatives.front(), truth_type};
  return {lowering.nodes.add(Op::logic_or, truth_type, alternatives), truth_type};
}

Typed lower_includes(Lowering& lowering, const Expr& expr, const Scope& scope) {
  const Typed left = lower_expression(lowering, expr.kids[0], scope);
  if (!left.ok()) return {};
  const bool all = expr.kind == ExprKind::includes_all;
  if (left.type.base == Base::texts) {
    std::vector<NodeId> each;
    for (std::size_t i = 1; i < expr.kids.size(); ++i) {
      const Typed item = lower_expression(lowering, expr.kids[i], scope);
      if (!item.ok()) return {};
      if (item.type.base != Base::text) {
        return fail_type(lowering.policy, lowering.policy.syntax.exprs[expr.kids[i]].span,
                         "this list holds texts, and this is " + show(lowering.program, item.type));
      }
      each.push_back(lowering.nodes.add(Op::texts_include, truth_type, {left.node, item.node},
                                        scope.record != nullptr ? 1 : 0));
    }
    if (each.size() == 1) return {each.front(), truth_type};
    return {lowering.nodes.add(all ? Op::logic_and : Op::logic_or, truth_type, each), truth_type};
  }
  if (left.type.base != Base::set) {
    return fail_type(
        lowering.policy, lowering.policy.syntax.exprs[expr.kids[0]].span,
        "`includes` asks an any-of question, and this is " + show(lowering.program, left.type),
        left.type.base == Base::choice ? "use `is` or `in {…}`" : "");
  }
  engine::Node node;
  node.op = all ? Op::includes_all : Op::includes_any;
  node.type = truth_type;
  for (std::size_t i = 1; i < expr.kids.size(); ++i) {
    const Expr& item = lowering.policy.syntax.exprs[expr.kids[i]];
    const Typed step = lower_expression(lowering, expr.kids[i], scope, left.type);
    if (!step.ok()) return {};
    if (step.type != Type{Base::choice, left.type.of} ||
        lowering.program.nodes[step.node].op != Op::constant) {
      return fail_type(lowering.policy, item.span,
                       "`includes` takes one of " + show(lowering.program, left.type),
                       list_choices(lowering.program, left.type));
    }
    node.bits |=
        std::uint64_t{1} << static_cast<unsigned>(lowering.program.nodes[step.node].number);
  }
  return {lowering.nodes.add(node, {left.node}), truth_type};
}

Typed lower_matches(Lowering& lowering, const Expr& expr, const Scope& scope) {
  const Typed left = lower_expression(lowering, expr.kids[0], scope);
  if (!left.ok()) return {};
  if (left.type.base != Base::text && left.type.base != Base::texts) {
    return fail_type(lowering.policy, lowering.policy.syntax.exprs[expr.kids[0]].span,
                     "`matches` compares a text with a pattern, and this is " +
                         show(lowering.program, left.type),
                     left.type.base == Base::choice ? "use `is` or `in {…}`"
                     : left.type.base == Base::set  ? "use `includes`"
                                                    : "");
  }
  const Typed pattern = lower_expression(lowering, expr.kids[1], scope);
  if (!pattern.ok()) return {};
  if (lowering.program.nodes[pattern.node].op != Op::constant_text) {
    return fail_type(lowering.policy, lowering.policy.syntax.exprs[expr.kids[1]].span,
                     "a pattern is a text as it stands, with `*` for any characters",
                     "leave the `{…}` out");
  }
  return {lowering.nodes.add(Op::text_matches, truth_type, {left.node, pattern.node},
                             scope.record != nullptr ? 1 : 0),
          truth_type};
}

Typed lower_answered(Lowering& lowering, const Expr& expr, const Scope& scope) {
  const Expr& operand = lowering.policy.syntax.exprs[expr.kids[0]];
  if (operand.kind != ExprKind::name) {
    return fail_type(lowering.policy, operand.span, "`is answered` asks a question or a field");
  }
  const Typed value = lower_name(lowering, operand, scope, std::nullopt);
  if (!value.ok()) return {};
  const engine::Node node = lowering.program.nodes[value.node];
  if (node.op == Op::question)
    return {lowering.nodes.add(Op::answered, truth_type, {}, node.a), truth_type};
  if (node.op == Op::field)
    return {lowering.nodes.add(Op::field_answered, truth_type, {}, node.a), truth_type};
  return fail_type(
      lowering.policy, operand.span,
      "`is answered` asks a question or a field, and `" + operand.name.full() + "` is neither");
}

Typed lower_arithmetic(Lowering& lowering, const Expr& expr, const Scope& scope) {
  const Typed a = lower_expression(lowering, expr.kids[0], scope);
  if (!a.ok()) return {};
  const Typed b = lower_expression(lowering, expr.kids[1], scope);
  if (!b.ok()) return {};
  const bool plus = expr.kind == ExprKind::add;
  const bool minus = expr.kind == ExprKind::subtract;
  const Op op = plus                              ? Op::add
                : minus                           ? Op::subtract
                : expr.kind == ExprKind::multiply ? Op::multiply
                                                  : Op::divide;
  const auto made = [&](Type type) {
    return Typed{lowering.nodes.add(op, type, {a.node, b.node}), type};
  };
  if (is_numeric(a.type) && is_numeric(b.type)) return made(number_type);
  const Base x = a.type.base;
  const Base y = b.type.base;
  if (plus || minus) {
    if (x == Base::duration && y == Base::duration) return made(duration_type);
    if (minus && x == Base::date && y == Base::date) return made(duration_type);
    if ((x == Base::date && y == Base::duration) ||
        (plus && x == Base::duration && y == Base::date)) {
      const Typed moved = made(date_type);
      return {lowering.nodes.add(Op::to_day, date_type, {moved.node}), date_type};
    }
  } else if (op == Op::multiply) {
    if ((x == Base::duration && is_numeric(b.type)) || (is_numeric(a.type) && y == Base::duration))
      return made(duration_type);
  } else {
    if (x == Base::duration && is_numeric(b.type)) return made(duration_type);
    if (x == Base::duration && y == Base::duration) return made(number_type);
  }
  static constexpr std::string_view verbs[] = {"add", "subtract", "multiply", "divide"};
  const std::size_t verb = plus ? 0 : minus ? 1 : op == Op::multiply ? 2 : 3;
  return fail_type(lowering.policy, expr.span,
                   "cannot " + std::string(verbs[verb]) + " " + show(lowering.program, a.type) +
                       " and " + show(lowering.program, b.type));
}

// `and` and `or`.
Typed lower_junction(Lowering& lowering, const Expr& expr, const Scope& scope) {
  const bool conjunction = expr.kind == ExprKind::logic_and;
  std::vector<NodeId> kids;
  bool good = true;
  for (const ExprId kid : expr.kids) {
    kids.push_back(lower_condition(lowering, kid, scope, conjunction ? "`and`" : "`or`"));
    good = good && kids.back() != engine::no_node;
  }
  if (!good) return {};
  if (conjunction)
    check_types_asked(lowering.policy, lowering.program, lowering.declared, expr, kids);
  return {lowering.nodes.add(conjunction ? Op::logic_and : Op::logic_or, truth_type, kids),
          truth_type};
}

Typed lower_kind(Lowering& lowering, ExprId id, const Scope& scope, std::optional<Type> expected) {
  const Expr& expr = lowering.policy.syntax.exprs[id];
  const auto constant_of = [&](Type type, double value) {
    return Typed{lowering.nodes.number(type, value), type};
  };
  switch (expr.kind) {
    case ExprKind::invalid:
      return {};
    case ExprKind::number:
      return constant_of(number_type, expr.number);
    case ExprKind::percent:
      return constant_of(percent_type, expr.number);
    case ExprKind::duration:
      return constant_of(duration_type, expr.number);
    case ExprKind::date:
      return constant_of(date_type, expr.number * 86'400);
    case ExprKind::text:
      return {lowering.nodes.text(lowering.policy.plain(expr.text)), text_type};
    case ExprKind::yes:
      return constant_of(truth_type, 1);
    case ExprKind::no:
      return constant_of(truth_type, 0);
    case ExprKind::today:
      if (scope.record != nullptr)
        return fail_type(lowering.policy, expr.span, "`today` is not known here");
      return {lowering.nodes.add(Op::today, date_type), date_type};
    case ExprKind::group:
      return lower_expression(lowering, expr.kids[0], scope, expected);
    case ExprKind::name:
      return lower_name(lowering, expr, scope, expected);
    case ExprKind::call:
      return lower_call(lowering, expr, scope, expected);
    case ExprKind::choose:
      return lower_choose(lowering, expr, scope, expected);
    case ExprKind::match:
      return lower_match(lowering, expr, scope, expected);
    case ExprKind::is_answered:
      return lower_answered(lowering, expr, scope);
    case ExprKind::is_not_answered:
      return not_logic(lowering, lower_answered(lowering, expr, scope));
    case ExprKind::in:
      return lower_membership(lowering, expr, scope);
    case ExprKind::not_in:
      return not_logic(lowering, lower_membership(lowering, expr, scope));
    case ExprKind::matches:
      return lower_matches(lowering, expr, scope);
    case ExprKind::includes:
    case ExprKind::includes_any:
    case ExprKind::includes_all:
      return lower_includes(lowering, expr, scope);
    case ExprKind::is:
    case ExprKind::is_not:
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
      return lower_comparison(lowering, expr, scope);
    case ExprKind::logic_not: {
      const NodeId operand = lower_condition(lowering, expr.kids[0], scope, "`not`");
      return operand == engine::no_node ? Typed{} : not_logic(lowering, {operand, truth_type});
    }
    case ExprKind::logic_and:
    case ExprKind::logic_or:
      return lower_junction(lowering, expr, scope);
    case ExprKind::negate:
    case ExprKind::add:
    case ExprKind::subtract:
    case ExprKind::multiply:
    case ExprKind::divide:
      return lower_arithmetic(lowering, expr, scope);
  }
  return {};
}

}  // namespace

Typed lower_expression(Lowering& lowering, ExprId id, const Scope& scope,
                       std::optional<Type> expected) {
  const Typed value = lower_kind(lowering, id, scope, expected);
  if (value.ok()) lowering.lowered.push_back({id, value.node});
  return value;
}

}  // namespace riskd::dsl
