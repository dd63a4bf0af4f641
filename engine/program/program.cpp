#include "engine/program/program.hpp"

#include <algorithm>
#include <array>

namespace riskd::engine {

std::string_view to_string(State state) {
  switch (state) {
    case State::recommended:
      return "recommended";
    case State::required:
      return "required";
    case State::implemented:
      return "implemented";
    case State::rejected:
      return "rejected";
    case State::not_applicable:
      return "not-applicable";
  }
  return "";
}

std::string_view to_string(Tested tested) {
  switch (tested) {
    case Tested::untested:
      return "untested";
    case Tested::stale:
      return "stale";
    case Tested::passed:
      return "passed";
    case Tested::failed:
      return "failed";
  }
  return "";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::ignored:
      return "ignored";
    case Verdict::passed:
      return "passed";
    case Verdict::untested:
      return "untested";
    case Verdict::failed:
      return "failed";
  }
  return "";
}

std::span<const Verdict> verdicts() {
  static constexpr std::array<Verdict, 4> all{Verdict::failed, Verdict::passed, Verdict::untested,
                                              Verdict::ignored};
  return all;
}

const StatusMap* Program::status_map(std::string_view tracker_kind, std::string_view name) const {
  const auto it = std::find_if(status_maps.begin(), status_maps.end(), [&](const StatusMap& map) {
    return map.tracker_kind == tracker_kind && map.name == name;
  });
  return it == status_maps.end() ? nullptr : &*it;
}

const Evidence* Program::evidence_of(std::string_view source) const {
  const auto it = std::find_if(evidence.begin(), evidence.end(),
                               [&](const Evidence& block) { return block.source == source; });
  return it == evidence.end() ? nullptr : &*it;
}

std::uint32_t Program::template_by_name(std::string_view name) const {
  for (std::uint32_t i = 0; i < tickets.size(); ++i) {
    if (tickets[i].name == name) return i;
  }
  return no_index;
}

Value Program::unknown_of(Type type) const {
  switch (type.base) {
    case Base::truth:
    case Base::percent:
      return Value::unknown_truth();
    case Base::choice:
      if (!enums[type.of].ordered) return Value::unknown();
      return Value{0, static_cast<double>(enums[type.of].steps.size() - 1), 0,
                   Value::State::unknown};
    case Base::scale:
      return Value{enums[type.of].steps.front().number, enums[type.of].steps.back().number, 0,
                   Value::State::unknown};
    case Base::number:
    case Base::set:
    case Base::text:
    case Base::date:
    case Base::duration:
    case Base::texts:
    case Base::elements:
      return Value::unknown();
  }
  return Value::unknown();
}

std::string_view step_name(const Program& program, Type type, double value) {
  const EnumType& enumeration = program.enums[type.of];
  if (type.base == Base::scale) {
    for (const EnumStep& step : enumeration.steps) {
      if (step.number == value) return step.name;
    }
    return "";
  }
  const auto index = static_cast<std::size_t>(value);
  return value >= 0 && index < enumeration.steps.size()
             ? std::string_view(enumeration.steps[index].name)
             : "";
}

}  // namespace riskd::engine
