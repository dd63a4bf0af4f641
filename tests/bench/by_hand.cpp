#include "tests/bench/by_hand.hpp"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::bench {

ByHand::ByHand(const WorkloadM& work)
    : work_(work),
      answers_(work.first),
      states_(work.patterns.size() * measures_per_pattern, required),
      failed_(work.patterns.size() * weaknesses_per_pattern) {
  for (std::uint32_t i = 0; i < work.patterns.size(); ++i) {
    current_.push_back(holds(work.patterns[i]) ? rate(i) : -1);
    rating_ = std::max(rating_, current_.back());
  }
}

bool ByHand::holds(const PatternM& pattern) const {
  const std::uint8_t b = answers_[pattern.b];
  return answers_[pattern.a] == pattern.x &&
         (b == pattern.y || b == pattern.z || answers_[pattern.c] != pattern.w);
}

// The greatest share of each countermeasure counts; here each has one use.
double ByHand::rate(std::uint32_t pattern) const {
  double current = work_.patterns[pattern].ease;
  for (std::uint32_t m = 0; m < measures_per_pattern; ++m) {
    const bool restored = failed_[pattern * weaknesses_per_pattern + m / 3] != 0;
    if (states_[pattern * measures_per_pattern + m] == implemented && !restored)
      current -= current * work_.patterns[pattern].mitigates[m];
  }
  return current;
}

void ByHand::take(const EventM& event) {
  if (event.kind == EventKind::answer) answers_[event.index] = event.value;
  if (event.kind == EventKind::state) states_[event.index] = event.value;
  if (event.kind == EventKind::result) failed_[event.index] = event.value;
}

void FullByHand::apply(const EventM& event, Changes& changes) {
  changes.clear();
  take(event);
  rating_ = 0;
  for (std::uint32_t i = 0; i < work_.patterns.size(); ++i) {
    const double now = holds(work_.patterns[i]) ? rate(i) : -1;
    if (now != current_[i]) changes.emplace_back(i, now);
    current_[i] = now;
    rating_ = std::max(rating_, now);
  }
}

namespace {

// Patterns, by question and choice.
std::vector<std::vector<std::uint32_t>> readers_of(const WorkloadM& work) {
  std::vector<std::vector<std::uint32_t>> readers(std::size_t{work.questions} * choices);
  for (std::uint32_t i = 0; i < work.patterns.size(); ++i) {
    const PatternM& p = work.patterns[i];
    readers[p.a * choices + p.x].push_back(i);
    readers[p.b * choices + p.y].push_back(i);
    readers[p.b * choices + p.z].push_back(i);
    readers[p.c * choices + p.w].push_back(i);
  }
  return readers;
}

}  // namespace

IncrementalByHand::IncrementalByHand(const WorkloadM& work)
    : ByHand(work), readers_(readers_of(work)), seen_(work.patterns.size()) {
  at_top_ = static_cast<std::size_t>(std::count(current_.begin(), current_.end(), rating_));
}

void IncrementalByHand::set(std::uint32_t pattern, double now, Changes& changes) {
  const double before = current_[pattern];
  if (now == before) return;
  changes.emplace_back(pattern, now);
  flips_ += (now < 0) != (before < 0) ? 1 : 0;
  current_[pattern] = now;
  if (before == rating_ && --at_top_ == 0) {
    rating_ = std::max(0.0, *std::max_element(current_.begin(), current_.end()));
    at_top_ = static_cast<std::size_t>(std::count(current_.begin(), current_.end(), rating_));
  } else if (now > rating_) {
    rating_ = now;
    at_top_ = 1;
  } else if (now == rating_) {
    ++at_top_;
  }
}

void IncrementalByHand::apply(const EventM& event, Changes& changes) {
  changes.clear();
  if (event.kind != EventKind::answer) {
    take(event);
    const std::uint32_t pattern =
        event.index /
        (event.kind == EventKind::state ? measures_per_pattern : weaknesses_per_pattern);
    if (current_[pattern] >= 0) set(pattern, rate(pattern), changes);
    return;
  }
  const std::uint8_t before = answers_[event.index];
  if (before == event.value) return;
  take(event);
  ++event_;
  for (const std::uint8_t value : {before, event.value}) {
    for (const std::uint32_t pattern : readers_[event.index * choices + value]) {
      if (seen_[pattern] == event_) continue;
      seen_[pattern] = event_;
      const bool now = holds(work_.patterns[pattern]);
      if (now != (current_[pattern] >= 0)) set(pattern, now ? rate(pattern) : -1, changes);
    }
  }
}

namespace {

using engine::Tested;

bool is_earlier(const engine::Provenance& a, const engine::Provenance& b) {
  return std::tie(a.at, a.seq) < std::tie(b.at, b.seq);
}

void sort_by_id(engine::Deltas& deltas) {
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(deltas.risks.begin(), deltas.risks.end(), by_id);
  std::sort(deltas.states.begin(), deltas.states.end(), by_id);
}

}  // namespace

NamedByHand::NamedByHand(const WorkloadM& work)
    : ByHand(work),
      readers_(readers_of(work)),
      seen_(work.patterns.size()),
      tested_(work.patterns.size() * weaknesses_per_pattern, Tested::untested),
      said_(work.questions),
      decided_(work.patterns.size() * measures_per_pattern),
      results_(work.patterns.size() * weaknesses_per_pattern) {
  for (std::uint32_t i = 0; i < work.questions; ++i)
    questions_.emplace("m.q" + std::to_string(i), i);
  for (std::uint32_t i = 0; i < work.patterns.size(); ++i) {
    const std::string number = std::to_string(i);
    risk_ids_.push_back("m.r" + number);
    for (std::uint32_t k = 0; k < weaknesses_per_pattern; ++k) {
      const std::string own = number + "-" + std::to_string(k);
      weakness_ids_.push_back("m.w" + own);
      tests_.emplace("t" + own, i * weaknesses_per_pattern + k);
      for (std::uint32_t n = 0; n < 3; ++n) {
        measures_.emplace("m.c" + own + "-" + std::to_string(n),
                          static_cast<std::uint32_t>(measure_ids_.size()));
        measure_ids_.push_back("m.c" + own + "-" + std::to_string(n));
      }
    }
  }
  projected_.resize(work.patterns.size());
  for (std::uint32_t i = 0; i < work.patterns.size(); ++i) projected_[i] = told_of(i).projected;
  at_top_ = static_cast<std::size_t>(std::count(current_.begin(), current_.end(), rating_));
}

void NamedByHand::apply(engine::Fact fact, engine::Deltas& deltas) {
  deltas = {};
  const double before = rating_;
  if (auto* answers = std::get_if<engine::AnswersFact>(&fact.body))
    answer(*answers, fact.from, deltas);
  else if (auto* decision = std::get_if<engine::DecisionFact>(&fact.body))
    decide(*decision, fact.from, deltas);
  else if (auto* result = std::get_if<engine::ResultFact>(&fact.body))
    take_result(*result, fact.from, deltas);
  sort_by_id(deltas);
  deltas.rating = rating_;
  deltas.rating_changed = rating_ != before;
}

void NamedByHand::answer(engine::AnswersFact& fact, const engine::Provenance& from,
                         engine::Deltas& deltas) {
  for (auto& [id, value] : fact.answers) {
    const auto question = questions_.find(id);
    if (question == questions_.end()) continue;
    const std::uint32_t index = question->second;
    if (is_earlier(from, said_[index].from)) continue;
    said_[index] = {std::move(value), from};
    const auto* text = std::get_if<std::string>(&said_[index].value);
    const std::size_t choice =
        text == nullptr || text->size() != 1 ? choices : std::string("vwxyz").find(text->front());
    if (choice >= choices) continue;
    const std::uint8_t before = answers_[index];
    const auto now = static_cast<std::uint8_t>(choice);
    if (before == now) continue;
    answers_[index] = now;
    ++event_;
    for (const std::uint8_t each : {before, now}) {
      for (const std::uint32_t pattern : readers_[index * choices + each]) {
        if (seen_[pattern] == event_) continue;
        seen_[pattern] = event_;
        const bool applies = holds(work_.patterns[pattern]);
        if (applies == (current_[pattern] >= 0)) continue;
        if (applies)
          begin(pattern, deltas);
        else
          end(pattern, deltas);
      }
    }
  }
}

void NamedByHand::decide(engine::DecisionFact& fact, const engine::Provenance& from,
                         engine::Deltas& deltas) {
  const auto measure = measures_.find(fact.element);
  if (measure == measures_.end()) return;
  const std::uint32_t index = measure->second;
  if (is_earlier(from, decided_[index].from)) return;
  const engine::State before = state(index);
  decided_[index] = {std::move(fact), from};
  const engine::DecisionState now = decided_[index].value.state;
  states_[index] = now == engine::DecisionState::implemented ? implemented
                   : now == engine::DecisionState::required  ? required
                                                             : rejected;
  const std::uint32_t pattern = index / measures_per_pattern;
  if (current_[pattern] < 0) return;
  if (state(index) != before) {
    deltas.states.push_back(
        {engine::ElementId::of_policy(measure_ids_[index]), state(index), std::nullopt});
  }
  rate_again(pattern, deltas);
}

void NamedByHand::take_result(engine::ResultFact& fact, const engine::Provenance& from,
                              engine::Deltas& deltas) {
  const auto test = tests_.find(fact.result.id);
  if (test == tests_.end()) return;
  const std::uint32_t weakness = test->second;
  std::vector<std::shared_ptr<const engine::TestEntry>>& kept = results_[weakness];
  auto place = kept.end();
  while (place != kept.begin() && is_earlier(from, (*(place - 1))->from)) --place;
  kept.insert(place, std::make_shared<const engine::TestEntry>(engine::TestEntry{
                         std::move(fact.result), {}, {}, false, from, engine::Saying::single}));
  if (kept.size() > limits::test_listings) kept.erase(kept.begin());
  const bool failed = kept.back()->result.outcome == engine::TestOutcome::failed;
  failed_[weakness] = failed ? 1 : 0;
  const Tested before = tested_[weakness];
  tested_[weakness] = failed ? Tested::failed : Tested::passed;
  const std::uint32_t pattern = weakness / weaknesses_per_pattern;
  if (current_[pattern] < 0) return;
  if (tested_[weakness] != before) {
    deltas.states.push_back(
        {engine::ElementId::of_policy(weakness_ids_[weakness]), std::nullopt, tested_[weakness]});
  }
  rate_again(pattern, deltas);
}

engine::State NamedByHand::state(std::uint32_t measure) const {
  return states_[measure] == implemented ? engine::State::implemented
         : states_[measure] == required  ? engine::State::required
                                         : engine::State::rejected;
}

// Projected, what is required is done, and the tests pass.
NamedByHand::Told NamedByHand::told_of(std::uint32_t pattern) const {
  Told told{rate(pattern), work_.patterns[pattern].ease};
  for (std::uint32_t m = 0; m < measures_per_pattern; ++m) {
    if (states_[pattern * measures_per_pattern + m] != rejected)
      told.projected -= told.projected * work_.patterns[pattern].mitigates[m];
  }
  return told;
}

void NamedByHand::begin(std::uint32_t pattern, engine::Deltas& deltas) {
  const Told told = told_of(pattern);
  current_[pattern] = told.current;
  projected_[pattern] = told.projected;
  move_rating(-1, told.current);
  engine::RiskChange change;
  change.id = engine::ElementId::of_policy(risk_ids_[pattern]);
  change.whole = true;
  deltas.risks.push_back(std::move(change));
  for (std::uint32_t m = 0; m < measures_per_pattern; ++m) {
    const std::uint32_t measure = pattern * measures_per_pattern + m;
    deltas.states.push_back(
        {engine::ElementId::of_policy(measure_ids_[measure]), state(measure), std::nullopt});
  }
  for (std::uint32_t k = 0; k < weaknesses_per_pattern; ++k) {
    const std::uint32_t weakness = pattern * weaknesses_per_pattern + k;
    if (tested_[weakness] == Tested::untested) continue;
    deltas.states.push_back(
        {engine::ElementId::of_policy(weakness_ids_[weakness]), std::nullopt, tested_[weakness]});
  }
}

void NamedByHand::end(std::uint32_t pattern, engine::Deltas& deltas) {
  move_rating(std::exchange(current_[pattern], -1), -1);
  engine::RiskChange change;
  change.id = engine::ElementId::of_policy(risk_ids_[pattern]);
  change.ended = true;
  deltas.risks.push_back(std::move(change));
}

void NamedByHand::rate_again(std::uint32_t pattern, engine::Deltas& deltas) {
  const Told told = told_of(pattern);
  engine::RiskChange change;
  if (told.current != current_[pattern]) change.current = told.current;
  if (told.projected != projected_[pattern]) change.projected = told.projected;
  if (!change.current && !change.projected) return;
  const double before = current_[pattern];
  current_[pattern] = told.current;
  projected_[pattern] = told.projected;
  if (told.current != before) move_rating(before, told.current);
  change.id = engine::ElementId::of_policy(risk_ids_[pattern]);
  deltas.risks.push_back(std::move(change));
}

// current_ has the new value already.
void NamedByHand::move_rating(double before, double now) {
  if (now > rating_) {
    rating_ = now;
    at_top_ = 1;
    return;
  }
  if (now == rating_) ++at_top_;
  if (before != rating_ || --at_top_ > 0) return;
  rating_ = std::max(0.0, *std::max_element(current_.begin(), current_.end()));
  at_top_ = static_cast<std::size_t>(std::count(current_.begin(), current_.end(), rating_));
}

}  // namespace riskd::bench
