#include "engine/evaluate/print.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "engine/evaluate/model.hpp"

namespace riskd::engine {

// Halves go away from zero, of the shortest decimals that mean the number: people round what they see,
// and 1.005 looks like a half though the double is a little less.
std::string print_number(double value) {
  if (!std::isfinite(value)) return "0";
  std::array<char, 400> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          std::abs(value), std::chars_format::fixed);
  std::string text(buffer.data(), end);
  const std::size_t point = text.find('.');
  if (point != std::string::npos && text.size() > point + 3) {
    const bool up = text[point + 3] >= '5';
    text.resize(point + 3);
    std::size_t digit = text.size();
    while (up && digit > 0) {
      char& c = text[--digit];
      if (c == '.') continue;
      if (c != '9') {
        ++c;
        break;
      }
      c = '0';
      if (digit == 0) text.insert(0, "1");
    }
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  return value < 0 && text != "0" ? "-" + text : text;
}

namespace {

std::string print_duration(double seconds) {
  const auto unit = [&](double length, const char* name) {
    const double count = seconds / length;
    return print_number(count) + " " + name + (count == 1 ? "" : "s");
  };
  if (std::fmod(seconds, 86'400) == 0) return unit(86'400, "day");
  if (std::fmod(seconds, 3600) == 0) return unit(3600, "hour");
  return unit(60, "minute");
}

}  // namespace

std::string print_value(const Program& program, Type type, const Value& value) {
  if (!value.known()) return "";
  switch (type.base) {
    case Base::truth:
      return value.is_true() ? "yes" : "no";
    case Base::percent:
      return print_number(value.lo * 100) + "%";
    case Base::choice:
    case Base::scale:
      return std::string(step_name(program, type, value.lo));
    case Base::set: {
      std::string text;
      const auto& steps = program.enums[type.of].steps;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        if ((value.bits >> i & 1) != 0) text += (text.empty() ? "" : ", ") + steps[i].name;
      }
      return text;
    }
    case Base::date:
      return to_string(date_of(Instant{static_cast<std::int64_t>(value.lo) * 1000}));
    case Base::duration:
      return print_duration(value.lo);
    case Base::number:
    case Base::text:
    case Base::texts:
    case Base::elements:
      return print_number(value.lo);
  }
  return "";
}

std::string print_raw(const RawValue& value) {
  if (const bool* truth = std::get_if<bool>(&value)) return *truth ? "yes" : "no";
  if (const double* number = std::get_if<double>(&value)) return print_number(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string all;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    for (const std::string& each : *list) all += (all.empty() ? "" : ", ") + each;
  }
  return all;
}

std::string band_name(const Program& program, double rating) {
  if (program.bands.enumeration == no_index) return "";
  const auto& steps = program.enums[program.bands.enumeration].steps;
  std::string name = steps.front().name;
  for (const EnumStep& step : steps) {
    if (rating >= step.number) name = step.name;
  }
  return name;
}

std::string print_place(const Program& program, const Place& place) {
  return program.files[place.file] + ":" + std::to_string(place.line);
}

}  // namespace riskd::engine
