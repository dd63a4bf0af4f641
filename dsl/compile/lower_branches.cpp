// `if` and `match`.
#include <algorithm>

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::NodeId;
using engine::Op;
using engine::Type;

Typed Compiler::lower_choose(const Expr& expr, const Scope& scope, std::optional<Type> expected) {
  const NodeId test = condition(expr.kids[0], scope, "`if`");
  const Typed yes = lower(expr.kids[1], scope, expected);
  const Typed no = lower(expr.kids[2], scope,
                         expected   ? expected
                         : yes.ok() ? std::optional(yes.type)
                                    : std::nullopt);
  if (test == engine::no_node || !yes.ok() || !no.ok()) return {};
  const auto type = unify(yes.type, no.type);
  if (!type) {
    return fail_type(
        policy_, expr.span,
        "the branches do not fit: " + show(program_, yes.type) + " and " + show(program_, no.type));
  }
  return {nodes_.add(Op::choose, *type, {test, yes.node, no.node}), *type};
}

Typed Compiler::lower_match(const Expr& expr, const Scope& scope, std::optional<Type> expected) {
  const Typed subject = lower(expr.kids[0], scope);
  if (!subject.ok()) return {};
  const Span at = policy_.syntax.exprs[expr.kids[0]].span;
  const Base base = subject.type.base;
  if (base != Base::choice && base != Base::scale && base != Base::truth && base != Base::text &&
      base != Base::number) {
    return fail_type(policy_, at,
                     "`match` cannot tell the cases of " + show(program_, subject.type) + " apart",
                     base == Base::set ? "use `if … includes …`" : "");
  }
  std::vector<NodeId> kids{subject.node};
  std::optional<Type> type;
  std::vector<NodeId> keys;
  bool good = true;
  const std::size_t pairs_end = expr.kids.size() - (expr.flag ? 1 : 0);
  const auto take_value = [&](ExprId id) {
    const Typed value = lower(id, scope, expected ? expected : type);
    if (!value.ok()) {
      good = false;
      return;
    }
    const auto both = type ? unify(*type, value.type) : std::optional(value.type);
    if (!both) {
      fail_type(
          policy_, policy_.syntax.exprs[id].span,
          "the cases do not fit: " + show(program_, *type) + " and " + show(program_, value.type));
      good = false;
      return;
    }
    type = both;
    kids.push_back(value.node);
  };
  for (std::size_t i = 1; i + 1 < pairs_end; i += 2) {
    const ExprId key_id = expr.kids[i];
    const NodeId key = constant(key_id, scope, subject.type, "a case of `match`");
    if (key == engine::no_node) {
      good = false;
      lower(expr.kids[i + 1], scope, expected);
      continue;
    }
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      policy_.report(Code::hidden_row, policy_.syntax.exprs[key_id].span,
                     "an earlier case already takes this");
      good = false;
    }
    keys.push_back(key);
    kids.push_back(key);
    take_value(expr.kids[i + 1]);
  }
  if (expr.flag) take_value(expr.kids.back());
  if (!good) return {};
  if (!expr.flag) {
    std::string missing;
    Span added;  // of the first missing one that a library added which imports this one
    if (base == Base::choice || base == Base::scale) {
      const auto spans = step_spans_.find(subject.type.of);
      const auto& steps = program_.enums[subject.type.of].steps;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        const NodeId key = lower_step({{}, steps[i].name, {}}, subject.type).node;
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        missing += (missing.empty() ? "`" : ", `") + steps[i].name + "`";
        if (added.end == 0 && spans != step_spans_.end() && i < spans->second.size() &&
            policy_.libraries.imports(policy_.library_at(spans->second[i]),
                                      policy_.library_at(expr.span)))
          added = spans->second[i];
      }
    } else if (base == Base::truth) {
      for (const bool answer : {true, false}) {
        const NodeId key = nodes_.number(subject.type, answer ? 1 : 0);
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
          missing += (missing.empty() ? "`" : ", `") + std::string(answer ? "yes" : "no") + "`";
      }
    } else {
      missing = base == Base::text ? "other texts" : "other numbers";
    }
    if (added.end != 0) {
      const auto& told = policy_.diagnostics.list();
      const bool again = std::any_of(told.begin(), told.end(), [&](const Diagnostic& each) {
        return each.code == Code::incomplete_match && each.span.file == added.file &&
               each.span.begin == added.begin;
      });
      if (again) return {};
      policy_
          .report(Code::incomplete_match, added,
                  "a `match` of library `" + policy_.library_at(expr.span).name +
                      "` does not say what happens for " + missing,
                  "a choice is added only where every `match` has an `otherwise`")
          .related.push_back({expr.span, "this `match`"});
      return {};
    }
    if (!missing.empty()) {
      policy_.report(Code::incomplete_match, expr.span,
                     "this `match` does not say what happens for " + missing,
                     "add the case, or `otherwise: …`");
      return {};
    }
  }
  if (!type) return {};
  return {nodes_.add(Op::match, *type, kids, expr.flag ? 1 : 0), *type};
}

}  // namespace riskd::dsl
