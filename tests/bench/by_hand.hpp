// Workload M written by hand for just this work: the limit to stay close to. One recomputes everything,
// the other keeps an inverted index from answers to patterns, and counters. Both take numbers and tell
// risks' numbers. The third takes what the engine takes and tells what it tells.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/bench/workload.hpp"

namespace riskd::bench {

// What an event changed: risks with their current rating, -1 where the risk does not apply any more.
using Changes = std::vector<std::pair<std::uint32_t, double>>;

class ByHand {
 public:
  explicit ByHand(const WorkloadM& work);
  double rating() const { return rating_; }
  double current(std::uint32_t pattern) const { return current_[pattern]; }

 protected:
  bool holds(const PatternM& pattern) const;
  double rate(std::uint32_t pattern) const;
  void take(const EventM& event);

  const WorkloadM& work_;
  std::vector<std::uint8_t> answers_, states_, failed_;
  std::vector<double> current_;  // -1 where the pattern does not apply
  double rating_ = 0;
};

class FullByHand : public ByHand {
 public:
  explicit FullByHand(const WorkloadM& work) : ByHand(work) {}
  void apply(const EventM& event, Changes& changes);
};

class IncrementalByHand : public ByHand {
 public:
  explicit IncrementalByHand(const WorkloadM& work);
  void apply(const EventM& event, Changes& changes);
  std::size_t flips() const { return flips_; }  // patterns that began or ended, so far

 private:
  void set(std::uint32_t pattern, double now, Changes& changes);

  std::vector<std::vector<std::uint32_t>> readers_;  // by question and choice
  std::vector<std::uint32_t> seen_;                  // by pattern: the event that looked at it last
  std::uint32_t event_ = 0;
  std::size_t at_top_ = 0;  // risks whose current is the rating
  std::size_t flips_ = 0;
};

// The same index and counters behind the engine's own interface: facts come with names, who said them and
// when, and are kept; every change is told by id, with the elements that come with a risk.
class NamedByHand : public ByHand {
 public:
  explicit NamedByHand(const WorkloadM& work);
  void apply(engine::Fact fact, engine::Deltas& deltas);

 private:
  struct Told {
    double current = 0, projected = 0;
  };
  void answer(engine::AnswersFact& fact, const engine::Provenance& from, engine::Deltas& deltas);
  void decide(engine::DecisionFact& fact, const engine::Provenance& from, engine::Deltas& deltas);
  void take_result(engine::ResultFact& fact, const engine::Provenance& from,
                   engine::Deltas& deltas);
  void begin(std::uint32_t pattern, engine::Deltas& deltas);
  void end(std::uint32_t pattern, engine::Deltas& deltas);
  void rate_again(std::uint32_t pattern, engine::Deltas& deltas);
  void move_rating(double before, double now);
  Told told_of(std::uint32_t pattern) const;
  engine::State state(std::uint32_t measure) const;

  std::vector<std::vector<std::uint32_t>> readers_;  // by question and choice
  std::vector<std::uint32_t> seen_;                  // by pattern: the event that looked at it last
  std::uint32_t event_ = 0;
  std::size_t at_top_ = 0;
  std::vector<double> projected_;
  std::vector<engine::Tested> tested_;  // by weakness, whether it applies or not
  // By id, and ids by number: of patterns' risks, measures, weaknesses.
  std::unordered_map<std::string, std::uint32_t> questions_, measures_, tests_;
  std::vector<std::string> risk_ids_, measure_ids_, weakness_ids_;
  // What was said.
  std::vector<engine::Stamped<engine::RawValue>> said_;
  std::vector<engine::Stamped<engine::DecisionFact>> decided_;
  std::vector<std::vector<std::shared_ptr<const engine::TestEntry>>> results_;
};

}  // namespace riskd::bench
