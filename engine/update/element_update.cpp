#include "engine/update/element_update.hpp"

#include <algorithm>

#include "engine/evaluate/print.hpp"

namespace riskd::engine {

void ElementUpdate::touched(const WeaknessInstance& weakness) {
  touched_.elements.push_back({weakness.scope, Kind::weakness, weakness.definition});
}

void ElementUpdate::touched(const CountermeasureInstance& countermeasure) {
  touched_.elements.push_back(
      {countermeasure.scope, Kind::countermeasure, countermeasure.definition});
}

// ── elements come and go ───────────────────────────────────────────────────────────────────────

// A test that moves, and is about an element which comes or goes, may reach others now.
void ElementUpdate::move_tests_about(std::uint32_t pattern) {
  const Shape& shape = evaluator_.dependencies().shape;
  const TestsByElement& tests = evaluator_.tests.moving();
  const auto moves = [&](BoundTest& test) { touched_.move(test); };
  for (const std::uint32_t risk : evaluator_.program().patterns[pattern].risks) {
    for (const std::uint32_t weakness : shape.weaknesses_of_risk.of(risk)) {
      tests.weaknesses.each(weakness, moves);
      for (const Shape::Use& use : shape.uses_of_weakness.of(weakness))
        tests.countermeasures.each(use.element, moves);
    }
  }
}

void ElementUpdate::change() {
  if (touched_.begins.empty() && touched_.ends.empty()) return;
  const TestsByElement& tests = evaluator_.tests.moving();
  if (!tests.weaknesses.empty() || !tests.countermeasures.empty()) {
    for (const InScope& flip : touched_.begins) move_tests_about(flip.second);
    for (const InScope& flip : touched_.ends) move_tests_about(flip.second);
    for (BoundTest* test : touched_.moving) evaluator_.tests.withdraw(*test);
  }
  // Add before removing, so that shared elements survive.
  for (const auto& [scope, pattern] : touched_.begins) evaluator_.elements.add(*scope, pattern);
  for (const auto& [scope, pattern] : touched_.ends) {
    end_risks(*scope, pattern);
    evaluator_.elements.remove(*scope, pattern);
  }
}

void ElementUpdate::end_risks(ScopeInstance& scope, std::uint32_t pattern) {
  const bool has_tickets =
      !evaluator_.program().tickets.empty() || !evaluator_.product().tickets.empty();
  for (const RiskInstance& risk : scope.blocks.find(pattern)->all<RiskInstance>()) {
    RiskChange change;
    change.id = risk.id;
    change.ended = true;
    touched_.has_risk_ended = true;
    risk_changes_.push_back(
        {evaluator_.dependencies().shape.risk_rank[risk.definition], std::move(change)});
    evaluator_.aggregates.forget_extreme(risk);
    if (!has_tickets) continue;
    touched_.gone.push_back({&scope, Kind::risk, risk.definition});
    for (const WeaknessInstance* weakness : weaknesses_of(risk))
      touched_.gone.push_back({&scope, Kind::weakness, weakness->definition});
    for (const UseInRisk& use : uses_of(risk))
      touched_.gone.push_back({&scope, Kind::countermeasure, use.countermeasure->definition});
  }
}

// ── what is touched ────────────────────────────────────────────────────────────────────────────

void ElementUpdate::take(RiskInstance& risk) {
  if (risk.touched) return;
  risk.touched = true;
  touched_.risks.push_back({&risk, risk.inherent, risk.current, risk.projected});
}

void ElementUpdate::take(WeaknessInstance& weakness) {
  if (weakness.touched) return;
  weakness.touched = true;
  touched_.weaknesses.push_back({&weakness, weakness.last_tested});
}

void ElementUpdate::take(CountermeasureInstance& measure) {
  if (measure.touched) return;
  measure.touched = true;
  touched_.measures.push_back({&measure, measure.state, measure.last_tested});
}

void ElementUpdate::take_all() {
  for (RiskInstance* each : evaluator_.elements.all<RiskInstance>()) take(*each);
  for (WeaknessInstance* each : evaluator_.elements.all<WeaknessInstance>()) take(*each);
  for (CountermeasureInstance* each : evaluator_.elements.all<CountermeasureInstance>())
    take(*each);
}

// Of the elements that facts, cells and tests named, those that are there.
void ElementUpdate::take_touched() {
  const auto take_found = [&]<typename T>(T* found) {
    if (found != nullptr) take(*found);
  };
  for (const ElementAt& each : touched_.elements) {
    if (each.kind == Kind::risk)
      take_found(each.scope->find<RiskInstance>(each.definition));
    else if (each.kind == Kind::weakness)
      take_found(each.scope->find<WeaknessInstance>(each.definition));
    else if (each.kind == Kind::countermeasure)
      take_found(each.scope->find<CountermeasureInstance>(each.definition));
  }
}

void ElementUpdate::close_over() {
  const Dependencies::ModelReads& reads = evaluator_.dependencies().model_reads;
  take_touched();
  if (touched_.all_elements || (touched_.approvals && reads.elements_read_approval) ||
      (reads.elements_read_far && touched_.is_model_touched()))
    return take_all();
  take_neighbours();
}

void ElementUpdate::take_neighbours() {
  const Dependencies::ModelReads& reads = evaluator_.dependencies().model_reads;
  const auto& [risks, weaknesses, measures] =
      std::tie(touched_.risks, touched_.weaknesses, touched_.measures);
  std::size_t risk = 0, weakness = 0, measure = 0;
  while (risk < risks.size() || weakness < weaknesses.size() || measure < measures.size()) {
    for (; measure < measures.size(); ++measure) {
      const CountermeasureInstance& each_measure = *measures[measure].instance;
      // Whatever is above a new element is new too, and was taken with it.
      if (each_measure.is_new) continue;
      for (const auto& [use, held_by] : uses_of(each_measure)) {
        if (reads.weaknesses_read_measures) take(*held_by);
        for (RiskInstance* each : risks_of(*held_by)) take(*each);
      }
    }
    for (; weakness < weaknesses.size(); ++weakness) {
      const WeaknessInstance& each_weakness = *weaknesses[weakness].instance;
      if (each_weakness.is_new) continue;
      for (RiskInstance* each : risks_of(each_weakness)) take(*each);
      if (!reads.measures_read_weaknesses) continue;
      for (const auto& [use, each] : uses_of(each_weakness)) take(*each);
    }
    for (; risk < risks.size(); ++risk) {
      if (!reads.measures_read_risks) continue;
      const RiskInstance& each_risk = *risks[risk].instance;
      for (WeaknessInstance* each : weaknesses_of(each_risk)) take(*each);
      for (const UseInRisk& each : uses_of(each_risk)) take(*each.countermeasure);
    }
  }
}

// ── what they are now ──────────────────────────────────────────────────────────────────────────

void ElementUpdate::forget() {
  for (const TouchedWeakness& each : touched_.weaknesses) {
    each.instance->tested = tested_by(each.instance->results);
    each.instance->forget();
  }
  for (const TouchedMeasure& each : touched_.measures) {
    each.instance->tested = tested_by(each.instance->results);
    each.instance->forget();
    each.instance->state.reset();
  }
  for (const TouchedRisk& each : touched_.risks) {
    each.instance->forget();
    each.instance->adjusted = false;
  }
  if (touched_.is_model_touched() || touched_.approvals) evaluator_.values.forget_late();
  if (evaluator_.dependencies().model_reads.elements_read_far)
    evaluator_.aggregates.forget_extremes();
}

void ElementUpdate::compute() {
  forget();
  compute_measures();
  compute_weaknesses();
  compute_risks();
  compute_rating();
  sort(risk_changes_, touched_.deltas.risks);
  sort(state_changes_, touched_.deltas.states);
}

void ElementUpdate::compute_measures() {
  const auto& ranks = evaluator_.dependencies().shape.countermeasure_rank;
  for (const auto& [measure, state, tested] : touched_.measures) {
    evaluator_.states.of(*measure);
    const bool other_state = measure->is_new || state != measure->state;
    const bool other_test = tested != measure->tested;
    if (!other_state && !other_test) continue;
    StateChange change{measure->id, std::nullopt, std::nullopt};
    if (other_state) change.state = measure->state;
    if (other_test) change.tested = measure->tested;
    state_changes_.push_back({ranks[measure->definition], std::move(change)});
  }
}

void ElementUpdate::compute_weaknesses() {
  const auto& ranks = evaluator_.dependencies().shape.weakness_rank;
  for (const auto& [weakness, tested] : touched_.weaknesses) {
    if (tested == weakness->tested) continue;
    state_changes_.push_back(
        {ranks[weakness->definition], {weakness->id, std::nullopt, weakness->tested}});
  }
}

void ElementUpdate::compute_risks() {
  for (const TouchedRisk& before : touched_.risks) {
    evaluator_.ratings.adjust(*before.instance);
    evaluator_.aggregates.enter_extremes(*before.instance, before.inherent, before.current,
                                         before.projected);
    report(before);
  }
}

void ElementUpdate::compute_rating() {
  const double before = evaluator_.rating;
  if (touched_.is_model_touched() || touched_.approvals)
    evaluator_.rating = evaluator_.values.product_rating();
  touched_.deltas.rating = evaluator_.rating;
  touched_.deltas.rating_changed = evaluator_.rating != before;
}

void ElementUpdate::report(const TouchedRisk& before) {
  const RiskInstance& risk = *before.instance;
  RiskChange change;
  if (risk.is_new) {
    change.whole = true;
  } else {
    if (risk.inherent != before.inherent) change.inherent = risk.inherent;
    if (risk.projected != before.projected) change.projected = risk.projected;
    if (risk.current != before.current) {
      change.current = risk.current;
      std::string band = band_name(evaluator_.program(), risk.current);
      if (band != band_name(evaluator_.program(), before.current)) change.band = std::move(band);
    }
    if (!change.inherent && !change.current && !change.projected) return;
  }
  change.id = risk.id;
  risk_changes_.push_back(
      {evaluator_.dependencies().shape.risk_rank[risk.definition], std::move(change)});
}

// By id, which the ranks follow within a scope.
template <typename Change>
void ElementUpdate::sort(std::vector<Ranked<Change>>& changes, std::vector<Change>& out) const {
  if (evaluator_.scopes.size() == 1) {
    std::sort(changes.begin(), changes.end(),
              [](const auto& a, const auto& b) { return a.rank < b.rank; });
  } else {
    std::sort(changes.begin(), changes.end(),
              [](const auto& a, const auto& b) { return a.change.id < b.change.id; });
  }
  out.reserve(changes.size());
  for (auto& each : changes) out.push_back(std::move(each.change));
  changes.clear();
}

void ElementUpdate::finish() {
  const auto leave = [](auto& touched) {
    for (auto& each : touched) each.instance->touched = each.instance->is_new = false;
  };
  leave(touched_.risks);
  leave(touched_.weaknesses);
  leave(touched_.measures);
  for (const TouchedWeakness& each : touched_.weaknesses)
    each.instance->last_tested = each.instance->tested;
  for (const TouchedMeasure& each : touched_.measures)
    each.instance->last_tested = each.instance->tested;
}

}  // namespace riskd::engine
