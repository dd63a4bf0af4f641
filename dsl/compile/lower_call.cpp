#include "dsl/compile/lower_call.hpp"

#include <algorithm>

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lower_expression.hpp"
#include "dsl/compile/lower_name.hpp"
#include "dsl/compile/lower_value.hpp"

namespace riskd::dsl {
using engine::Aggregate;
using engine::Base;
using engine::Kind;
using engine::List;
using engine::NodeId;
using engine::Op;
using engine::Type;

namespace {

Kind item_of(List list) {
  for (const ListName& name : list_names()) {
    if (name.list == list) return name.item;
  }
  return Kind::run;
}

Typed lower_aggregate(Lowering& lowering, const Expr& expr, List list, const Scope& scope,
                      std::optional<Type> expected) {
  const Aggregate function = *function_named(expr.name.text)->over_list;
  if (list == List::product_undecided && !(function == Aggregate::count && expr.kids.size() == 1)) {
    return fail_type(lowering.policy, expr.span,
                     "undecided patterns can only be counted: `count(undecided)`");
  }
  const bool condition_body =
      function == Aggregate::any || function == Aggregate::all || function == Aggregate::count;
  if (expr.kids.size() > 2 || (expr.kids.size() < 2 && function != Aggregate::count)) {
    return fail_type(lowering.policy, expr.span,
                     "`" + expr.name.text + "` takes a list and " +
                         (condition_body ? "a condition" : "a value"));
  }
  const Scope inside = scope.inside(item_of(list));
  std::vector<NodeId> kids;
  Type type{condition_body && function != Aggregate::count ? Base::truth : Base::number, 0};
  if (expr.kids.size() == 2) {
    if (condition_body) {
      const NodeId body =
          lower_condition(lowering, expr.kids[1], inside, "`" + expr.name.text + "`");
      if (body == engine::no_node) return {};
      kids.push_back(body);
    } else {
      const Typed body = lower_expression(lowering, expr.kids[1], inside, expected);
      if (!body.ok()) return {};
      const bool extreme = function == Aggregate::max || function == Aggregate::min;
      if (extreme ? !is_ordered(lowering.program, body.type) : !is_numeric(body.type)) {
        return fail_type(lowering.policy, lowering.policy.syntax.exprs[expr.kids[1]].span,
                         "`" + expr.name.text + "` needs numbers, and this is " +
                             show(lowering.program, body.type));
      }
      if (extreme) type = body.type;
      kids.push_back(body.node);
    }
  }
  return {lowering.nodes.add(Op::aggregate, type, kids, static_cast<std::uint32_t>(function),
                             static_cast<std::uint32_t>(list)),
          type};
}

}  // namespace

Typed lower_call(Lowering& lowering, const Expr& expr, const Scope& scope,
                 std::optional<Type> expected) {
  const std::string& function = expr.name.text;
  const FunctionName* const known = function_named(function);
  const bool is_aggregate = known != nullptr && known->over_list;
  if (is_aggregate && !expr.kids.empty()) {
    const Expr& first = lowering.policy.syntax.exprs[expr.kids[0]];
    if (first.kind == ExprKind::name) {
      if (const auto list = list_named(first.name, scope))
        return lower_aggregate(lowering, expr, *list, scope, expected);
    }
  }
  if (function == "max" || function == "min" || function == "mean") {
    if (expr.kids.empty())
      return fail_type(lowering.policy, expr.span, "`" + function + "` needs values");
    std::vector<NodeId> kids;
    std::optional<Type> type;
    for (const ExprId id : expr.kids) {
      const Typed value = lower_expression(lowering, id, scope, expected ? expected : type);
      if (!value.ok()) return {};
      if (!is_ordered(lowering.program, value.type)) {
        return fail_type(
            lowering.policy, lowering.policy.syntax.exprs[id].span,
            "`" + function + "` needs numbers, and this is " + show(lowering.program, value.type));
      }
      const auto both = type ? unify(*type, value.type) : value.type;
      if (!both)
        return fail_type(lowering.policy, lowering.policy.syntax.exprs[id].span,
                         "the values of `" + function +
                             "` do not fit: " + show(lowering.program, *type) + " and " +
                             show(lowering.program, value.type));
      type = both;
      kids.push_back(value.node);
    }
    if (function == "mean") {
      if (!is_numeric(*type)) return fail_type(lowering.policy, expr.span, "`mean` needs numbers");
      type = Type{Base::number, 0};
    }
    return {lowering.nodes.add(*known->of_values, *type, kids), *type};
  }
  if (function == "sqrt" || function == "age") {
    if (expr.kids.size() != 1)
      return fail_type(lowering.policy, expr.span, "`" + function + "` takes one value");
    const Typed value = lower_expression(lowering, expr.kids[0], scope);
    if (!value.ok()) return {};
    const bool root = function == "sqrt";
    if (root ? !is_numeric(value.type) : value.type.base != Base::date) {
      return fail_type(lowering.policy, expr.span,
                       "`" + function + "` needs " + (root ? "a number" : "a date") +
                           ", and this is " + show(lowering.program, value.type));
    }
    const Type type{root ? Base::number : Base::duration, 0};
    return {lowering.nodes.add(*known->of_values, type, {value.node}), type};
  }
  if (is_aggregate) {
    std::vector<std::string> lists;
    std::string all;
    for (const ListName& list : list_names()) {
      if (!scope.has(list.kind)) continue;
      if (std::find(lists.begin(), lists.end(), list.name) != lists.end()) continue;
      lists.emplace_back(list.name);
      all += (all.empty() ? "`" : ", `") + lists.back() + "`";
    }
    const Expr& first = expr.kids.empty() ? expr : lowering.policy.syntax.exprs[expr.kids[0]];
    const std::string near = first.kind == ExprKind::name ? closest(first.name.full(), lists) : "";
    return fail_type(lowering.policy, first.span, "`" + function + "` needs a list first",
                     near.empty() ? "the lists here are " + all : "did you mean `" + near + "`?");
  }
  std::vector<std::string> names;
  for (const FunctionName& each : function_names()) names.emplace_back(each.name);
  const std::string near = closest(function, names);
  std::vector<std::string_view> all;
  for (const FunctionName& each : function_names()) all.push_back(each.name);
  lowering.policy.report(
      Code::unknown_name, expr.name.span, "there is no function `" + function + "`",
      near.empty() ? "the functions are " + engine::listed(all) : "did you mean `" + near + "`?");
  return {};
}

NodeId lower_printed(Lowering& lowering, ExprId id, const Scope& scope) {
  const Expr& expr = lowering.policy.syntax.exprs[id];
  if (expr.kind == ExprKind::name) {
    // `{risks}` prints ids, `{risks.title}` that of each.
    std::optional<List> list = list_named(expr.name, scope);
    Name item{{}, "id", expr.name.span};
    if (!list && !expr.name.qualifier.empty()) {
      list = list_named({{}, expr.name.qualifier, expr.name.span}, scope);
      item.text = expr.name.text;
    }
    if (list) {
      NodeId body = engine::no_node;
      if (*list == List::product_undecided) {
        if (item.text != "id") {
          fail_type(lowering.policy, expr.span, "undecided patterns print by id");
          return engine::no_node;
        }
        body = lowering.nodes.text("");
      } else {
        Expr each = expr;
        each.name = item;
        const Typed value = lower_name(lowering, each, scope.inside(item_of(*list)), std::nullopt);
        if (!value.ok()) return engine::no_node;
        body = value.node;
      }
      return lowering.nodes.add(Op::print, {Base::text, 0}, {body},
                                static_cast<std::uint32_t>(*list));
    }
  }
  const bool of_run =
      expr.kind == ExprKind::name && expr.name.qualifier == "run" && scope.has(Kind::weakness);
  const Typed value = lower_expression(lowering, id, of_run ? scope.inside(Kind::run) : scope);
  if (!value.ok()) return engine::no_node;
  return lowering.nodes.add(Op::print, {Base::text, 0}, {value.node},
                            static_cast<std::uint32_t>(List::none));
}

NodeId lower_template(Lowering& lowering, TextId id, const Scope& scope) {
  if (id == nothing) return engine::no_node;
  std::vector<NodeId> pieces;
  bool good = true;
  for (const TextPart& part : lowering.policy.syntax.texts[id].parts) {
    const NodeId piece = part.expr == nothing ? lowering.nodes.text(part.text)
                                              : lower_printed(lowering, part.expr, scope);
    good = good && piece != engine::no_node;
    pieces.push_back(piece);
  }
  return good ? lowering.nodes.add(Op::concat, {Base::text, 0}, pieces) : engine::no_node;
}

}  // namespace riskd::dsl
