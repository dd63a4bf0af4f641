// Answers as they were posted: under a question's id, or one that it had in earlier versions.
#pragma once

#include <cstdint>
#include <string>

#include "engine/product.hpp"
#include "engine/program.hpp"

namespace riskd::engine {

// The newest of them; null where there is none, or where it was taken back.
const Stamped<RawValue>* newest_answer(const RawMap& answers, const Question& question);

// Under which Program::question_by_id has a question of the product, or of components of a type.
std::string question_key(std::uint32_t component_type, const std::string& id);

// By its id, or one that it had; no_index where the policy has no such question.
std::uint32_t question_named(const Program& program, std::uint32_t component_type,
                             const std::string& id);

}  // namespace riskd::engine
