// Moments, days and durations. UTC everywhere; nothing here reads a clock.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace riskd {

// Seconds in a day; the language's dates and durations are both counted in seconds.
inline constexpr std::int64_t seconds_per_day = 86'400;

// A moment, in milliseconds since 1970-01-01T00:00:00Z.
struct Instant {
  std::int64_t ms = 0;
  auto operator<=>(const Instant&) const = default;

  // The moment at which this moment's UTC day began.
  Instant start_of_day() const;
};

// A UTC day, in days since 1970-01-01.
struct Date {
  std::int32_t days = 0;
  auto operator<=>(const Date&) const = default;
};

Date date_of(Instant moment);
Instant start_of(Date day);

// nullopt where the day does not exist (month 13, February 30) or the year is not in 1…9999.
std::optional<Date> make_date(int year, int month, int day);

// "2026-11-23".
std::optional<Date> parse_date(std::string_view text);
std::string to_string(Date day);

// RFC 3339 ("2026-11-23T02:10:00Z", "2026-11-23 02:10:00.5+01:00"); a time without zone is UTC;
// a date alone is its first moment. nullopt for anything else.
std::optional<Instant> parse_instant(std::string_view text);

// "2026-11-23T02:10:00Z", with milliseconds only where there are some.
std::string to_string(Instant moment);

// "2026-11-23 02:10", as people are shown a moment.
std::string to_display(Instant moment);

}  // namespace riskd
