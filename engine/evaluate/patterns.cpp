#include "engine/evaluate/patterns.hpp"

#include <algorithm>
#include <bit>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

Patterns::Patterns(const Basis& basis, const Scopes& scopes, Questions& questions, Values& values)
    : basis_(basis),
      program_(basis.program),
      dependencies_(basis.dependencies),
      scopes_(scopes),
      questions_(questions),
      values_(values) {}

Applies Patterns::applies(std::uint32_t pattern, const ScopeInstance& scope) const {
  return scope.patterns[dependencies_.pattern_slot[pattern]];
}

// Of a product that was removed nothing applies.
Applies Patterns::compute(std::uint32_t index, ScopeInstance& scope) {
  if (basis_.product->removed.value) return Applies::no;
  const NodeId when = program_.patterns[index].when;
  return when == no_node ? Applies::yes : values_.truth_of(when, scope);
}

Applies Patterns::compute_at(std::uint32_t slot, ScopeInstance& scope) {
  if (basis_.product->removed.value) return Applies::no;
  const std::size_t kind = Dependencies::scope_of(scope.component_type);
  const Truth truth = dependencies_.conditions.at(
      dependencies_.fresh[kind].conditions[slot], bytes_of(scopes_.product()),
      scope.is_product() ? ScopeBytes{} : bytes_of(scope));
  return truth == Truth::needs_full_evaluation
             ? compute(dependencies_.patterns_in[kind][slot], scope)
             : applies_of(truth);
}

namespace {

// Slots, in their order.
class SlotSet {
 public:
  explicit SlotSet(std::size_t count = 0) : bits_((count + 63) / 64) {}
  void add(std::uint32_t slot) { bits_[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  template <typename Visit>
  void each(const Visit& visit) const {
    for (std::size_t i = 0; i < bits_.size(); ++i) {
      for (std::uint64_t left = bits_[i]; left != 0; left &= left - 1)
        visit(static_cast<std::uint32_t>(i * 64 + static_cast<unsigned>(std::countr_zero(left))));
    }
  }

 private:
  std::vector<std::uint64_t> bits_;
};

}  // namespace

void Patterns::compute_all() {
  // Patterns that read what was said: in every scope of their kind, or in one component alone.
  std::vector<SlotSet> everywhere;
  for (const auto& patterns : dependencies_.patterns_in) everywhere.emplace_back(patterns.size());
  std::vector<SlotSet> alone(scopes_.size());
  for (std::size_t s = 0; s < scopes_.size(); ++s) {
    ScopeInstance& scope = scopes_.at(s);
    const std::size_t kind = Dependencies::scope_of(scope.component_type);
    const auto& questions = dependencies_.questions_in[kind];
    if (!scope.is_product()) alone[s] = SlotSet(scope.patterns.size());
    for (std::size_t slot = 0; slot < questions.size(); ++slot) {
      const std::uint32_t index = questions[slot];
      if (scope.questions[slot] == question_code::unset) questions_.value(index, scope);
      if (scope.questions[slot] == dependencies_.fresh[kind].questions[slot]) continue;
      for (std::uint32_t i = dependencies_.first_pattern_of[index];
           i < dependencies_.first_pattern_of[index + 1]; ++i) {
        const auto [reader_kind, reader] = dependencies_.patterns_of_question[i];
        const bool is_alone = !scope.is_product() && reader_kind == kind;
        (is_alone ? alone[s] : everywhere[reader_kind]).add(reader);
      }
    }
  }
  for (std::size_t s = 0; s < scopes_.size(); ++s) {
    ScopeInstance& scope = scopes_.at(s);
    const std::size_t kind = Dependencies::scope_of(scope.component_type);
    const FreshScope& fresh = dependencies_.fresh[kind];
    if (basis_.product->removed.value) {
      std::fill(scope.patterns.begin(), scope.patterns.end(), Applies::no);
      continue;
    }
    const auto compute = [&](std::uint32_t slot) {
      scope.patterns[slot] = compute_at(slot, scope);
    };
    std::for_each(fresh.computed_patterns.begin(), fresh.computed_patterns.end(), compute);
    alone[s].each(compute);
    everywhere[kind].each(compute);
  }
}

Applying applying(const Program& program, const Product& product, Instant now,
                  const std::vector<std::uint32_t>& patterns) {
  Evaluator evaluator(Basis{program, *program.dependencies, &product, now});
  Applying found;
  for (const std::uint32_t pattern : patterns) {
    for (const auto& scope : evaluator.scopes) {
      if (scope->component_type != program.patterns[pattern].component_type) continue;
      const Applies applies = evaluator.patterns.compute(pattern, *scope);
      if (applies == Applies::yes) ++found.yes;
      if (applies == Applies::undecided) ++found.undecided;
    }
  }
  return found;
}

}  // namespace riskd::engine
