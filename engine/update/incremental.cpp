// One change: facts come in, the cells that they touch are computed again, and what came out
// differently is told. Along Program::dependencies, in this order:
//
//   questions and early lets, by rank · patterns · the elements that they bring and take away ·
//   what tests say of elements · elements, with their neighbours · late lets and ratings · tickets
//
// A cell of the first two, and each group as a whole, goes no further where it comes out as it was.
#include <algorithm>
#include <tuple>

#include "engine/base/limits.hpp"
#include "engine/update/difference.hpp"
#include "engine/update/update.hpp"

namespace riskd::engine {

Update::Update(Evaluator& of) : evaluator(of) {}

Deltas Update::bring_to(Instant now) {
  evaluator.field_missing_.reset();
  evaluator.watch_ = this;
  Deltas changes = run(std::max(now, evaluator.now_));
  evaluator.watch_ = nullptr;
  reset();
  return changes;
}

void Update::reset() {
  everything = approvals = late = all_elements = false;
  const auto clear = [](auto&... all) { ((all.empty() ? void() : all.clear()), ...); };
  clear(answered, set_fields, elements, decided_again, ending, decided, tickets, suites, tests,
        told);
  clear(queue, patterns, begins, ends, moving, gone, templates, with_tickets);
  clear(risks, weaknesses, measures, changed_risks, changed_states);
  deltas = {};
}

void Update::touched(const WeaknessInstance& weakness) {
  elements.push_back({weakness.scope, Kind::weakness, weakness.definition});
}

void Update::touched(const CountermeasureInstance& countermeasure) {
  elements.push_back({countermeasure.scope, Kind::countermeasure, countermeasure.definition});
}

// ── questions, lets, patterns ──────────────────────────────────────────────────────────────────

// Every scope in which a cell of scopes of `type` may read what `source` said.
template <typename Visit>
void Update::each_scope(const Cell& cell, std::uint32_t type, bool any_component,
                        ScopeInstance& source, const Visit& visit) {
  const auto fits = [&](const ScopeInstance& scope) {
    return any_component ? !scope.is_product() : scope.component_type == type;
  };
  if (!source.is_product() && !cell.across) {
    if (fits(source)) visit(source);
    if (!any_component && type == no_index) visit(evaluator.product_scope());
    return;
  }
  if (!any_component && type == no_index) return visit(evaluator.product_scope());
  for (const auto& scope : evaluator.scopes_) {
    if (fits(*scope)) visit(*scope);
  }
}

void Update::notify(const Cell& cell, ScopeInstance& source) {
  const Program& program = evaluator.program_;
  const auto element = [&](Kind kind) {
    const auto visit = [&](ScopeInstance& scope) {
      elements.push_back({&scope, kind, cell.index});
    };
    if (source.is_product() || cell.across) {
      for (const auto& scope : evaluator.scopes_) visit(*scope);
    } else {
      visit(source);
      visit(evaluator.product_scope());
    }
  };
  switch (cell.kind) {
    case Cell::Kind::question:
      each_scope(cell, cell.component_type, false, source, [&](ScopeInstance& scope) {
        queue.insert(
            {evaluator.dependencies_.question_rank[cell.index], cell.kind, cell.index, &scope});
      });
      return;
    case Cell::Kind::let:
      if (evaluator.dependencies_.is_late[cell.index]) {
        late = true;
        return;
      }
      each_scope(cell, no_index, program.lets[cell.index].kind == Kind::component, source,
                 [&](ScopeInstance& scope) {
                   queue.insert({evaluator.dependencies_.let_rank[cell.index], cell.kind,
                                 cell.index, &scope});
                 });
      return;
    case Cell::Kind::pattern:
      each_scope(cell, cell.component_type, false, source,
                 [&](ScopeInstance& scope) { patterns.emplace_back(&scope, cell.slot); });
      return;
    case Cell::Kind::rating:
      late = true;
      return;
    case Cell::Kind::risk:
      return element(Kind::risk);
    case Cell::Kind::weakness:
      return element(Kind::weakness);
    case Cell::Kind::countermeasure:
      return element(Kind::countermeasure);
    case Cell::Kind::every_risk:
      all_elements = true;
      return;
    case Cell::Kind::ticket:
      templates.insert(cell.index);
      return;
  }
}

void Update::notify(std::span<const Cell> cells, ScopeInstance& source) {
  if (cells.empty()) return;
  evaluator.forget_counted(source);
  for (const Cell& cell : cells) notify(cell, source);
}

// `force`: somebody answered it, or no longer does, or it is a text, whose value shows no change.
void Update::compute_question(std::uint32_t index, ScopeInstance& scope, bool force) {
  const std::uint32_t slot = evaluator.dependencies_.question_slot[index];
  const std::uint8_t before = scope.questions[slot];
  std::optional<Value> wide;
  if (before == question_code::wide) {
    const auto held = scope.wide.find(slot);
    wide = held->second;
    scope.wide.erase(held);
  }
  const Applies was_asked = scope.asked[slot];
  scope.questions[slot] = question_code::unset;
  const Value now = evaluator.question(index, scope);
  const std::uint8_t after = scope.questions[slot];
  force = force || was_asked != scope.asked[slot];
  if (!force && before == after && (!wide || *wide == now)) return;
  const Dependencies& reads = evaluator.dependencies_;
  const auto choices = static_cast<std::uint32_t>(reads.compared_with(index));
  notify(reads.readers_of(index), scope);
  const auto is_choice = [](std::uint8_t code) { return code < limits::choices; };
  if (is_choice(before) && is_choice(after) && !force) {
    for (const std::uint8_t code : {before, after}) {
      if (code < choices) notify(reads.readers_of(index, code), scope);
    }
    return;
  }
  for (std::uint32_t code = 0; code < choices; ++code) notify(reads.readers_of(index, code), scope);
}

void Update::compute_let(std::uint32_t index, ScopeInstance& scope) {
  const Value* known = scope.lets.find(index);
  const bool is_text = evaluator.program_.lets[index].type.base == Base::text;
  // Nobody has read it: whoever waits for it was told by what it reads.
  const std::optional<Value> before = known == nullptr ? std::nullopt : std::optional(*known);
  scope.lets.erase(index);
  Context context;
  if (!scope.is_product()) context.component = &scope;
  const Value now = evaluator.eval(evaluator.program_.lets[index].value, context);
  scope.lets.set(index, now);
  if (is_text || !before || !(*before == now)) notify(evaluator.dependencies_.of_let[index], scope);
}

void Update::compute_conditions() {
  std::sort(answered.begin(), answered.end());
  answered.erase(std::unique(answered.begin(), answered.end()), answered.end());
  for (const Answered& each : answered) evaluator.find_answer(each.question, *each.scope);
  for (const Answered& each : answered) {
    const bool is_answered = evaluator.answered(each.question, *each.scope);
    const bool is_text = evaluator.program_.questions[each.question].type.base == Base::text;
    compute_question(each.question, *each.scope, is_text || is_answered != each.before);
  }
  for (const auto& [scope, field] : set_fields)
    notify(evaluator.dependencies_.of_field[field], *scope);
  while (!queue.empty()) {
    const auto [rank, kind, index, scope] = *queue.begin();
    queue.erase(queue.begin());
    if (kind == Cell::Kind::question)
      compute_question(index, *scope, false);
    else
      compute_let(index, *scope);
  }
  compute_patterns();
}

void Update::compute_patterns() {
  std::sort(patterns.begin(), patterns.end());
  patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
  for (const auto& [scope, slot] : patterns) {
    Applies& held = scope->patterns[slot];
    const Applies now = evaluator.compute_applies_at(slot, *scope);
    if (now == held) continue;
    const std::uint32_t index =
        evaluator.dependencies_.patterns_in[Dependencies::scope_of(scope->component_type)][slot];
    const bool was_or_is_undecided = now == Applies::undecided || held == Applies::undecided;
    if (was_or_is_undecided && evaluator.dependencies_.undecided_is_read) late = true;
    if (now == Applies::yes) begins.emplace_back(scope, index);
    if (held == Applies::yes) ends.emplace_back(scope, index);
    held = now;
  }
}

// ── the whole ──────────────────────────────────────────────────────────────────────────────────

Deltas Update::run(Instant now) {
  // To follow what a change touches is cheaper than a pass over all, however much that is (rows `E` of
  // ./dev bench): only what cannot be followed is computed whole.
  if (everything || evaluator.dependencies_.conditions_read_model) {
    evaluator.now_ = now;
    Evaluator fresh(evaluator.program_, *evaluator.product_, now);
    fresh.compute_all();
    Deltas whole = difference(&evaluator, fresh);
    evaluator.take_over(fresh);
    return whole;
  }
  for (const TicketKey& key : tickets) evaluator.find_ticket(key);
  pass_time(now);
  compute_conditions();
  change_elements();
  bind_tests();
  close_over();
  compute_elements();
  compute_tickets();
  finish();
  return std::move(deltas);
}

void Update::finish() {
  const auto leave = [](auto& touched) {
    for (auto& each : touched) each.instance->touched = each.instance->is_new = false;
  };
  leave(risks);
  leave(weaknesses);
  leave(measures);
  for (Instance* each : with_tickets) each->tickets_told = false;
  for (const auto& each : weaknesses) each.instance->last_tested = each.instance->tested;
  for (const auto& each : measures) each.instance->last_tested = each.instance->tested;
  sort_by_element(deltas.tickets);
}

}  // namespace riskd::engine
