// Answers, fields and set attributes, held to the type that the policy gives them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/facts/fact.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

struct ValueError {
  std::string code;  // "wrong-type", "unknown-choice", "out-of-range", "too-long"
  std::string message;
  std::vector<std::string> expected;
};

// Brings `value` into the one form in which facts of `type` are kept: yes-no a bool, numbers a number
// (70% is 0.7), a choice or step its name, any-of names in the policy's order, dates "2026-11-23",
// durations "30 days", text as it is. monostate stays what it is. The error where it does not fit.
std::optional<ValueError> fit_value(const Program& program, Type type, RawValue& value);

// "30 days", "1 hour": seconds; nullopt for anything else.
std::optional<double> parse_duration(std::string_view text);

}  // namespace riskd::engine
