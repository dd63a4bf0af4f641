// Answers and values of fields as they were posted: under an id of today, or one of an earlier policy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

// The value of a choice or a step, by its name or one that it had.
std::optional<double> step_value(const Program& program, Type type, std::string_view name);

// What was posted, as a value of the type; unknown where it does not fit.
Value raw_value(const Program& program, Type type, const RawValue& raw);

// Whether it is a value of the type: the policy may have changed since it was posted. Of an any-of one
// choice that is still there is enough, and so is an empty one.
bool fits(const Program& program, Type type, const RawValue& raw);

// Of an any-of the chosen that are no choices any more; no value where there are none.
RawValue gone_choices(const Program& program, Type type, const RawValue& raw);

// The newest answer to a question; null where there is none, or where it was taken back.
const Stamped<RawValue>* newest_answer(const RawMap& answers, const Question& question);

// The newest value of a field; null as above.
const Stamped<RawValue>* newest_value(const RawMap& fields, const Field& field);

// The newest answer as it was posted, of the product where `component` is empty; nothing where it was taken back,
// or never given.
RawValue answer_of(const Product& product, const std::string& component, const Question& question);

// By its name, or one that it had; null where the policy has no such field.
const Field* field_named(const Program& program, Kind kind, std::string_view name);

// Under which Program::by_id.questions has a question of the product, or of components of a type.
std::string question_key(std::uint32_t component_type, const std::string& id);

// By its id, its name or an id that it had; no_index where the policy has no such type.
std::uint32_t component_type_named(const Program& program, std::string_view name);

// By its id, or one that it had; no_index where the policy has no such question.
std::uint32_t question_named(const Program& program, std::uint32_t component_type,
                             const std::string& id);

}  // namespace riskd::engine
