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

// Results that are about nothing that applies, and why; and how many tests say what.
std::vector<Unmatched> unmatched(const Evaluator& evaluator,
                                 const std::vector<Undecided>& undecided);
TestCounts test_counts(const Evaluator& evaluator, const std::vector<Unmatched>& unmatched);

}  // namespace riskd::engine
