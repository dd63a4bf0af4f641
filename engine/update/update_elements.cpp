// The elements that a change brings, takes away and reaches, and what is told of them.
#include <algorithm>

#include "engine/evaluate/evaluator.hpp"
#include "engine/update/update.hpp"

namespace riskd::engine {

// ── elements come and go ───────────────────────────────────────────────────────────────────────

// A test that moves, and is about an element which comes or goes, may reach others now.
void Update::move_tests_about(std::uint32_t pattern) {
  const Shape& shape = evaluator.dependencies_.shape;
  const auto moves = [&](BoundTest& test) { move(test); };
  for (const std::uint32_t risk : evaluator.program_.patterns[pattern].risks) {
    for (const std::uint32_t weakness : shape.weaknesses_of_risk.of(risk)) {
      evaluator.moving_.weaknesses.each(weakness, moves);
      for (const Shape::Use& use : shape.uses_of_weakness.of(weakness))
        evaluator.moving_.countermeasures.each(use.element, moves);
    }
  }
}

void Update::change_elements() {
  if (begins.empty() && ends.empty()) return;
  if (!evaluator.moving_.weaknesses.empty() || !evaluator.moving_.countermeasures.empty()) {
    for (const InScope& flip : begins) move_tests_about(flip.second);
    for (const InScope& flip : ends) move_tests_about(flip.second);
    for (BoundTest* test : moving) evaluator.withdraw(*test);
  }
  // Add before removing, so that shared elements survive.
  for (const auto& [scope, pattern] : begins) evaluator.add_elements(*scope, pattern);
  for (const auto& [scope, pattern] : ends) {
    end_risks(*scope, pattern);
    evaluator.remove_elements(*scope, pattern);
  }
}

void Update::end_risks(ScopeInstance& scope, std::uint32_t pattern) {
  const bool has_tickets =
      !evaluator.program_.tickets.empty() || !evaluator.product_->tickets.empty();
  for (const RiskInstance& risk : scope.blocks.find(pattern)->all<RiskInstance>()) {
    RiskChange change;
    change.id = risk.id;
    change.ended = true;
    changed_risks.push_back(
        {evaluator.dependencies_.shape.risk_rank[risk.definition], std::move(change)});
    evaluator.forget_extreme(risk);
    if (!has_tickets) continue;
    gone.push_back({&scope, Kind::risk, risk.definition});
    for (const WeaknessInstance* weakness : weaknesses_of(risk))
      gone.push_back({&scope, Kind::weakness, weakness->definition});
    for (const UseInRisk& use : uses_of(risk))
      gone.push_back({&scope, Kind::countermeasure, use.countermeasure->definition});
  }
}

void Update::bind_tests() {
  // Those that are bound anew first: one of which nothing holds any more is no test to be moved.
  const auto bind_again = [&](BoundTest& test, const SuiteFacts& suite, const Runs& runs) {
    if (test.moving) std::erase(moving, &test);
    evaluator.bind_again(test, suite, runs);
  };
  const auto bind = [&](const TestOf& key, const SuiteFacts& suite, const Runs& runs) {
    bind_again(evaluator.test_of(key, suite), suite, runs);
  };
  for (BoundTest* test : told) {
    test->told = false;
    if (suites.contains(test->key->suite)) continue;
    const SuiteFacts& suite = evaluator.product_->suites.find(test->key->suite)->second;
    bind_again(*test, suite, suite.runs.empty() ? Runs{} : runs_of(suite));
  }
  for (const std::string& name : suites) {
    const SuiteFacts& suite = evaluator.product_->suites.at(name);
    const Runs runs = runs_of(suite);
    for (const auto& [key, listed] : suite.tests) bind({name, key}, suite, runs);
  }
  for (const TestOf& key : tests) {
    if (suites.contains(key.suite)) continue;
    const SuiteFacts& suite = evaluator.product_->suites.at(key.suite);
    bind(key, suite, suite.runs.empty() ? Runs{} : runs_of(suite));
  }
  for (BoundTest* test : moving) {
    test->moving = false;
    evaluator.withdraw(*test);
    evaluator.reach(*test);
  }
}

// ── elements ───────────────────────────────────────────────────────────────────────────────────

void Update::take(RiskInstance* risk) {
  if (risk == nullptr || risk->touched) return;
  risk->touched = true;
  risks.push_back({risk, risk->inherent, risk->current, risk->projected});
}

void Update::take(WeaknessInstance* weakness) {
  if (weakness == nullptr || weakness->touched) return;
  weakness->touched = true;
  weaknesses.push_back({weakness, weakness->last_tested});
}

void Update::take(CountermeasureInstance* measure) {
  if (measure == nullptr || measure->touched) return;
  measure->touched = true;
  measures.push_back({measure, measure->state, measure->last_tested});
}

void Update::take_all() {
  for (RiskInstance* each : evaluator.all_risks()) take(each);
  for (WeaknessInstance* each : evaluator.all_weaknesses()) take(each);
  for (CountermeasureInstance* each : evaluator.all_countermeasures()) take(each);
}

// What the touched elements are read by, as far as the policy reads at all.
void Update::close_over() {
  const Dependencies& reads = evaluator.dependencies_;
  for (const Element& each : elements) {
    if (each.kind == Kind::risk) take(each.scope->find<RiskInstance>(each.definition));
    if (each.kind == Kind::weakness) take(each.scope->find<WeaknessInstance>(each.definition));
    if (each.kind == Kind::countermeasure)
      take(each.scope->find<CountermeasureInstance>(each.definition));
  }
  if (all_elements || (approvals && reads.elements_read_approval) ||
      (reads.elements_read_far && (late || !changed_risks.empty() || !risks.empty() ||
                                   !weaknesses.empty() || !measures.empty()))) {
    return take_all();
  }
  std::size_t risk = 0, weakness = 0, measure = 0;
  while (risk < risks.size() || weakness < weaknesses.size() || measure < measures.size()) {
    for (; measure < measures.size(); ++measure) {
      const CountermeasureInstance& each_measure = *measures[measure].instance;
      // Whatever is above a new element is new too, and was taken with it.
      if (each_measure.is_new) continue;
      for (const auto& [use, held_by] : uses_of(each_measure)) {
        if (reads.weaknesses_read_measures) take(held_by);
        for (RiskInstance* each : risks_of(*held_by)) take(each);
      }
    }
    for (; weakness < weaknesses.size(); ++weakness) {
      const WeaknessInstance& each_weakness = *weaknesses[weakness].instance;
      if (each_weakness.is_new) continue;
      for (RiskInstance* each : risks_of(each_weakness)) take(each);
      if (!reads.measures_read_weaknesses) continue;
      for (const auto& [use, each] : uses_of(each_weakness)) take(each);
    }
    for (; risk < risks.size(); ++risk) {
      if (!reads.measures_read_risks) continue;
      for (WeaknessInstance* each : weaknesses_of(*risks[risk].instance)) take(each);
      for (const UseInRisk& each : uses_of(*risks[risk].instance)) take(each.countermeasure);
    }
  }
}

void Update::compute_elements() {
  for (const auto& each : weaknesses) each.instance->tested = tested_by(each.instance->results);
  for (const auto& each : measures) each.instance->tested = tested_by(each.instance->results);
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
      late || !risks.empty() || !weaknesses.empty() || !measures.empty() || !changed_risks.empty();
  if (moved || approvals) evaluator.forget_late();
  if (evaluator.dependencies_.elements_read_far) evaluator.extremes_.clear();

  const Shape& shape = evaluator.dependencies_.shape;
  for (const auto& [measure, state, tested] : measures) {
    evaluator.state(*measure);
    const bool other_state = measure->is_new || state != measure->state;
    const bool other_test = tested != measure->tested;
    if (!other_state && !other_test) continue;
    StateChange change{measure->id, std::nullopt, std::nullopt};
    if (other_state) change.state = measure->state;
    if (other_test) change.tested = measure->tested;
    changed_states.push_back({shape.countermeasure_rank[measure->definition], std::move(change)});
  }
  for (const auto& [weakness, tested] : weaknesses) {
    if (tested == weakness->tested) continue;
    changed_states.push_back({shape.weakness_rank[weakness->definition],
                              {weakness->id, std::nullopt, weakness->tested}});
  }
  for (const auto& [risk, inherent, current, projected] : risks) {
    evaluator.adjust(*risk);
    evaluator.enter_extremes(*risk, inherent, current, projected);
    tell_risk(*risk, inherent, current, projected);
  }
  const double rating = moved || approvals ? evaluator.rating() : evaluator.rating_;
  deltas.rating = rating;
  deltas.rating_changed = rating != evaluator.rating_;
  evaluator.rating_ = rating;
  tell(changed_risks, deltas.risks);
  tell(changed_states, deltas.states);
}

// The other values are those that the risk had.
void Update::tell_risk(const RiskInstance& risk, double inherent, double current,
                       double projected) {
  RiskChange change;
  if (risk.is_new) {
    change.whole = true;
  } else {
    if (risk.inherent != inherent) change.inherent = risk.inherent;
    if (risk.projected != projected) change.projected = risk.projected;
    if (risk.current != current) {
      change.current = risk.current;
      std::string band = band_name(evaluator.program_, risk.current);
      if (band != band_name(evaluator.program_, current)) change.band = std::move(band);
    }
    if (!change.inherent && !change.current && !change.projected) return;
  }
  change.id = risk.id;
  changed_risks.push_back(
      {evaluator.dependencies_.shape.risk_rank[risk.definition], std::move(change)});
}

// By id, which the ranks follow within a scope.
template <typename Change>
void Update::tell(std::vector<Ranked<Change>>& changes, std::vector<Change>& out) const {
  if (evaluator.scopes_.size() == 1) {
    std::sort(changes.begin(), changes.end(),
              [](const auto& a, const auto& b) { return a.rank < b.rank; });
  } else {
    std::sort(changes.begin(), changes.end(),
              [](const auto& a, const auto& b) { return a.change.id < b.change.id; });
  }
  out.reserve(changes.size());
  for (auto& each : changes) out.push_back(std::move(each.change));
}

}  // namespace riskd::engine
