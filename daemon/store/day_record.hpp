// What riskd said of a product at the end of a UTC day, as numbers that can be drawn as lines over a year.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/instant.hpp"
#include "engine/program/program.hpp"

namespace riskd::store {

// How many there are of each; what has a number of its own is counted by it.
struct DayCounts {
  std::vector<std::pair<std::string, std::uint64_t>> risks;  // that apply, by band, sorted
  std::uint64_t accepted = 0;                                // of these
  std::array<std::uint64_t, 4> weaknesses{};                 // by engine::Tested
  std::array<std::uint64_t, 5> countermeasures{};            // by engine::State
  std::uint64_t tickets_open = 0, tickets_closed = 0;        // that the tracker has
  std::uint64_t tests_failed = 0, tests_passed = 0, tests_stale = 0;
  std::uint64_t tests_untested = 0, tests_false_positive = 0, tests_unmatched = 0;
  std::uint64_t open_questions = 0;
  bool operator==(const DayCounts&) const = default;
};

struct DayRecord {
  Date day;
  std::uint64_t policy = 0;  // the revision that was in force when the day ended
  double rating = 0;
  std::string band;  // empty where the policy has none
  bool is_approved = false;
  DayCounts counts;
  Instant written;
  bool is_late = false;  // riskd did not run when the day ended: it was evaluated afterwards
  std::string riskd;     // the version that evaluated it
};

// The key has the product and the day.
std::string encode_day(const DayRecord& record);
std::optional<DayRecord> decode_day(Date day, std::string_view bytes);

// A product's part of the key; nullopt where it is no such key.
std::string day_key(std::string_view product, Date day);
std::optional<Date> day_of_key(std::string_view product, std::string_view key);

}  // namespace riskd::store
