#include "engine/base/instant.hpp"

#include <array>
#include <charconv>
#include <cstdlib>

namespace riskd {
namespace {

// Days since 1970-01-01 of a civil date and back: Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms", days_from_civil and civil_from_days.
std::int32_t days_from_civil(int y, int m, int d) {
  y -= m <= 2 ? 1 : 0;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146'097 + doe - 719'468;
}

struct Civil {
  int year, month, day;
};

Civil civil_from_days(std::int32_t days) {
  const int z = days + 719'468;
  const int era = (z >= 0 ? z : z - 146'096) / 146'097;
  const int doe = z - era * 146'097;
  const int yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int mp = (5 * doy + 2) / 153;
  const int day = doy - (153 * mp + 2) / 5 + 1;
  const int month = mp + (mp < 10 ? 3 : -9);
  return {yoe + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

constexpr std::int64_t ms_per_day = seconds_per_day * 1000;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

// Reads exactly `count` digits at the front of `text` and takes them off it.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Date> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  return make_date(*year, *month, *day);
}

// "Z", "+01:00", "+0100", "+01": minutes east of UTC.
std::optional<int> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
  const bool east = text.front() == '+';
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    const auto read = take_digits(text, 2);
    if (!read || *read > 59) return std::nullopt;
    minutes = *read;
  }
  return (east ? 1 : -1) * (*hours * 60 + minutes);
}

// ".5" or ",250": milliseconds; more digits than three are read and dropped.
std::optional<int> take_fraction(std::string_view& text) {
  if (!take(text, '.') && !take(text, ',')) return 0;
  int ms = 0;
  int scale = 100;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    ms += (text.front() - '0') * scale;
    scale /= 10;
    any = true;
    text.remove_prefix(1);
  }
  return any ? std::optional<int>(ms) : std::nullopt;
}

// With zeros before it, `width` digits at least. Not negative.
void append_digits(std::string& text, std::int64_t number, std::size_t width) {
  std::array<char, 24> buffer{};
  const char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  const auto digits = static_cast<std::size_t>(end - buffer.data());
  text.append(width > digits ? width - digits : 0, '0');
  text.append(buffer.data(), digits);
}

}  // namespace

Date date_of(Instant moment) {
  return Date{static_cast<std::int32_t>(floor_div(moment.ms, ms_per_day))};
}

Instant start_of(Date day) { return Instant{std::int64_t{day.days} * ms_per_day}; }

Instant Instant::start_of_day() const { return start_of(date_of(*this)); }

std::optional<Date> make_date(int year, int month, int day) {
  static constexpr std::array<int, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int length = lengths[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
  if (day > length) return std::nullopt;
  return Date{days_from_civil(year, month, day)};
}

std::optional<Date> parse_date(std::string_view text) {
  const auto day = take_date(text);
  return text.empty() ? day : std::nullopt;
}

std::string to_string(Date day) {
  const Civil civil = civil_from_days(day.days);
  std::string text;
  if (civil.year < 0) text += '-';
  append_digits(text, std::abs(civil.year), civil.year < 0 ? 3 : 4);
  append_digits(text += '-', civil.month, 2);
  append_digits(text += '-', civil.day, 2);
  return text;
}

std::optional<Instant> parse_instant(std::string_view text) {
  const auto day = take_date(text);
  if (!day) return std::nullopt;
  Instant moment = start_of(*day);
  if (text.empty()) return moment;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int second = 0;
  int ms = 0;
  if (take(text, ':')) {
    const auto read = take_digits(text, 2);
    if (!read || *read > 60) return std::nullopt;  // 60: a leap second counts as the next minute
    second = *read;
    const auto fraction = take_fraction(text);
    if (!fraction) return std::nullopt;
    ms = *fraction;
  }
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  const std::int64_t seconds = *hour * 3600 + (*minute - *zone) * 60 + second;
  moment.ms += seconds * 1000 + ms;
  return moment;
}

std::string to_string(Instant moment) {
  const Date day = date_of(moment);
  const std::int64_t ms = moment.ms - start_of(day).ms;
  std::string text = to_string(day);
  append_digits(text += 'T', ms / 3'600'000, 2);
  append_digits(text += ':', ms / 60'000 % 60, 2);
  append_digits(text += ':', ms / 1000 % 60, 2);
  if (ms % 1000 != 0) append_digits(text += '.', ms % 1000, 3);
  return text += 'Z';
}

std::string to_display(Instant moment) {
  std::string text = to_string(moment).substr(0, 16);
  text[10] = ' ';
  return text;
}

}  // namespace riskd
