// One change: facts come in, the cells that they touch are computed again, and what came out
// differently is told. Along Program::dependencies, in this order:
//
//   questions and early lets, by rank · patterns · the elements that they bring and take away ·
//   what tests say of elements · elements, with their neighbours · late lets and ratings · tickets
//
// A cell of the first two, and each group as a whole, goes no further where it comes out as it was.
#include <algorithm>
#include <tuple>

#include "engine/evaluator.hpp"
#include "engine/update.hpp"

namespace riskd::engine {
namespace {

// A change with fewer answers is always followed: what that costs is little.
constexpr std::size_t fewest_answers = 8;

}  // namespace

Evaluator::Update& Evaluator::pending() {
  if (!pending_) pending_ = std::make_unique<Update>(*this);
  return *pending_;
}

void Evaluator::expect(const Fact& fact) { pending().expect(fact); }

Deltas Evaluator::update(Instant now) {
  pending();
  const std::unique_ptr<Update> update = std::move(pending_);
  // What touches elements from now on finds its way here.
  running_ = update.get();
  Deltas deltas = update->run(std::max(now, now_));
  running_ = nullptr;
  return deltas;
}

void Evaluator::touch(const WeaknessInstance& weakness) {
  if (running_ != nullptr)
    running_->elements.push_back({weakness.scope, Kind::weakness, weakness.definition});
}

void Evaluator::touch(const CountermeasureInstance& countermeasure) {
  if (running_ != nullptr) {
    running_->elements.push_back(
        {countermeasure.scope, Kind::countermeasure, countermeasure.definition});
  }
}

// ── questions, lets, patterns ──────────────────────────────────────────────────────────────────

// Every scope in which a cell of scopes of `type` may read what `source` said.
template <typename Visit>
void Evaluator::Update::each_scope(const Cell& cell, std::uint32_t type, bool any_component,
                                   ScopeInstance& source, const Visit& visit) {
  const auto fits = [&](const ScopeInstance& scope) {
    return any_component ? !scope.is_product() : scope.component_type == type;
  };
  if (!source.is_product() && !cell.across) {
    if (fits(source)) visit(source);
    if (!any_component && type == no_index) visit(of.product_scope());
    return;
  }
  if (!any_component && type == no_index) return visit(of.product_scope());
  for (const auto& scope : of.scopes_) {
    if (fits(*scope)) visit(*scope);
  }
}

void Evaluator::Update::notify(const Cell& cell, ScopeInstance& source) {
  const Program& program = of.program_;
  const auto element = [&](Kind kind) {
    const auto visit = [&](ScopeInstance& scope) {
      elements.push_back({&scope, kind, cell.index});
    };
    if (source.is_product() || cell.across) {
      for (const auto& scope : of.scopes_) visit(*scope);
    } else {
      visit(source);
      visit(of.product_scope());
    }
  };
  switch (cell.kind) {
    case Cell::Kind::question:
      each_scope(cell, program.questions[cell.index].component_type, false, source,
                 [&](ScopeInstance& scope) {
                   queue.insert(
                       {of.dependencies_.question_rank[cell.index], cell.kind, cell.index, &scope});
                 });
      return;
    case Cell::Kind::let:
      if (of.dependencies_.is_late[cell.index]) {
        late = true;
        return;
      }
      each_scope(
          cell, no_index, program.lets[cell.index].kind == Kind::component, source,
          [&](ScopeInstance& scope) {
            queue.insert({of.dependencies_.let_rank[cell.index], cell.kind, cell.index, &scope});
          });
      return;
    case Cell::Kind::pattern:
      each_scope(cell, program.patterns[cell.index].component_type, false, source,
                 [&](ScopeInstance& scope) { patterns.emplace_back(&scope, cell.index); });
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

void Evaluator::Update::notify(const std::vector<Cell>& cells, ScopeInstance& source) {
  of.forget_counted(source);
  for (const Cell& cell : cells) notify(cell, source);
}

// `force`: somebody answered it, or no longer does, or it is a text, whose value shows no change.
void Evaluator::Update::compute_question(std::uint32_t index, ScopeInstance& scope, bool force) {
  const std::uint32_t slot = of.dependencies_.question_slot[index];
  const std::uint8_t before = scope.questions[slot];
  std::optional<Value> wide;
  if (before == question_code::wide) {
    const auto held = scope.wide.find(slot);
    wide = held->second;
    scope.wide.erase(held);
  }
  const Applies was_asked = scope.asked[slot];
  scope.questions[slot] = question_code::unset;
  const Value now = of.question(index, scope);
  const std::uint8_t after = scope.questions[slot];
  force = force || was_asked != scope.asked[slot];
  if (!force && before == after && (!wide || *wide == now)) return;
  const Readers& readers = of.dependencies_.of_question[index];
  notify(readers.any, scope);
  const auto is_choice = [](std::uint8_t code) { return code < limits::choices; };
  if (is_choice(before) && is_choice(after) && !force) {
    for (const std::uint8_t code : {before, after}) {
      if (code < readers.by_value.size()) notify(readers.by_value[code], scope);
    }
    return;
  }
  for (const auto& cells : readers.by_value) notify(cells, scope);
}

void Evaluator::Update::compute_let(std::uint32_t index, ScopeInstance& scope) {
  const Value* known = scope.lets.find(index);
  const bool is_text = of.program_.lets[index].type.base == Base::text;
  // Nobody has read it: whoever waits for it was told by what it reads.
  const std::optional<Value> before = known == nullptr ? std::nullopt : std::optional(*known);
  scope.lets.erase(index);
  Context context;
  if (!scope.is_product()) context.component = &scope;
  const Value now = of.eval(of.program_.lets[index].value, context);
  scope.lets.set(index, now);
  if (is_text || !before || !(*before == now)) notify(of.dependencies_.of_let[index], scope);
}

void Evaluator::Update::compute_conditions() {
  for (const Answered& each : answered) of.find_answer(each.question, *each.scope);
  for (const Answered& each : answered) {
    const bool is_answered = of.answered(each.question, *each.scope);
    const bool is_text = of.program_.questions[each.question].type.base == Base::text;
    compute_question(each.question, *each.scope, is_text || is_answered != each.before);
  }
  for (const auto& [scope, field] : set_fields) notify(of.dependencies_.of_field[field], *scope);
  while (!queue.empty()) {
    const auto [rank, kind, index, scope] = *queue.begin();
    queue.erase(queue.begin());
    if (kind == Cell::Kind::question)
      compute_question(index, *scope, false);
    else
      compute_let(index, *scope);
  }
  std::sort(patterns.begin(), patterns.end());
  patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
  for (const auto& [scope, index] : patterns) {
    Applies& held = scope->patterns[of.dependencies_.pattern_slot[index]];
    const Applies now = of.compute_applies(index, *scope);
    if (now == held) continue;
    const bool was_or_is_undecided = now == Applies::undecided || held == Applies::undecided;
    if (was_or_is_undecided && of.dependencies_.undecided_is_read) late = true;
    if (now == Applies::yes) begins.emplace_back(scope, index);
    if (held == Applies::yes) ends.emplace_back(scope, index);
    held = now;
  }
}

// ── elements come and go ───────────────────────────────────────────────────────────────────────

template <typename Visit>
void Evaluator::Update::each_definition(std::uint32_t pattern, const Visit& visit) const {
  const Program& program = of.program_;
  for (const std::uint32_t risk : program.patterns[pattern].risks) {
    visit(Kind::risk, risk);
    for (const std::uint32_t weakness : program.risks[risk].weaknesses) {
      visit(Kind::weakness, weakness);
      for (const std::uint32_t use : program.weaknesses[weakness].uses)
        visit(Kind::countermeasure, program.uses[use].countermeasure);
    }
  }
}

void Evaluator::Update::change_elements() {
  if (begins.empty() && ends.empty()) return;
  // A test that is about an element which comes or goes may reach others now.
  const auto about = [&](const Evaluator::TestsAbout& by_definition, std::uint32_t index) {
    const auto found = by_definition.find(index);
    if (found == by_definition.end()) return;
    for (BoundTest* test : found->second) move(*test);
  };
  for (const auto* flips : {&begins, &ends}) {
    for (const InScope& flip : *flips) {
      each_definition(flip.second, [&](Kind kind, std::uint32_t index) {
        elements.push_back({flip.first, kind, index});
        if (kind == Kind::weakness) about(of.about_weakness_, index);
        if (kind == Kind::countermeasure) about(of.about_countermeasure_, index);
      });
    }
  }
  for (BoundTest* test : moving) of.withdraw(*test);
  for (const auto& [scope, pattern] : begins) of.add_elements(*scope, pattern);
  for (const auto& [scope, pattern] : ends) {
    for (const std::uint32_t index : of.program_.patterns[pattern].risks) {
      const RiskInstance& risk = *scope->risk_of.find(index);
      RiskChange change;
      change.id = risk.id;
      change.ended = true;
      deltas.risks.push_back(std::move(change));
      of.forget_extreme(risk);
      if (of.program_.tickets.empty() && of.product_->tickets.empty()) continue;
      gone.insert(risk.id);
      for (const WeaknessInstance* weakness : risk.weaknesses) {
        gone.insert(weakness->id);
        for (const auto& [use, measure] : weakness->uses) gone.insert(measure->id);
      }
    }
    of.remove_elements(*scope, pattern);
  }
}

void Evaluator::Update::bind_tests() {
  // Those that are bound anew first: one of which nothing holds any more is no test to be moved.
  const auto bind = [&](const TestOf& key, const SuiteFacts& suite, const Runs& runs) {
    const auto known = of.tests_.find(key);
    if (known != of.tests_.end() && known->second.moving) moving.erase(&known->second);
    of.bind_result(key, suite, runs);
  };
  for (const std::string& name : suites) {
    const SuiteFacts& suite = of.product_->suites.at(name);
    const Runs runs = runs_of(suite);
    for (const auto& [key, listed] : suite.tests) bind({name, key}, suite, runs);
  }
  for (const TestOf& key : tests) {
    if (suites.contains(key.suite)) continue;
    const SuiteFacts& suite = of.product_->suites.at(key.suite);
    bind(key, suite, suite.runs.empty() ? Runs{} : runs_of(suite));
  }
  for (BoundTest* test : moving) {
    test->moving = false;
    of.withdraw(*test);
    of.reach(*test);
  }
}

// ── elements ───────────────────────────────────────────────────────────────────────────────────

void Evaluator::Update::take(RiskInstance* risk) {
  if (risk == nullptr || risk->touched) return;
  risk->touched = true;
  risks.push_back({risk, risk->inherent, risk->current, risk->projected});
}

void Evaluator::Update::take(WeaknessInstance* weakness) {
  if (weakness == nullptr || weakness->touched) return;
  weakness->touched = true;
  weaknesses.push_back({weakness, weakness->last_tested});
}

void Evaluator::Update::take(CountermeasureInstance* measure) {
  if (measure == nullptr || measure->touched) return;
  measure->touched = true;
  measures.push_back({measure, measure->state, measure->last_tested});
}

void Evaluator::Update::take_all() {
  for (const auto& each : of.risk_store_) take(each.get());
  for (const auto& each : of.weakness_store_) take(each.get());
  for (const auto& each : of.countermeasure_store_) take(each.get());
}

// What the touched elements are read by, as far as the policy reads at all.
void Evaluator::Update::close_over() {
  const Dependencies& reads = of.dependencies_;
  for (const Element& each : elements) {
    if (each.kind == Kind::risk) take(each.scope->risk_of.find(each.definition));
    if (each.kind == Kind::weakness) take(each.scope->weaknesses.find(each.definition));
    if (each.kind == Kind::countermeasure) take(each.scope->countermeasures.find(each.definition));
  }
  if (all_elements || (approvals && reads.elements_read_approval) ||
      (reads.elements_read_far && (late || !deltas.risks.empty() || !risks.empty() ||
                                   !weaknesses.empty() || !measures.empty()))) {
    return take_all();
  }
  std::size_t risk = 0, weakness = 0, measure = 0;
  while (risk < risks.size() || weakness < weaknesses.size() || measure < measures.size()) {
    for (; measure < measures.size(); ++measure) {
      for (const auto& [use, held_by] : measures[measure].instance->uses) {
        if (reads.weaknesses_read_measures) take(held_by);
        for (RiskInstance* each : held_by->risks) take(each);
      }
    }
    for (; weakness < weaknesses.size(); ++weakness) {
      for (RiskInstance* each : weaknesses[weakness].instance->risks) take(each);
      if (!reads.measures_read_weaknesses) continue;
      for (const auto& [use, each] : weaknesses[weakness].instance->uses) take(each);
    }
    for (; risk < risks.size(); ++risk) {
      if (!reads.measures_read_risks) continue;
      for (WeaknessInstance* each : risks[risk].instance->weaknesses) {
        take(each);
        for (const auto& [use, used] : each->uses) take(used);
      }
    }
  }
}

void Evaluator::Update::compute_elements() {
  for (const auto& each : weaknesses) of.settle(each.instance->tests);
  for (const auto& each : measures) of.settle(each.instance->tests);
  for (const auto& each : risks) {
    each.instance->forget();
    each.instance->adjusted = false;
  }
  for (const auto& each : weaknesses) each.instance->forget();
  for (const auto& each : measures) {
    each.instance->forget();
    each.instance->state.reset();
  }
  const bool moved =
      late || !risks.empty() || !weaknesses.empty() || !measures.empty() || !deltas.risks.empty();
  if (moved || approvals) of.forget_late();
  if (of.dependencies_.elements_read_far) of.extremes_.clear();

  for (const auto& [measure, state, tested] : measures) {
    of.state(*measure);
    StateChange change{measure->id, std::nullopt, std::nullopt};
    if (measure->is_new || state != measure->state) change.state = measure->state;
    if (tested != measure->tests.tested) change.tested = measure->tests.tested;
    if (change.state || change.tested) deltas.states.push_back(std::move(change));
  }
  for (const auto& [weakness, tested] : weaknesses) {
    if (tested != weakness->tests.tested)
      deltas.states.push_back({weakness->id, std::nullopt, weakness->tests.tested});
  }
  for (const auto& [risk, inherent, current, projected] : risks) {
    of.adjust(*risk);
    of.enter_extremes(*risk, inherent, current, projected);
    RiskChange change;
    change.id = risk->id;
    if (risk->is_new) {
      change.whole = true;
    } else {
      if (risk->inherent != inherent) change.inherent = risk->inherent;
      if (risk->projected != projected) change.projected = risk->projected;
      if (risk->current != current) {
        change.current = risk->current;
        std::string band = band_name(of.program_, risk->current);
        if (band != band_name(of.program_, current)) change.band = std::move(band);
      }
      if (!change.inherent && !change.current && !change.projected) continue;
    }
    deltas.risks.push_back(std::move(change));
  }
  const double rating = of.rating();
  deltas.rating = rating;
  deltas.rating_changed = rating != of.rating_;
  of.rating_ = rating;
}

// ── the whole ──────────────────────────────────────────────────────────────────────────────────

// Whether so much is answered anew that a pass over all is cheaper than to follow each answer, with
// what it takes to compare: from about nine tenths of the questions on (rows `E` of ./dev bench).
bool Evaluator::Update::touches_most() const {
  if (answered.size() < fewest_answers) return false;
  std::size_t questions = 0;
  for (const auto& scope : of.scopes_) questions += scope->questions.size();
  return answered.size() * 10 >= questions * 9;
}

Deltas Evaluator::Update::run(Instant now) {
  const bool whole = everything || of.dependencies_.conditions_read_model || touches_most();
  if (whole) {
    of.now_ = now;
    return of.rebuild();
  }
  pass_time(now);
  if (!decided.empty()) {
    for (const Element& each : elements) mark_decided(each);
  }
  compute_conditions();
  change_elements();
  bind_tests();
  close_over();
  compute_elements();
  compute_tickets();
  finish();
  return std::move(deltas);
}

void Evaluator::Update::mark_decided(const Element& each) {
  const auto mark = [&](const auto& instances) {
    if (auto* found = instances.find(each.definition)) found->decided = true;
  };
  if (each.kind == Kind::risk) mark(each.scope->risk_of);
  if (each.kind == Kind::weakness) mark(each.scope->weaknesses);
  if (each.kind == Kind::countermeasure) mark(each.scope->countermeasures);
}

void Evaluator::Update::finish() {
  const auto leave = [](auto& touched) {
    for (auto& each : touched) each.instance->touched = each.instance->is_new = false;
  };
  leave(risks);
  leave(weaknesses);
  leave(measures);
  for (const auto& each : weaknesses) each.instance->last_tested = each.instance->tests.tested;
  for (const auto& each : measures) each.instance->last_tested = each.instance->tests.tested;
  of.sort(deltas);
}

}  // namespace riskd::engine
