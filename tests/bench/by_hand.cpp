#include "tests/bench/by_hand.hpp"

#include <algorithm>

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

IncrementalByHand::IncrementalByHand(const WorkloadM& work)
    : ByHand(work), readers_(std::size_t{work.questions} * choices), seen_(work.patterns.size()) {
  for (std::uint32_t i = 0; i < work.patterns.size(); ++i) {
    const PatternM& p = work.patterns[i];
    readers_[p.a * choices + p.x].push_back(i);
    readers_[p.b * choices + p.y].push_back(i);
    readers_[p.b * choices + p.z].push_back(i);
    readers_[p.c * choices + p.w].push_back(i);
  }
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

}  // namespace riskd::bench
