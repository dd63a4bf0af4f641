#include "engine/facts/answers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <variant>

#include "engine/base/limits.hpp"

namespace riskd::engine {
namespace {

std::optional<double> duration_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (unit.ends_with('s')) unit.remove_suffix(1);
  if (unit == "minute") return number * 60;
  if (unit == "hour") return number * 3600;
  if (unit == "day") return number * 86'400;
  return std::nullopt;
}

// Null where there is none, or where it was taken back.
const Stamped<RawValue>* newest_of(const RawMap& said, const std::string& name,
                                   const std::vector<std::string>& earlier_names) {
  const Stamped<RawValue>* newest = nullptr;
  const auto look = [&](const std::string& key) {
    const auto found = said.find(key);
    if (found == said.end()) return;
    if (newest == nullptr || is_older(newest->from, found->second.from)) newest = &found->second;
  };
  look(name);
  for (const std::string& each : earlier_names) look(each);
  const bool taken_back =
      newest != nullptr && std::holds_alternative<std::monostate>(newest->value);
  return taken_back ? nullptr : newest;
}

}  // namespace

std::optional<double> step_value(const Program& program, Type type, std::string_view name) {
  const std::vector<EnumStep>& steps = program.enums[type.of].steps;
  const auto value_of = [&](auto step) {
    return type.base == Base::scale ? step->number : static_cast<double>(step - steps.begin());
  };
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    if (step->name == name) return value_of(step);
  }
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    if (std::find(step->was.begin(), step->was.end(), name) != step->was.end())
      return value_of(step);
  }
  return std::nullopt;
}

bool fits(const Program& program, Type type, const RawValue& raw) {
  const Value value = raw_value(program, type, raw);
  if (!value.known()) return false;
  const auto* names = std::get_if<std::vector<std::string>>(&raw);
  return type.base != Base::set || value.bits != 0 || (names != nullptr && names->empty());
}

RawValue gone_choices(const Program& program, Type type, const RawValue& raw) {
  const auto* names = std::get_if<std::vector<std::string>>(&raw);
  if (type.base != Base::set || names == nullptr) return {};
  std::vector<std::string> gone;
  for (const std::string& name : *names) {
    if (!step_value(program, {Base::choice, type.of}, name)) gone.push_back(name);
  }
  return gone.empty() ? RawValue{} : RawValue{std::move(gone)};
}

Value raw_value(const Program& program, Type type, const RawValue& raw) {
  const auto unknown = [&] { return program.unknown_of(type); };
  if (std::holds_alternative<std::monostate>(raw)) return unknown();
  switch (type.base) {
    case Base::truth:
      if (const bool* value = std::get_if<bool>(&raw)) return Value::truth(*value);
      if (const auto* text = std::get_if<std::string>(&raw)) {
        if (*text == "yes" || *text == "true") return Value::truth(true);
        if (*text == "no" || *text == "false") return Value::truth(false);
      }
      return unknown();
    case Base::number:
    case Base::percent:
      if (const double* value = std::get_if<double>(&raw);
          value != nullptr && std::isfinite(*value))
        return Value::of(*value);
      if (const auto* text = std::get_if<std::string>(&raw)) {
        double number = 0;
        const auto [end, error] =
            std::from_chars(text->data(), text->data() + text->size(), number);
        if (error == std::errc() && std::isfinite(number)) {
          if (end == text->data() + text->size()) return Value::of(number);
          if (*end == '%' && end + 1 == text->data() + text->size()) return Value::of(number / 100);
        }
      }
      return unknown();
    case Base::choice:
    case Base::scale:
      if (const auto* text = std::get_if<std::string>(&raw)) {
        if (const auto value = step_value(program, type, *text)) return Value::of(*value);
      }
      return unknown();
    case Base::set: {
      std::vector<std::string> names;
      if (const auto* list = std::get_if<std::vector<std::string>>(&raw))
        names = *list;
      else if (const auto* text = std::get_if<std::string>(&raw))
        names = {*text};
      else
        return unknown();
      std::uint64_t bits = 0;
      for (const std::string& name : names) {
        const auto value = step_value(program, {Base::choice, type.of}, name);
        if (value) bits |= std::uint64_t{1} << static_cast<unsigned>(*value);
      }
      return Value::set(bits);
    }
    case Base::text:
      return std::holds_alternative<std::string>(raw) ? Value::of(0) : unknown();
    case Base::date:
      if (const auto* text = std::get_if<std::string>(&raw)) {
        if (const auto day = parse_date(*text))
          return Value::of(static_cast<double>(start_of(*day).ms / 1000));
      }
      return unknown();
    case Base::duration:
      if (const auto* text = std::get_if<std::string>(&raw)) {
        if (const auto seconds = duration_of(*text)) return Value::of(*seconds);
      }
      return unknown();
    case Base::texts:
    case Base::elements:
      return unknown();
  }
  return unknown();
}

const Stamped<RawValue>* newest_answer(const RawMap& answers, const Question& question) {
  return newest_of(answers, question.id, question.was);
}

const Stamped<RawValue>* newest_value(const RawMap& fields, const Field& field) {
  return newest_of(fields, field.name, field.was);
}

const Field* field_named(const Program& program, Kind kind, std::string_view name) {
  const Field* earlier = nullptr;
  for (const Field& field : program.fields) {
    if (field.kind != kind) continue;
    if (field.name == name) return &field;
    if (std::find(field.was.begin(), field.was.end(), name) != field.was.end()) earlier = &field;
  }
  return earlier;
}

RawValue answer_of(const Product& product, const std::string& component, const Question& question) {
  const auto found = product.components.find(component);
  if (!component.empty() && found == product.components.end()) return {};
  const RawMap& answers = component.empty() ? product.answers : found->second.answers;
  const auto* given = newest_answer(answers, question);
  return given == nullptr ? RawValue{} : given->value;
}

std::uint32_t component_type_named(const Program& program, std::string_view name) {
  const auto& types = program.component_types;
  const auto find = [&](const auto& is_named) {
    const auto found = std::find_if(types.begin(), types.end(), is_named);
    return found == types.end() ? no_index : static_cast<std::uint32_t>(found - types.begin());
  };
  const std::uint32_t present =
      find([&](const ComponentType& type) { return type.id == name || type.name == name; });
  if (present != no_index) return present;
  return find([&](const ComponentType& type) {
    return std::find(type.was.begin(), type.was.end(), name) != type.was.end();
  });
}

std::string question_key(std::uint32_t component_type, const std::string& id) {
  return component_type == no_index ? id : std::to_string(component_type) + ":" + id;
}

std::uint32_t question_named(const Program& program, std::uint32_t component_type,
                             const std::string& id) {
  const auto& by_id = program.by_id.questions;
  // The product's are found as they come, without a copy.
  const auto found =
      component_type == no_index ? by_id.find(id) : by_id.find(question_key(component_type, id));
  return found == by_id.end() ? no_index : found->second;
}

}  // namespace riskd::engine
