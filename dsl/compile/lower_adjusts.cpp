// The steps that lead from the inherent to the current rating, and their order.
#include <algorithm>

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::Type;

void Compiler::lower_adjusts() {
  std::vector<std::pair<std::uint32_t, ClauseId>> found;
  each_declaration(
      policy_.syntax, libraries_, ClauseKind::adjust, [&](ClauseId id, Library& library) {
        const Clause& declared = policy_.clause(id);
        engine::Adjust step;
        step.name = declared.name.text;
        step.reason = policy_.plain(declared.text);
        step.place = policy_.place(declared.head);
        const Clause* visit = policy_.syntax.child(declared, ClauseKind::visit);
        const Clause* operation = nullptr;
        for (const ClauseId child : declared.children) {
          const Clause& each = policy_.clause(child);
          if (each.kind == ClauseKind::visit && &each != visit)
            policy_.report(Code::repeated_clause, each.head, "a step visits one kind of element");
          const bool operates = each.kind == ClauseKind::reduce ||
                                each.kind == ClauseKind::restore ||
                                each.kind == ClauseKind::raise_by ||
                                each.kind == ClauseKind::raise_to || each.kind == ClauseKind::cap;
          if (!operates) continue;
          if (operation != nullptr)
            policy_.report(Code::repeated_clause, each.head, "a step changes the risk once");
          operation = &each;
        }
        if (visit == nullptr || operation == nullptr) {
          missing(policy_, declared,
                  visit == nullptr ? "this step does not say what it visits"
                                   : "this step does not say what it does",
                  visit == nullptr ? "add `for countermeasure when …`"
                                   : "add `reduce risk by …`, `restore risk` …");
          return;
        }
        for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure}) {
          if (to_string(kind) == visit->more().kind_word.text) step.kind = kind;
        }
        const Scope scope = scope_of(step.kind, library);
        step.when = condition(visit->expr, scope, "`when`");
        if (operation->kind == ClauseKind::restore) {
          step.op = engine::AdjustOp::restore;
          if (step.kind == Kind::risk) {
            policy_.report(Code::wrong_kind, operation->head,
                           "`restore risk` takes back the uses of a weakness or a countermeasure",
                           "visit them: `for weakness when …`");
          }
        } else {
          const bool share = operation->kind == ClauseKind::reduce;
          step.op = share ? (operation->flag ? engine::AdjustOp::reduce_of_inherent
                                             : engine::AdjustOp::reduce)
                    : operation->kind == ClauseKind::raise_by ? engine::AdjustOp::raise_by
                    : operation->kind == ClauseKind::raise_to ? engine::AdjustOp::raise_to
                                                              : engine::AdjustOp::cap;
          const std::string what = share                                     ? "`reduce risk by`"
                                   : operation->kind == ClauseKind::raise_by ? "`raise risk by`"
                                   : operation->kind == ClauseKind::raise_to ? "`raise risk to`"
                                                                             : "`cap risk at`";
          step.amount =
              value_of(operation->expr, scope, {share ? Base::percent : Base::number, 0}, what);
          if (!share && !refuse_share(operation->expr, step.amount, what))
            check_range(operation->expr, 100, what);
        }
        const auto [known, fresh] = library.steps.try_emplace(
            declared.name.text, static_cast<std::uint32_t>(program_.adjusts.size()),
            declared.name.span);
        if (!fresh) return duplicate(policy_, "the step", declared.name, known->second.second);
        found.emplace_back(static_cast<std::uint32_t>(program_.adjusts.size()), id);
        program_.adjusts.push_back(std::move(step));
      });
  order_adjusts(found);
}

// Of what would it be a share? A percent is a number below 1, which nobody means where a rating is raised or
// held. Whether there is one: that is told.
bool Compiler::refuse_share(ExprId id, engine::NodeId amount, const std::string& what) {
  if (id == nothing || amount == engine::no_node) return false;
  const Expr* at = &policy_.syntax.exprs[id];
  const auto values = [&](const Expr& expr) {
    std::vector<ExprId> kids;
    if (expr.kind == ExprKind::group) kids = expr.kids;
    if (expr.kind == ExprKind::choose) kids = {expr.kids[1], expr.kids[2]};
    if (expr.kind == ExprKind::match) {
      for (std::size_t i = 2; i < expr.kids.size(); i += 2) kids.push_back(expr.kids[i]);
      if (expr.flag) kids.push_back(expr.kids.back());
    }
    return kids;
  };
  std::vector<ExprId> open{id};
  const Expr* literal = nullptr;
  while (!open.empty() && literal == nullptr) {
    const Expr& expr = policy_.syntax.exprs[open.back()];
    open.pop_back();
    if (expr.kind == ExprKind::percent) literal = &expr;
    for (const ExprId kid : values(expr)) open.push_back(kid);
  }
  if (literal == nullptr && program_.nodes[amount].type.base != Base::percent) return false;
  std::string written(text_of(policy_.sources, (literal == nullptr ? at : literal)->span));
  if (literal != nullptr && written.ends_with('%')) written.pop_back();
  if (literal == nullptr && at->kind != ExprKind::name) written = "(" + written + ")";
  const std::string words = what.substr(1, what.size() - 2);
  fail_type(policy_, (literal == nullptr ? at : literal)->span,
            what + " needs a number, and this is a percent",
            literal != nullptr && literal == at
                ? "write `" + words + " " + written + "`: a rating is a number from 0 to 100"
            : literal != nullptr ? "write `" + written + "`: a rating is a number from 0 to 100"
                                 : "a rating is a number from 0 to 100: write `" + words +
                                       " 100 * " + written + "`");
  return true;
}

// Steps of the library that declares `risk.inherent` run in text order; the others where `after` and
// `before` put them. A pair that nothing orders is an error.
void Compiler::order_adjusts(const std::vector<std::pair<std::uint32_t, ClauseId>>& found) {
  const std::size_t count = program_.adjusts.size();
  if (count == 0 || found.size() != count) return;
  std::vector<std::vector<char>> before(count, std::vector<char>(count));
  const Library* home =
      program_.inherent == no_index ? nullptr : rating_libraries_[program_.inherent];
  std::uint32_t last_home = no_index;
  bool settled = !rated_twice_;  // false: what says the order is wrong itself, which is told
  for (const auto& [index, id] : found) {
    settled = settled && !policy_.unread(policy_.clause(id));
    if (&policy_.library_of(id) == home) {
      if (last_home != no_index) before[last_home][index] = 1;
      last_home = index;
    }
    for (const ClauseId child : policy_.clause(id).children) {
      const Clause& each = policy_.clause(child);
      if (each.kind != ClauseKind::after && each.kind != ClauseKind::before) continue;
      if (each.name.text.empty()) continue;
      const auto step =
          policy_.libraries.lookup(policy_.library_at(each.head), each.name, &Library::steps);
      if (step.empty()) {
        std::vector<std::string> names;
        for (const Library* library : policy_.libraries.visible(policy_.library_at(each.head))) {
          for (const auto& [name, declared] : library->steps) names.push_back(name);
        }
        std::sort(names.begin(), names.end());
        const std::string near = closest(each.name.text, names);
        policy_.report(Code::unknown_name, each.name.span,
                       "there is no step `" + each.name.full() + "`",
                       near.empty() && each.name.qualifier.empty()
                           ? import_for(policy_, NameSpace::steps, each.name.text,
                                        policy_.library_at(each.head))
                       : near.empty() ? ""
                                      : "did you mean `" + near + "`?");
        settled = false;
        continue;
      }
      if (step.size() > 1) {
        std::vector<std::pair<const Library*, Span>> declared;
        for (const auto& one : step) declared.emplace_back(one.library, one.what.second);
        ambiguous(policy_, each.name, declared,
                  "say which: `" + step.front().library->name + "." + each.name.text + "`");
        settled = false;
        continue;
      }
      policy_.record_use(each.name, step.front().what.second);
      const std::uint32_t other = step.front().what.first;
      (each.kind == ClauseKind::after ? before[other][index] : before[index][other]) = 1;
    }
  }
  if (!settled) return;
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j)
        before[i][j] = before[i][j] || (before[i][k] && before[k][j]);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Span at = policy_.clause(found[i].second).head;
    if (before[i][i]) {
      policy_.report(Code::circular, at,
                     "the step `" + program_.adjusts[i].name + "` would run before itself");
      return;
    }
    for (std::size_t j = i + 1; j < count; ++j) {
      if (before[i][j] || before[j][i]) continue;
      return unordered_steps(found, i, j);
    }
  }
  std::vector<std::uint32_t> order;
  for (const auto& [index, id] : found) order.push_back(index);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return before[a][b] != 0; });
  std::vector<engine::Adjust> sorted;
  for (const std::uint32_t index : order) {
    sorted.push_back(program_.adjusts[index]);
    step_clauses_.push_back(found[index].second);
  }
  program_.adjusts = std::move(sorted);
}

// Of two steps that nothing orders, the one that should say its place: it is not of the library that
// declares `risk.inherent`, whose steps have the order of the text.
void Compiler::unordered_steps(const std::vector<std::pair<std::uint32_t, ClauseId>>& found,
                               std::size_t first, std::size_t second) {
  const Library* home =
      program_.inherent == no_index ? nullptr : rating_libraries_[program_.inherent];
  std::size_t at = second;
  std::size_t other = first;
  if (&policy_.library_of(found[at].second) == home ||
      policy_.libraries.imports(policy_.library_of(found[other].second),
                                policy_.library_of(found[at].second)))
    std::swap(at, other);
  const Library* own = &policy_.library_of(found[at].second);
  const Library* others = &policy_.library_of(found[other].second);
  const auto named = [&](std::size_t step) {
    const Library* of = &policy_.library_of(found[step].second);
    return (of == own ? "" : of->name + ".") + program_.adjusts[step].name;
  };
  std::string help = "add `after " + named(other) + "` or `before " + named(other) + "`";
  std::vector<std::size_t> homes;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (&policy_.library_of(found[i].second) == home) homes.push_back(i);
  }
  if (others == home && homes.size() > 1) {
    help = "say its place: `after " + named(homes.back()) + "` is last, `before " +
           named(homes.front()) + "` first; between two steps it says both";
  }
  policy_
      .report(Code::unordered_steps, policy_.clause(found[at].second).head,
              "nothing says which of `" + program_.adjusts[first].name + "` and `" +
                  program_.adjusts[second].name + "` runs first",
              std::move(help))
      .related.push_back({policy_.clause(found[other].second).head, "the other step"});
}

}  // namespace riskd::dsl
