// How people read a value. Used inside engine/ only.
#pragma once

#include <string>

#include "engine/facts/fact.hpp"
#include "engine/program/program.hpp"
#include "engine/program/value.hpp"

namespace riskd::engine {

// A known value as the language writes it: `high`, `70%`, `yes`, `2026-11-23`; empty where it is unknown.
std::string print_value(const Program& program, Type type, const Value& value);

// A value as it was posted: `yes`, `internet`, `card, health`.
std::string print_raw(const RawValue& value);

// Any value as explanations show it: `true`, `high`, `low … high`, `unknown`, `not asked`.
std::string print_inspected(const Program& program, Type type, const Value& value);

// Of a rating; empty where the policy has no bands.
std::string band_name(const Program& program, double rating);

// Where a rule stands: "web/sign-in.risk:35".
std::string print_place(const Program& program, const Place& place);

}  // namespace riskd::engine
