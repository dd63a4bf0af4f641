#include "dsl/compile/lower_adjusts.hpp"

#include <algorithm>

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lookup.hpp"
#include "dsl/compile/lower_value.hpp"
#include "dsl/compile/reports.hpp"
#include "dsl/compile/value_types.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::Type;

namespace {

// Of what would it be a share? A percent is a number below 1, which nobody means where a rating is raised or
// held. Whether there is one: that is told.
bool refuse_share(Lowering& lowering, ExprId id, engine::NodeId amount, const std::string& what) {
  if (id == nothing || amount == engine::no_node) return false;
  const Expr* at = &lowering.policy.syntax.exprs[id];
  std::vector<ExprId> open{id};
  const Expr* literal = nullptr;
  while (!open.empty() && literal == nullptr) {
    const Expr& expr = lowering.policy.syntax.exprs[open.back()];
    open.pop_back();
    if (expr.kind == ExprKind::percent) literal = &expr;
    for (const ExprId kid : alternatives_of(expr)) open.push_back(kid);
  }
  if (literal == nullptr && lowering.program.nodes[amount].type.base != Base::percent) return false;
  std::string written(text_of(lowering.policy.sources, (literal == nullptr ? at : literal)->span));
  if (literal != nullptr && written.ends_with('%')) written.pop_back();
  if (literal == nullptr && at->kind != ExprKind::name) written = "(" + written + ")";
  const std::string words = what.substr(1, what.size() - 2);
  fail_type(lowering.policy, (literal == nullptr ? at : literal)->span,
            what + " needs a number, and this is a percent",
            literal != nullptr && literal == at
                ? "write `" + words + " " + written + "`: a rating is a number from 0 to 100"
            : literal != nullptr ? "write `" + written + "`: a rating is a number from 0 to 100"
                                 : "a rating is a number from 0 to 100: write `" + words +
                                       " 100 * " + written + "`");
  return true;
}

// The library that declares `risk.inherent`; null where none does.
const Library* home_of_steps(const engine::Program& program, const Declarations& declared) {
  return program.inherent == no_index ? nullptr : declared.ratings[program.inherent].library;
}

// Of two steps that nothing orders, the one that should say its place: it is not of the library that
// declares `risk.inherent`, whose steps have the order of the text.
void report_unordered_steps(const PolicyText& policy, const engine::Program& program,
                            const Declarations& declared,
                            const std::vector<std::pair<std::uint32_t, ClauseId>>& found,
                            std::size_t first, std::size_t second) {
  const Library* home = home_of_steps(program, declared);
  std::size_t at = second;
  std::size_t other = first;
  if (&policy.library_of(found[at].second) == home ||
      policy.libraries.imports(policy.library_of(found[other].second),
                               policy.library_of(found[at].second)))
    std::swap(at, other);
  const Library* own = &policy.library_of(found[at].second);
  const Library* others = &policy.library_of(found[other].second);
  const auto named = [&](std::size_t step) {
    const Library* of = &policy.library_of(found[step].second);
    return (of == own ? "" : of->name + ".") + program.adjusts[step].name;
  };
  std::string help = "add `after " + named(other) + "` or `before " + named(other) + "`";
  std::vector<std::size_t> homes;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (&policy.library_of(found[i].second) == home) homes.push_back(i);
  }
  if (others == home && homes.size() > 1) {
    help = "say its place: `after " + named(homes.back()) + "` is last, `before " +
           named(homes.front()) + "` first; between two steps it says both";
  }
  policy
      .report(Code::unordered_steps, policy.clause(found[at].second).head,
              "nothing says which of `" + program.adjusts[first].name + "` and `" +
                  program.adjusts[second].name + "` runs first",
              std::move(help))
      .related.push_back({policy.clause(found[other].second).head, "the other step"});
}

// The step that `after` or `before` names; nothing where that is reported.
std::optional<std::uint32_t> find_step(const PolicyText& policy, const Clause& order) {
  const Library& from = policy.library_at(order.head);
  const auto found = policy.libraries.lookup(from, order.name, &Library::steps);
  if (found.empty()) {
    std::vector<std::string> names;
    for (const Library* library : policy.libraries.visible(from)) {
      for (const auto& [name, declared] : library->steps) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    const std::string near = closest(order.name.text, names);
    policy.report(Code::unknown_name, order.name.span,
                  "there is no step `" + order.name.full() + "`",
                  near.empty() && order.name.qualifier.empty()
                      ? import_for(policy, NameSpace::steps, order.name.text, from)
                  : near.empty() ? ""
                                 : "did you mean `" + near + "`?");
    return std::nullopt;
  }
  if (found.size() > 1) {
    std::vector<std::pair<const Library*, Span>> declared;
    for (const auto& one : found) declared.emplace_back(one.library, one.what.second);
    ambiguous(policy, order.name, declared,
              "say which: `" + found.front().library->name + "." + order.name.text + "`");
    return std::nullopt;
  }
  policy.record_use(order.name, found.front().what.second);
  return found.front().what.first;
}

using DeclaredSteps = std::vector<std::pair<std::uint32_t, ClauseId>>;
using Before = std::vector<std::vector<char>>;  // whether a step runs before another

// Steps of the library that declares `risk.inherent` run in text order; the others where `after` and
// `before` put them. Nothing where what says the order is wrong itself, which is told.
std::optional<Before> orders_written(const Lowering& lowering, const DeclaredSteps& found) {
  const PolicyText& policy = lowering.policy;
  Before before(found.size(), std::vector<char>(found.size()));
  const Library* home = home_of_steps(lowering.program, lowering.declared);
  std::uint32_t last_home = no_index;
  bool settled = !lowering.declared.rated_twice;
  for (const auto& [index, id] : found) {
    settled = settled && !policy.unread(policy.clause(id));
    if (&policy.library_of(id) == home) {
      if (last_home != no_index) before[last_home][index] = 1;
      last_home = index;
    }
    for (const ClauseId child : policy.clause(id).children) {
      const Clause& each = policy.clause(child);
      if (each.kind != ClauseKind::after && each.kind != ClauseKind::before) continue;
      if (each.name.text.empty()) continue;
      const auto other = find_step(policy, each);
      settled = settled && other.has_value();
      if (!other) continue;
      (each.kind == ClauseKind::after ? before[*other][index] : before[index][*other]) = 1;
    }
  }
  return settled ? std::optional(std::move(before)) : std::nullopt;
}

// A pair that nothing orders is an error, and so is a step that would run before itself.
std::vector<ClauseId> order_adjusts(Lowering& lowering, const DeclaredSteps& found) {
  const std::size_t count = lowering.program.adjusts.size();
  if (count == 0 || found.size() != count) return {};
  auto before = orders_written(lowering, found);
  if (!before) return {};
  Before& all = *before;
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) all[i][j] = all[i][j] || (all[i][k] && all[k][j]);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (all[i][i]) {
      lowering.policy.report(
          Code::circular, lowering.policy.clause(found[i].second).head,
          "the step `" + lowering.program.adjusts[i].name + "` would run before itself");
      return {};
    }
    for (std::size_t j = i + 1; j < count; ++j) {
      if (all[i][j] || all[j][i]) continue;
      report_unordered_steps(lowering.policy, lowering.program, lowering.declared, found, i, j);
      return {};
    }
  }
  std::vector<std::uint32_t> order;
  for (const auto& [index, id] : found) order.push_back(index);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return all[a][b] != 0; });
  std::vector<engine::Adjust> sorted;
  std::vector<ClauseId> clauses;
  for (const std::uint32_t index : order) {
    sorted.push_back(lowering.program.adjusts[index]);
    clauses.push_back(found[index].second);
  }
  lowering.program.adjusts = std::move(sorted);
  return clauses;
}

}  // namespace

std::vector<ClauseId> lower_adjusts(Lowering& lowering, Libraries& libraries) {
  std::vector<std::pair<std::uint32_t, ClauseId>> found;
  each_declaration(
      lowering.policy.syntax, libraries, ClauseKind::adjust, [&](ClauseId id, Library& library) {
        const Clause& declared = lowering.policy.clause(id);
        engine::Adjust step;
        step.name = declared.name.text;
        step.reason = lowering.policy.plain(declared.text);
        step.place = lowering.policy.place(declared.head);
        const Clause* visit = lowering.policy.syntax.child(declared, ClauseKind::visit);
        const Clause* operation = nullptr;
        for (const ClauseId child : declared.children) {
          const Clause& each = lowering.policy.clause(child);
          if (each.kind == ClauseKind::visit && &each != visit)
            lowering.policy.report(Code::repeated_clause, each.head,
                                   "a step visits one kind of element");
          const bool operates = each.kind == ClauseKind::reduce ||
                                each.kind == ClauseKind::restore ||
                                each.kind == ClauseKind::raise_by ||
                                each.kind == ClauseKind::raise_to || each.kind == ClauseKind::cap;
          if (!operates) continue;
          if (operation != nullptr)
            lowering.policy.report(Code::repeated_clause, each.head,
                                   "a step changes the risk once");
          operation = &each;
        }
        if (visit == nullptr || operation == nullptr) {
          missing(lowering.policy, declared,
                  visit == nullptr ? "this step does not say what it visits"
                                   : "this step does not say what it does",
                  visit == nullptr ? "add `for countermeasure when …`"
                                   : "add `reduce risk by …`, `restore risk` …");
          return;
        }
        for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure}) {
          if (to_string(kind) == visit->as<VisitSyntax>().kind.text) step.kind = kind;
        }
        const Scope scope = scope_of(step.kind, library);
        step.when = lower_condition(lowering, visit->expr, scope, "`when`");
        if (operation->kind == ClauseKind::restore) {
          step.op = engine::AdjustOp::restore;
          if (step.kind == Kind::risk) {
            lowering.policy.report(
                Code::wrong_kind, operation->head,
                "`restore risk` takes back the uses of a weakness or a countermeasure",
                "visit them: `for weakness when …`");
          }
        } else {
          const bool share = operation->kind == ClauseKind::reduce;
          step.op = share ? (operation->as<ReduceSyntax>().of_inherent
                                 ? engine::AdjustOp::reduce_of_inherent
                                 : engine::AdjustOp::reduce)
                    : operation->kind == ClauseKind::raise_by ? engine::AdjustOp::raise_by
                    : operation->kind == ClauseKind::raise_to ? engine::AdjustOp::raise_to
                                                              : engine::AdjustOp::cap;
          const std::string what = share                                     ? "`reduce risk by`"
                                   : operation->kind == ClauseKind::raise_by ? "`raise risk by`"
                                   : operation->kind == ClauseKind::raise_to ? "`raise risk to`"
                                                                             : "`cap risk at`";
          step.amount = lower_value(lowering, operation->expr, scope,
                                    {share ? Base::percent : Base::number, 0}, what);
          if (!share && !refuse_share(lowering, operation->expr, step.amount, what))
            check_range(lowering.policy, operation->expr, 100, what);
        }
        const auto [known, fresh] = library.steps.try_emplace(
            declared.name.text, static_cast<std::uint32_t>(lowering.program.adjusts.size()),
            declared.name.span);
        if (!fresh)
          return duplicate(lowering.policy, "the step", declared.name, known->second.second);
        found.emplace_back(static_cast<std::uint32_t>(lowering.program.adjusts.size()), id);
        lowering.program.adjusts.push_back(std::move(step));
      });
  return order_adjusts(lowering, found);
}

}  // namespace riskd::dsl
