#include "engine/update/cell_update.hpp"

#include <algorithm>
#include <optional>

#include "engine/base/limits.hpp"

namespace riskd::engine {

// Every scope in which a cell of scopes of `type` may read what `source` said.
template <typename Visit>
void CellUpdate::each_scope(const Cell& cell, std::uint32_t type, bool any_component,
                            ScopeInstance& source, const Visit& visit) {
  const auto fits = [&](const ScopeInstance& scope) {
    return any_component ? !scope.is_product() : scope.component_type == type;
  };
  if (!source.is_product() && !cell.across) {
    if (fits(source)) visit(source);
    if (!any_component && type == no_index) visit(evaluator_.scopes.product());
    return;
  }
  if (!any_component && type == no_index) return visit(evaluator_.scopes.product());
  for (const auto& scope : evaluator_.scopes) {
    if (fits(*scope)) visit(*scope);
  }
}

void CellUpdate::touch(const Cell& cell, ScopeInstance& source) {
  const Program& program = evaluator_.program();
  const auto element = [&](Kind kind) {
    const auto visit = [&](ScopeInstance& scope) {
      touched_.elements.push_back({&scope, kind, cell.index});
    };
    if (source.is_product() || cell.across) {
      for (const auto& scope : evaluator_.scopes) visit(*scope);
    } else {
      visit(source);
      visit(evaluator_.scopes.product());
    }
  };
  switch (cell.kind) {
    case Cell::Kind::question:
      each_scope(cell, cell.component_type, false, source, [&](ScopeInstance& scope) {
        queue_.insert(
            {evaluator_.dependencies().question_rank[cell.index], cell.kind, cell.index, &scope});
      });
      return;
    case Cell::Kind::let:
      if (evaluator_.dependencies().is_late[cell.index]) {
        touched_.late = true;
        return;
      }
      each_scope(cell, no_index, program.lets[cell.index].kind == Kind::component, source,
                 [&](ScopeInstance& scope) {
                   queue_.insert({evaluator_.dependencies().let_rank[cell.index], cell.kind,
                                  cell.index, &scope});
                 });
      return;
    case Cell::Kind::pattern:
      each_scope(cell, cell.component_type, false, source,
                 [&](ScopeInstance& scope) { patterns_.emplace_back(&scope, cell.slot); });
      return;
    case Cell::Kind::rating:
      touched_.late = true;
      return;
    case Cell::Kind::risk:
      return element(Kind::risk);
    case Cell::Kind::weakness:
      return element(Kind::weakness);
    case Cell::Kind::countermeasure:
      return element(Kind::countermeasure);
    case Cell::Kind::every_risk:
      touched_.all_elements = true;
      return;
    case Cell::Kind::ticket:
      touched_.templates.insert(cell.index);
      return;
  }
}

void CellUpdate::touch(std::span<const Cell> cells, ScopeInstance& source) {
  if (cells.empty()) return;
  evaluator_.aggregates.forget_counted(source);
  for (const Cell& cell : cells) touch(cell, source);
}

// `force`: somebody answered it, or no longer does, or it is a text, whose value shows no change.
void CellUpdate::compute_question(std::uint32_t index, ScopeInstance& scope, bool force) {
  const std::uint32_t slot = evaluator_.dependencies().question_slot[index];
  const std::uint8_t before = scope.questions[slot];
  std::optional<Value> wide;
  if (before == question_code::wide) {
    const auto held = scope.wide.find(slot);
    wide = held->second;
    scope.wide.erase(held);
  }
  const Applies was_asked = scope.asked[slot];
  scope.questions[slot] = question_code::unset;
  const Value now = evaluator_.questions.value(index, scope);
  const std::uint8_t after = scope.questions[slot];
  force = force || was_asked != scope.asked[slot];
  if (!force && before == after && (!wide || *wide == now)) return;
  const Dependencies& reads = evaluator_.dependencies();
  const auto choices = static_cast<std::uint32_t>(reads.compared_with(index));
  touch(reads.readers_of(index), scope);
  const auto is_choice = [](std::uint8_t code) { return code < limits::choices; };
  if (is_choice(before) && is_choice(after) && !force) {
    for (const std::uint8_t code : {before, after}) {
      if (code < choices) touch(reads.readers_of(index, code), scope);
    }
    return;
  }
  for (std::uint32_t code = 0; code < choices; ++code) touch(reads.readers_of(index, code), scope);
}

void CellUpdate::compute_let(std::uint32_t index, ScopeInstance& scope) {
  const Value* known = scope.lets.find(index);
  const bool is_text = evaluator_.program().lets[index].type.base == Base::text;
  // Nobody has read it yet. What reads it was touched through the cells that it reads.
  const std::optional<Value> before = known == nullptr ? std::nullopt : std::optional(*known);
  scope.lets.erase(index);
  Context context;
  if (!scope.is_product()) context.component = &scope;
  const Value now = evaluator_.values.eval(evaluator_.program().lets[index].value, context);
  scope.lets.set(index, now);
  if (is_text || !before || !(*before == now))
    touch(evaluator_.dependencies().of_let[index], scope);
}

void CellUpdate::compute() {
  std::sort(answered_.begin(), answered_.end());
  answered_.erase(std::unique(answered_.begin(), answered_.end()), answered_.end());
  for (const Answered& each : answered_) evaluator_.scopes.find_answer(each.question, *each.scope);
  for (const Answered& each : answered_) {
    const bool is_answered = evaluator_.scopes.answered(each.question, *each.scope);
    const bool is_text = evaluator_.program().questions[each.question].type.base == Base::text;
    compute_question(each.question, *each.scope, is_text || is_answered != each.before);
  }
  for (const auto& [scope, field] : fields_)
    touch(evaluator_.dependencies().of_field[field], *scope);
  while (!queue_.empty()) {
    const auto [rank, kind, index, scope] = *queue_.begin();
    queue_.erase(queue_.begin());
    if (kind == Cell::Kind::question)
      compute_question(index, *scope, false);
    else
      compute_let(index, *scope);
  }
  compute_patterns();
}

void CellUpdate::compute_patterns() {
  std::sort(patterns_.begin(), patterns_.end());
  patterns_.erase(std::unique(patterns_.begin(), patterns_.end()), patterns_.end());
  for (const auto& [scope, slot] : patterns_) {
    Applies& held = scope->patterns[slot];
    const Applies now = evaluator_.patterns.compute_at(slot, *scope);
    if (now == held) continue;
    const std::uint32_t index =
        evaluator_.dependencies().patterns_in[Dependencies::scope_of(scope->component_type)][slot];
    const bool was_or_is_undecided = now == Applies::undecided || held == Applies::undecided;
    if (was_or_is_undecided && evaluator_.dependencies().model_reads.undecided_is_read)
      touched_.late = true;
    if (now == Applies::yes) touched_.begins.emplace_back(scope, index);
    if (held == Applies::yes) touched_.ends.emplace_back(scope, index);
    held = now;
  }
}

void CellUpdate::reset() { clear_all(answered_, fields_, queue_, patterns_); }

}  // namespace riskd::engine
