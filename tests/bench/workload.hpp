// Seeded policies and events for the benchmarks: the text that riskctl would read, the facts that the
// daemon would take, and the same as plain numbers for the programs that are written by hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/update/apply.hpp"

namespace riskd::bench {

struct Random {
  std::uint64_t state = 1;
  std::uint64_t next();
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(next() % count); }
};

inline constexpr std::uint32_t choices = 5;
inline constexpr std::uint32_t measures_per_pattern = 6;  // three of each of two weaknesses
inline constexpr std::uint32_t weaknesses_per_pattern = 2;

// `qa is x and (qb in {y, z} or not qc is w)`, one risk, two weaknesses, three countermeasures each.
struct PatternM {
  std::uint32_t a = 0, b = 0, c = 0;
  std::uint8_t x = 0, y = 0, z = 0, w = 0;
  double ease = 0;
  double mitigates[measures_per_pattern] = {};
};

enum class EventKind : std::uint8_t { answer, state, result };
struct EventM {
  EventKind kind = EventKind::answer;
  std::uint32_t index = 0;  // question; countermeasure; weakness
  std::uint8_t value = 0;   // choice; state as States has it; 1 where the test failed
};
// Of a countermeasure, by decision.
enum States : std::uint8_t { implemented, required, rejected };

// What the policy has besides its patterns, and which facts stand for the same events.
enum class Rules : std::uint8_t {
  plain,    // states are decisions, and results come with a verdict
  tickets,  // two ticket templates, a status map, an evidence block: states are tickets as their tracker shows them,
            // results are judged by the evidence block
};

struct WorkloadM {
  std::uint32_t questions = 0;
  std::vector<PatternM> patterns;
  std::vector<std::uint8_t> first;  // the answers that it begins with
  std::vector<EventM> events;       // 60 % answers, 25 % states, 15 % test results

  std::string text(Rules rules = Rules::plain) const;  // the policy
  engine::Fact fact(const EventM& event, std::uint64_t seq, Rules rules = Rules::plain) const;
  engine::Fact first_fact() const;
};
WorkloadM workload_m(std::uint32_t questions, std::uint32_t patterns, std::uint32_t events,
                     std::uint64_t seed);

inline constexpr std::int64_t first_moment_ms = 1'795'392'000'000;  // 2026-11-23

// A policy of a product with components, which each answer three questions of their own: six patterns
// of a component, and three that read all components.
std::string text_c();

engine::Policy compiled(const std::string& text);

double heap_bytes();  // in use, of this thread

}  // namespace riskd::bench
