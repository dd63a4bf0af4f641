// Types of expressions, and the nodes that they become.
#include <algorithm>
#include <cmath>

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::NodeId;
using engine::Op;
using engine::Type;

namespace {
constexpr Type truth{Base::truth, 0};
constexpr Type number{Base::number, 0};
constexpr Type percent{Base::percent, 0};
constexpr Type text{Base::text, 0};
constexpr Type date{Base::date, 0};
constexpr Type duration{Base::duration, 0};
}  // namespace

Typed Compiler::not_logic(const Typed& value) {
  if (!value.ok()) return {};
  return {nodes_.add(Op::logic_not, truth, {value.node}), truth};
}

Typed Compiler::lower(ExprId id, const Scope& scope, std::optional<Type> expected) {
  const Typed value = lower_kind(id, scope, expected);
  if (value.ok()) lowered_.push_back({id, value.node});
  return value;
}

Typed Compiler::lower_kind(ExprId id, const Scope& scope, std::optional<Type> expected) {
  const Expr& expr = policy_.syntax.exprs[id];
  const auto constant_of = [&](Type type, double value) {
    return Typed{nodes_.number(type, value), type};
  };
  switch (expr.kind) {
    case ExprKind::invalid:
      return {};
    case ExprKind::number:
      return constant_of(number, expr.number);
    case ExprKind::percent:
      return constant_of(percent, expr.number);
    case ExprKind::duration:
      return constant_of(duration, expr.number);
    case ExprKind::date:
      return constant_of(date, expr.number * 86'400);
    case ExprKind::text:
      return {nodes_.text(policy_.plain(expr.text)), text};
    case ExprKind::yes:
      return constant_of(truth, 1);
    case ExprKind::no:
      return constant_of(truth, 0);
    case ExprKind::today:
      if (scope.record != nullptr)
        return fail_type(policy_, expr.span, "`today` is not known here");
      return {nodes_.add(Op::today, date), date};
    case ExprKind::group:
      return lower(expr.kids[0], scope, expected);
    case ExprKind::name:
      return lower_name(expr, scope, expected);
    case ExprKind::call:
      return lower_call(expr, scope, expected);
    case ExprKind::choose:
      return lower_choose(expr, scope, expected);
    case ExprKind::match:
      return lower_match(expr, scope, expected);
    case ExprKind::is_answered:
      return lower_answered(expr, scope);
    case ExprKind::is_not_answered:
      return not_logic(lower_answered(expr, scope));
    case ExprKind::in:
      return lower_membership(expr, scope);
    case ExprKind::not_in:
      return not_logic(lower_membership(expr, scope));
    case ExprKind::matches:
      return lower_matches(expr, scope);
    case ExprKind::includes:
    case ExprKind::includes_any:
    case ExprKind::includes_all:
      return lower_includes(expr, scope);
    case ExprKind::is:
    case ExprKind::is_not:
    case ExprKind::less:
    case ExprKind::less_equal:
    case ExprKind::greater:
    case ExprKind::greater_equal:
      return lower_comparison(expr, scope);
    case ExprKind::logic_not: {
      const NodeId operand = condition(expr.kids[0], scope, "`not`");
      return operand == engine::no_node ? Typed{} : not_logic({operand, truth});
    }
    case ExprKind::logic_and:
    case ExprKind::logic_or: {
      std::vector<NodeId> kids;
      bool good = true;
      for (const ExprId kid : expr.kids) {
        kids.push_back(condition(kid, scope, expr.kind == ExprKind::logic_and ? "`and`" : "`or`"));
        good = good && kids.back() != engine::no_node;
      }
      if (!good) return {};
      if (expr.kind == ExprKind::logic_and) check_types_asked(expr, kids);
      return {
          nodes_.add(expr.kind == ExprKind::logic_and ? Op::logic_and : Op::logic_or, truth, kids),
          truth};
    }
    case ExprKind::negate:
    case ExprKind::add:
    case ExprKind::subtract:
    case ExprKind::multiply:
    case ExprKind::divide:
      return lower_arithmetic(expr, scope);
  }
  return {};
}

std::optional<std::pair<Typed, Typed>> Compiler::lower_pair(ExprId left, ExprId right,
                                                            const Scope& scope) {
  // A name on the left that is no value may be a step of the right side's type.
  const Expr& first = policy_.syntax.exprs[left];
  const std::size_t errors = policy_.diagnostics.errors();
  Typed a;
  if (first.kind == ExprKind::name) {
    a = lower_name(first, scope, std::nullopt, true);
    if (!a.ok()) {
      // Where neither means anything, the left one is at fault: it says what is compared.
      if (policy_.diagnostics.errors() != errors) return std::nullopt;
      const Expr& second = policy_.syntax.exprs[right];
      if (second.kind == ExprKind::name && !lower_name(second, scope, std::nullopt, true).ok()) {
        if (policy_.diagnostics.errors() == errors) unknown_name(first, scope, std::nullopt);
        return std::nullopt;
      }
      const Typed b = lower(right, scope);
      if (!b.ok()) return std::nullopt;
      a = lower_name(first, scope, b.type);
      if (!a.ok()) return std::nullopt;
      lowered_.push_back({left, a.node});
      return std::pair{a, b};
    }
    lowered_.push_back({left, a.node});
  } else {
    a = lower(left, scope);
    if (!a.ok()) return std::nullopt;
  }
  const Typed b = lower(right, scope, a.type);
  if (!b.ok()) return std::nullopt;
  return std::pair{a, b};
}

NodeId Compiler::compare(Op op, const Typed& a, const Typed& b, bool any_case) {
  if (op == Op::equal && a.type.base == Base::text) {
    return nodes_.add(Op::text_equal, truth, {a.node, b.node}, any_case ? 1 : 0);
  }
  return nodes_.add(op, truth, {a.node, b.node});
}

Typed Compiler::lower_comparison(const Expr& expr, const Scope& scope) {
  const auto pair = lower_pair(expr.kids[0], expr.kids[1], scope);
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
      help = list_choices(program_, a.type.base == Base::choice ? a.type : b.type);
    return fail_type(policy_, expr.span,
                     "cannot compare " + show(program_, a.type) + " with " + show(program_, b.type),
                     help);
  }
  if (equality && (a.type.base == Base::set || a.type.base == Base::texts)) {
    return fail_type(policy_, expr.span, "`is` does not compare lists",
                     "use `includes`, `includes any {…}` or `includes all {…}`");
  }
  if (!equality && !is_ordered(program_, a.type)) {
    return fail_type(policy_, expr.span, show(program_, a.type) + " has no order",
                     a.type.base == Base::choice
                         ? "declare the question `one-of ordered`, or use `is` or `in {…}`"
                         : "");
  }
  if (is_decided(expr, a, b, scope)) return {};
  const bool any_case = scope.record != nullptr;
  switch (expr.kind) {
    case ExprKind::is:
      return {compare(Op::equal, a, b, any_case), truth};
    case ExprKind::is_not:
      return not_logic({compare(Op::equal, a, b, any_case), truth});
    case ExprKind::less:
      return {compare(Op::less, a, b, false), truth};
    case ExprKind::less_equal:
      return {compare(Op::less_equal, a, b, false), truth};
    case ExprKind::greater:
      return {compare(Op::less, b, a, false), truth};
    default:
      return {compare(Op::less_equal, b, a, false), truth};
  }
}

Typed Compiler::lower_membership(const Expr& expr, const Scope& scope) {
  const Typed left = lower(expr.kids[0], scope);
  if (!left.ok()) return {};
  if (left.type.base == Base::set || left.type.base == Base::texts) {
    return fail_type(
        policy_, expr.span,
        "`in` asks for one of several values, and this is " + show(program_, left.type),
        "use `includes any {…}`");
  }
  std::vector<NodeId> alternatives;
  for (std::size_t i = 1; i < expr.kids.size(); ++i) {
    const Typed item = lower(expr.kids[i], scope, left.type);
    if (!item.ok()) return {};
    if (!unify(left.type, item.type)) {
      return fail_type(
          policy_, policy_.syntax.exprs[expr.kids[i]].span,
          "cannot compare " + show(program_, left.type) + " with " + show(program_, item.type),
          item.type.base == Base::choice ? "" : list_choices(program_, left.type));
    }
    alternatives.push_back(compare(Op::equal, left, item, scope.record != nullptr));
  }
  if (alternatives.size() == 1) return {alternatives.front(), truth};
  return {nodes_.add(Op::logic_or, truth, alternatives), truth};
}

Typed Compiler::lower_includes(const Expr& expr, const Scope& scope) {
  const Typed left = lower(expr.kids[0], scope);
  if (!left.ok()) return {};
  const bool all = expr.kind == ExprKind::includes_all;
  if (left.type.base == Base::texts) {
    std::vector<NodeId> each;
    for (std::size_t i = 1; i < expr.kids.size(); ++i) {
      const Typed item = lower(expr.kids[i], scope);
      if (!item.ok()) return {};
      if (item.type.base != Base::text) {
        return fail_type(policy_, policy_.syntax.exprs[expr.kids[i]].span,
                         "this list holds texts, and this is " + show(program_, item.type));
      }
      each.push_back(nodes_.add(Op::texts_include, truth, {left.node, item.node},
                                scope.record != nullptr ? 1 : 0));
    }
    if (each.size() == 1) return {each.front(), truth};
    return {nodes_.add(all ? Op::logic_and : Op::logic_or, truth, each), truth};
  }
  if (left.type.base != Base::set) {
    return fail_type(policy_, policy_.syntax.exprs[expr.kids[0]].span,
                     "`includes` asks an any-of question, and this is " + show(program_, left.type),
                     left.type.base == Base::choice ? "use `is` or `in {…}`" : "");
  }
  engine::Node node;
  node.op = all ? Op::includes_all : Op::includes_any;
  node.type = truth;
  for (std::size_t i = 1; i < expr.kids.size(); ++i) {
    const Expr& item = policy_.syntax.exprs[expr.kids[i]];
    const Typed step = lower(expr.kids[i], scope, left.type);
    if (!step.ok()) return {};
    if (step.type != Type{Base::choice, left.type.of} ||
        program_.nodes[step.node].op != Op::constant) {
      return fail_type(policy_, item.span, "`includes` takes one of " + show(program_, left.type),
                       list_choices(program_, left.type));
    }
    node.bits |= std::uint64_t{1} << static_cast<unsigned>(program_.nodes[step.node].number);
  }
  return {nodes_.add(node, {left.node}), truth};
}

Typed Compiler::lower_matches(const Expr& expr, const Scope& scope) {
  const Typed left = lower(expr.kids[0], scope);
  if (!left.ok()) return {};
  if (left.type.base != Base::text && left.type.base != Base::texts) {
    return fail_type(
        policy_, policy_.syntax.exprs[expr.kids[0]].span,
        "`matches` compares a text with a pattern, and this is " + show(program_, left.type),
        left.type.base == Base::choice ? "use `is` or `in {…}`"
        : left.type.base == Base::set  ? "use `includes`"
                                       : "");
  }
  const Typed pattern = lower(expr.kids[1], scope);
  if (!pattern.ok()) return {};
  if (program_.nodes[pattern.node].op != Op::constant_text) {
    return fail_type(policy_, policy_.syntax.exprs[expr.kids[1]].span,
                     "a pattern is a text as it stands, with `*` for any characters",
                     "leave the `{…}` out");
  }
  return {nodes_.add(Op::text_matches, truth, {left.node, pattern.node},
                     scope.record != nullptr ? 1 : 0),
          truth};
}

Typed Compiler::lower_answered(const Expr& expr, const Scope& scope) {
  const Expr& operand = policy_.syntax.exprs[expr.kids[0]];
  if (operand.kind != ExprKind::name) {
    return fail_type(policy_, operand.span, "`is answered` asks a question or a field");
  }
  const Typed value = lower_name(operand, scope, std::nullopt);
  if (!value.ok()) return {};
  const engine::Node node = program_.nodes[value.node];
  if (node.op == Op::question) return {nodes_.add(Op::answered, truth, {}, node.a), truth};
  if (node.op == Op::field) return {nodes_.add(Op::field_answered, truth, {}, node.a), truth};
  return fail_type(
      policy_, operand.span,
      "`is answered` asks a question or a field, and `" + operand.name.full() + "` is neither");
}

Typed Compiler::lower_arithmetic(const Expr& expr, const Scope& scope) {
  const Typed a = lower(expr.kids[0], scope);
  if (!a.ok()) return {};
  const Typed b = lower(expr.kids[1], scope);
  if (!b.ok()) return {};
  const bool plus = expr.kind == ExprKind::add;
  const bool minus = expr.kind == ExprKind::subtract;
  const Op op = plus                              ? Op::add
                : minus                           ? Op::subtract
                : expr.kind == ExprKind::multiply ? Op::multiply
                                                  : Op::divide;
  const auto made = [&](Type type) { return Typed{nodes_.add(op, type, {a.node, b.node}), type}; };
  if (is_numeric(a.type) && is_numeric(b.type)) return made(number);
  const Base x = a.type.base;
  const Base y = b.type.base;
  if (plus || minus) {
    if (x == Base::duration && y == Base::duration) return made(duration);
    if (minus && x == Base::date && y == Base::date) return made(duration);
    if ((x == Base::date && y == Base::duration) ||
        (plus && x == Base::duration && y == Base::date)) {
      const Typed moved = made(date);
      return {nodes_.add(Op::to_day, date, {moved.node}), date};
    }
  } else if (op == Op::multiply) {
    if ((x == Base::duration && is_numeric(b.type)) || (is_numeric(a.type) && y == Base::duration))
      return made(duration);
  } else {
    if (x == Base::duration && is_numeric(b.type)) return made(duration);
    if (x == Base::duration && y == Base::duration) return made(number);
  }
  static constexpr std::string_view verbs[] = {"add", "subtract", "multiply", "divide"};
  const std::size_t verb = plus ? 0 : minus ? 1 : op == Op::multiply ? 2 : 3;
  return fail_type(policy_, expr.span,
                   "cannot " + std::string(verbs[verb]) + " " + show(program_, a.type) + " and " +
                       show(program_, b.type));
}

}  // namespace riskd::dsl
