// Answers as they were posted: under a question's id, or one that it had in earlier versions.
#pragma once

#include "engine/product.hpp"
#include "engine/program.hpp"

namespace riskd::engine {

// The newest of them; null where there is none, or where it was taken back.
const Stamped<RawValue>* newest_answer(const RawMap& answers, const Question& question);

}  // namespace riskd::engine
