#include "engine/facts/resolve_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/base/instant.hpp"
#include "engine/base/limits.hpp"
#include "engine/facts/resolve_names.hpp"

namespace riskd::engine {
namespace {

using Outcome = std::optional<ValueError>;

Outcome wrong_type(std::string message, std::vector<std::string> expected) {
  return ValueError{"wrong-type", std::move(message), std::move(expected)};
}

std::vector<std::string> step_names(const EnumType& type) {
  std::vector<std::string> names;
  for (const EnumStep& step : type.steps) names.push_back(step.name);
  return names;
}

// "internet" of "internet", "reach.internet" and "web.reach.internet".
std::string_view choice_name(std::string_view text) { return text.substr(text.rfind('.') + 1); }

std::optional<std::size_t> find_step(const EnumType& type, std::string_view text) {
  for (std::size_t i = 0; i < type.steps.size(); ++i) {
    if (type.steps[i].name == text) return i;
  }
  for (std::size_t i = 0; i < type.steps.size(); ++i) {
    const auto& was = type.steps[i].was;
    if (std::find(was.begin(), was.end(), text) != was.end()) return i;
  }
  const std::string_view name = choice_name(text);
  if (name == text) return std::nullopt;
  const std::string_view owner = text.substr(0, text.size() - name.size() - 1);
  if (choice_name(owner) != choice_name(type.name)) return std::nullopt;
  return find_step(type, name);
}

Outcome unknown_choice(const EnumType& type, std::string_view text) {
  const std::string shown(text.substr(0, 80));
  return ValueError{"unknown-choice", "`" + type.name + "` has no choice `" + shown + "`",
                    step_names(type)};
}

Outcome fit_truth(RawValue& value) {
  if (std::holds_alternative<bool>(value)) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (*text == "yes" || *text == "no" || *text == "true" || *text == "false") {
      value = *text == "yes" || *text == "true";
      return std::nullopt;
    }
  }
  return wrong_type("this is a yes-no question", {"true", "false"});
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

Outcome fit_number(RawValue& value, bool percent) {
  const std::vector<std::string> expected{percent ? "a share such as 0.7 or \"70%\"" : "a number"};
  std::optional<double> number;
  if (const auto* given = std::get_if<double>(&value)) {
    if (std::isfinite(*given)) number = *given;
  } else if (const auto* text = std::get_if<std::string>(&value);
             text != nullptr && text->ends_with('%')) {
    number = parse_number(std::string_view(*text).substr(0, text->size() - 1));
    if (number) *number /= 100;
  }
  if (!number) return wrong_type(percent ? "this is a share" : "this is a number", expected);
  if (percent && (*number < 0 || *number > 1)) {
    return ValueError{"out-of-range", "a share is between 0 and 1, which is 100%", expected};
  }
  value = *number;
  return std::nullopt;
}

Outcome fit_choice(const EnumType& type, RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return wrong_type("`" + type.name + "` takes one choice", step_names(type));
  const auto step = find_step(type, *text);
  if (!step) return unknown_choice(type, *text);
  value = type.steps[*step].name;
  return std::nullopt;
}

Outcome fit_set(const EnumType& type, RawValue& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr)
    return wrong_type("`" + type.name + "` takes a list of choices", step_names(type));
  std::vector<std::size_t> steps;
  for (const std::string& text : *texts) {
    const auto step = find_step(type, text);
    if (!step) return unknown_choice(type, text);
    steps.push_back(*step);
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  std::vector<std::string> names;
  for (const std::size_t step : steps) names.push_back(type.steps[step].name);
  value = std::move(names);
  return std::nullopt;
}

Outcome fit_text(RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return wrong_type("this is a text", {"a text"});
  if (text->size() > limits::text_bytes) {
    return ValueError{
        "too-long", "a text has at most " + std::to_string(limits::text_bytes) + " bytes", {}};
  }
  return std::nullopt;
}

Outcome fit_date(RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || !parse_date(*text))
    return wrong_type("this is a date", {"a date such as \"2026-11-23\""});
  return std::nullopt;
}

Outcome fit_duration(RawValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || !parse_duration(*text)) {
    return wrong_type("this is a duration", {"a duration such as \"30 days\""});
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> parse_duration(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto number = parse_number(text.substr(0, blank));
  if (!number || *number < 0) return std::nullopt;
  std::string_view unit = text.substr(blank + 1);
  if (unit.ends_with('s')) unit.remove_suffix(1);
  double seconds = 0;
  if (unit == "minute") seconds = 60;
  if (unit == "hour") seconds = 3'600;
  if (unit == "day") seconds = static_cast<double>(seconds_per_day);
  if (seconds == 0 || !std::isfinite(*number * seconds)) return std::nullopt;
  return *number * seconds;
}

std::optional<ValueError> fit_value(const Program& program, Type type, RawValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  switch (type.base) {
    case Base::truth:
      return fit_truth(value);
    case Base::number:
      return fit_number(value, false);
    case Base::percent:
      return fit_number(value, true);
    case Base::choice:
    case Base::scale:
      return fit_choice(program.enums[type.of], value);
    case Base::set:
      return fit_set(program.enums[type.of], value);
    case Base::text:
      return fit_text(value);
    case Base::date:
      return fit_date(value);
    case Base::duration:
      return fit_duration(value);
    case Base::texts:
    case Base::elements:
      break;
  }
  return wrong_type("this cannot be set by a fact", {});
}

}  // namespace riskd::engine
