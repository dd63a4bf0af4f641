#include "dsl/compile/lower_branches.hpp"

#include <algorithm>

#include "dsl/compile/lower_expression.hpp"
#include "dsl/compile/lower_name.hpp"
#include "dsl/compile/lower_value.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::NodeId;
using engine::Op;
using engine::Type;

namespace {

// What a `match` leaves out, as a message lists it.
struct LeftOut {
  std::string cases;  // empty: nothing
  Span added;         // of the first that a library added which imports the one of the `match`
};

LeftOut left_out(Lowering& lowering, const Expr& expr, Type type, const std::vector<NodeId>& keys) {
  const PolicyText& policy = lowering.policy;
  LeftOut found;
  const auto is_key = [&](NodeId key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  const auto add = [&](const std::string& name) {
    found.cases += (found.cases.empty() ? "`" : ", `") + name + "`";
  };
  if (type.base == Base::choice || type.base == Base::scale) {
    const auto spans = lowering.declared.steps.find(type.of);
    const auto& steps = lowering.program.enums[type.of].steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (is_key(lower_step(lowering, {{}, steps[i].name, {}}, type).node)) continue;
      add(steps[i].name);
      if (found.added.end == 0 && spans != lowering.declared.steps.end() &&
          i < spans->second.size() &&
          policy.libraries.imports(policy.library_at(spans->second[i]),
                                   policy.library_at(expr.span)))
        found.added = spans->second[i];
    }
  } else if (type.base == Base::truth) {
    for (const bool answer : {true, false}) {
      if (!is_key(lowering.nodes.number(type, answer ? 1 : 0))) add(answer ? "yes" : "no");
    }
  } else {
    found.cases = type.base == Base::text ? "other texts" : "other numbers";
  }
  return found;
}

// Of a `match` without `otherwise`: reports the cases that are missing; whether there is none.
bool covers_all(Lowering& lowering, const Expr& expr, Type type, const std::vector<NodeId>& keys) {
  const PolicyText& policy = lowering.policy;
  const LeftOut missing = left_out(lowering, expr, type, keys);
  if (missing.cases.empty()) return true;
  if (missing.added.end == 0) {
    policy.report(Code::incomplete_match, expr.span,
                  "this `match` does not say what happens for " + missing.cases,
                  "add the case, or `otherwise: …`");
    return false;
  }
  const auto& told = policy.diagnostics.list();
  const bool again = std::any_of(told.begin(), told.end(), [&](const Diagnostic& each) {
    return each.code == Code::incomplete_match && each.span.file == missing.added.file &&
           each.span.begin == missing.added.begin;
  });
  if (again) return false;
  policy
      .report(Code::incomplete_match, missing.added,
              "a `match` of library `" + policy.library_at(expr.span).name +
                  "` does not say what happens for " + missing.cases,
              "a choice is added only where every `match` has an `otherwise`")
      .related.push_back({expr.span, "this `match`"});
  return false;
}

}  // namespace

Typed lower_choose(Lowering& lowering, const Expr& expr, const Scope& scope,
                   std::optional<Type> expected) {
  const NodeId test = lower_condition(lowering, expr.kids[0], scope, "`if`");
  const Typed yes = lower_expression(lowering, expr.kids[1], scope, expected);
  const Typed no = lower_expression(lowering, expr.kids[2], scope,
                                    expected   ? expected
                                    : yes.ok() ? std::optional(yes.type)
                                               : std::nullopt);
  if (test == engine::no_node || !yes.ok() || !no.ok()) return {};
  const auto type = unify(yes.type, no.type);
  if (!type) {
    return fail_type(lowering.policy, expr.span,
                     "the branches do not fit: " + show(lowering.program, yes.type) + " and " +
                         show(lowering.program, no.type));
  }
  return {lowering.nodes.add(Op::choose, *type, {test, yes.node, no.node}), *type};
}

Typed lower_match(Lowering& lowering, const Expr& expr, const Scope& scope,
                  std::optional<Type> expected) {
  const Typed subject = lower_expression(lowering, expr.kids[0], scope);
  if (!subject.ok()) return {};
  const Span at = lowering.policy.syntax.exprs[expr.kids[0]].span;
  const Base base = subject.type.base;
  if (base != Base::choice && base != Base::scale && base != Base::truth && base != Base::text &&
      base != Base::number) {
    return fail_type(
        lowering.policy, at,
        "`match` cannot tell the cases of " + show(lowering.program, subject.type) + " apart",
        base == Base::set ? "use `if … includes …`" : "");
  }
  std::vector<NodeId> kids{subject.node};
  std::optional<Type> type;
  std::vector<NodeId> keys;
  bool good = true;
  const std::size_t pairs_end = expr.kids.size() - (expr.flag ? 1 : 0);
  const auto take_value = [&](ExprId id) {
    const Typed value = lower_expression(lowering, id, scope, expected ? expected : type);
    if (!value.ok()) {
      good = false;
      return;
    }
    const auto both = type ? unify(*type, value.type) : std::optional(value.type);
    if (!both) {
      fail_type(lowering.policy, lowering.policy.syntax.exprs[id].span,
                "the cases do not fit: " + show(lowering.program, *type) + " and " +
                    show(lowering.program, value.type));
      good = false;
      return;
    }
    type = both;
    kids.push_back(value.node);
  };
  for (std::size_t i = 1; i + 1 < pairs_end; i += 2) {
    const ExprId key_id = expr.kids[i];
    const NodeId key = lower_constant(lowering, key_id, scope, subject.type, "a case of `match`");
    if (key == engine::no_node) {
      good = false;
      lower_expression(lowering, expr.kids[i + 1], scope, expected);
      continue;
    }
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      lowering.policy.report(Code::hidden_row, lowering.policy.syntax.exprs[key_id].span,
                             "an earlier case already takes this");
      good = false;
    }
    keys.push_back(key);
    kids.push_back(key);
    take_value(expr.kids[i + 1]);
  }
  if (expr.flag) take_value(expr.kids.back());
  if (!good) return {};
  if (!expr.flag && !covers_all(lowering, expr, subject.type, keys)) return {};
  if (!type) return {};
  return {lowering.nodes.add(Op::match, *type, kids, expr.flag ? 1 : 0), *type};
}

}  // namespace riskd::dsl
