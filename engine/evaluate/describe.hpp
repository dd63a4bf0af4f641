// The threat model of an evaluation, as rows. Used inside engine/ only.
#pragma once

#include "engine/evaluate/evaluator.hpp"
#include "engine/evaluate/model.hpp"

namespace riskd::engine {

Model model_of(Evaluator& evaluator);
RiskRow describe(Evaluator& evaluator, RiskInstance& risk);
// What a change shows of a risk: names, ratings, steps and weaknesses. The rest of the row is as it was made.
RiskRow describe_rating(Evaluator& evaluator, RiskInstance& risk);

// What is still open, what that keeps undecided, and what had to be assumed meanwhile.
void describe_open(Evaluator& evaluator, Model& model);
// Attributes, ratings and patterns that rest on a default or on an open question.
void describe_assumed(Evaluator& evaluator, Model& model);

// Results that are about nothing that applies, and why; and how many tests say what. After describe_open.
void describe_tests(const Evaluator& evaluator, Model& model);
// The first `count` of those results of a run: those that failed first, then by id.
std::vector<Unmatched> unmatched_of_run(Evaluator& evaluator, const std::string& suite,
                                        std::string_view run, std::size_t count);

}  // namespace riskd::engine
