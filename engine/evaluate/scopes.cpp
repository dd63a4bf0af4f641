// Scopes: the product and its components, what they answered, and which patterns apply there.
#include <algorithm>
#include <bit>

#include "engine/evaluate/evaluator.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::engine {

Evaluator::Evaluator(const Program& program, const Dependencies& dependencies,
                     const Product& product, Instant now, ConditionsOnly)
    : program_(program), product_(&product), dependencies_(dependencies), now_(now) {
  add_scopes();
}

Evaluator::Applying Evaluator::applying(const Program& program, const Product& product, Instant now,
                                        const std::vector<std::uint32_t>& patterns) {
  Evaluator evaluator(program, *program.dependencies, product, now, ConditionsOnly{});
  Applying found;
  for (const std::uint32_t pattern : patterns) {
    for (const auto& scope : evaluator.scopes_) {
      if (scope->component_type != program.patterns[pattern].component_type) continue;
      const Applies applies = evaluator.compute_applies(pattern, *scope);
      if (applies == Applies::yes) ++found.yes;
      if (applies == Applies::undecided) ++found.undecided;
    }
  }
  return found;
}

void Evaluator::add_scope(std::uint32_t type, const std::string& id, const RawMap& answers,
                          const RawMap& fields) {
  auto scope = std::make_unique<ScopeInstance>();
  scope->component_type = type;
  scope->id = id;
  scope->shape = &dependencies_.shape;
  if (!scopes_.empty()) scope->number = static_cast<std::uint32_t>(scopes_.size() - 1);
  scope->answers = &answers;
  scope->fields = &fields;
  const std::size_t kind = Dependencies::scope_of(type);
  const FreshScope& fresh = dependencies_.fresh[kind];
  scope->questions = fresh.questions;
  scope->asked = fresh.asked;
  scope->patterns = fresh.patterns;
  for (const auto& [name, answer] : answers) {
    const std::uint32_t question = question_named(program_, type, name);
    if (question == no_index) continue;
    scope->questions[dependencies_.question_slot[question]] = question_code::unset;
    find_answer(question, *scope);
  }
  scopes_.push_back(std::move(scope));
}

// no_index: it does not exist, or is of a type that this policy does not have.
std::uint32_t Evaluator::type_of(const ComponentFacts& component) const {
  if (!component.exists()) return no_index;
  return component_type_named(program_, component.type.value);
}

ScopeInstance* Evaluator::scope_of(std::string_view component) {
  if (component.empty()) return scopes_.front().get();
  const auto it =
      std::lower_bound(scopes_.begin() + 1, scopes_.end(), component,
                       [](const auto& scope, std::string_view id) { return scope->id < id; });
  return it != scopes_.end() && (*it)->id == component ? it->get() : nullptr;
}

// Of a product that was removed nothing applies.
Applies Evaluator::compute_applies(std::uint32_t index, ScopeInstance& scope) {
  if (product_->removed.value) return Applies::no;
  const NodeId when = program_.patterns[index].when;
  return when == no_node ? Applies::yes : truth_of(when, scope);
}

Applies Evaluator::compute_applies_at(std::uint32_t slot, ScopeInstance& scope) {
  if (product_->removed.value) return Applies::no;
  const std::size_t kind = Dependencies::scope_of(scope.component_type);
  const Truth verity = dependencies_.conditions.at(
      dependencies_.fresh[kind].conditions[slot], bytes_of(product_scope()),
      scope.is_product() ? ScopeBytes{} : bytes_of(scope));
  return verity == Truth::needs_full_evaluation
             ? compute_applies(dependencies_.patterns_in[kind][slot], scope)
             : applies_of(verity);
}

Applies Evaluator::applies(std::uint32_t pattern, const ScopeInstance& scope) const {
  return scope.patterns[dependencies_.pattern_slot[pattern]];
}

void Evaluator::add_scopes() {
  add_scope(no_index, "", product_->answers, product_->fields);
  for (const auto& [id, component] : product_->components) {
    const std::uint32_t type = type_of(component);
    if (type != no_index) add_scope(type, id, component.answers, component.fields);
  }
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

// Questions first: conditions are run on what they are worth then.
void Evaluator::compute_conditions() {
  // Patterns that read what was said: in every scope of their kind, or in one component alone.
  std::vector<SlotSet> everywhere;
  for (const auto& patterns : dependencies_.patterns_in) everywhere.emplace_back(patterns.size());
  std::vector<SlotSet> alone(scopes_.size());
  for (std::size_t s = 0; s < scopes_.size(); ++s) {
    ScopeInstance& scope = *scopes_[s];
    const std::size_t kind = Dependencies::scope_of(scope.component_type);
    const auto& questions = dependencies_.questions_in[kind];
    if (!scope.is_product()) alone[s] = SlotSet(scope.patterns.size());
    for (std::size_t slot = 0; slot < questions.size(); ++slot) {
      const std::uint32_t index = questions[slot];
      if (scope.questions[slot] == question_code::unset) question(index, scope);
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
    ScopeInstance& scope = *scopes_[s];
    const std::size_t kind = Dependencies::scope_of(scope.component_type);
    const FreshScope& fresh = dependencies_.fresh[kind];
    if (product_->removed.value) {
      std::fill(scope.patterns.begin(), scope.patterns.end(), Applies::no);
      continue;
    }
    const auto compute = [&](std::uint32_t slot) {
      scope.patterns[slot] = compute_applies_at(slot, scope);
    };
    std::for_each(fresh.computed_patterns.begin(), fresh.computed_patterns.end(), compute);
    alone[s].each(compute);
    everywhere[kind].each(compute);
  }
}

}  // namespace riskd::engine
