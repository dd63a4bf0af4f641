// Workload M written by hand for just this work: the limit to stay close to. One recomputes everything,
// the other keeps an inverted index from answers to patterns, and counters.
#pragma once

#include <cstdint>
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

}  // namespace riskd::bench
