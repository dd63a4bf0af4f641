#include "connectors/reports/report_date.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "connectors/reports/fields.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

constexpr std::string_view months = "janfebmaraprmayjunjulaugsepoctnovdec";
constexpr std::size_t most_words = 8;
constexpr std::size_t longest_word = 16;

// "Thu, 23 Nov. 2026" in lower case, without commas and dots.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty() && words.size() < most_words) {
    const std::size_t end = std::min(text.find_first_of(" ,."), text.size());
    if (end > 0) words.push_back(in_lower_case(text.substr(0, std::min(end, longest_word))));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

bool is_zone(std::string_view word) {
  return word == "gmt" || word == "utc" || word.starts_with('+') || word.starts_with('-');
}

}  // namespace

std::optional<Instant> parse_long_date(std::string_view text) {
  std::vector<std::string> words = words_of(text);
  std::string zone = "Z";
  if (!words.empty() && is_zone(words.back())) {
    if (!words.back().ends_with('c') && !words.back().ends_with('t')) zone = words.back();
    words.pop_back();
  }
  if (words.size() == 5) words.erase(words.begin());  // the day's name
  if (words.size() != 4 || words[1].size() < 3) return std::nullopt;
  const auto day = parse_int(words[0]);
  const std::size_t month = months.find(words[1].substr(0, 3));
  const auto year = parse_int(words[2]);
  if (!day || !year || month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const auto date = make_date(*year, static_cast<int>(month / 3) + 1, *day);
  if (!date) return std::nullopt;
  return parse_instant(to_string(*date) + 'T' + words[3] + zone);
}

std::optional<Instant> report_time(std::string_view text) {
  const std::string time = in_lower_case(trimmed(text));
  const bool named = time.ends_with('z') || time.ends_with("utc") || time.ends_with("gmt");
  // "+01:00", "-0500" behind the time, and not the dashes of the date.
  const std::size_t sign = time.find_last_of("+-");
  const bool offset = sign != std::string::npos && time.find(':') < sign;
  if (!named && !offset) return std::nullopt;
  std::string_view rest = trimmed(text);
  if (time.ends_with(" utc") || time.ends_with(" gmt")) {
    const auto moment = parse_instant(rest.substr(0, rest.size() - 4));
    if (moment) return moment;
  }
  const auto moment = parse_instant(rest);
  return moment ? moment : parse_long_date(rest);
}

}  // namespace riskd::connectors
