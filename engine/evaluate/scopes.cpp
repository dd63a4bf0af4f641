#include "engine/evaluate/scopes.hpp"

#include <algorithm>

#include "engine/facts/answers.hpp"

namespace riskd::engine {

namespace {

void point_at_facts(ScopeInstance& scope, const Product& product) {
  if (scope.is_product()) {
    scope.answers = &product.answers;
    scope.fields = &product.fields;
  } else {
    const ComponentFacts& component = product.components.at(scope.id);
    scope.answers = &component.answers;
    scope.fields = &component.fields;
  }
}

}  // namespace

Scopes::Scopes(const Basis& basis)
    : basis_(basis), program_(basis.program), dependencies_(basis.dependencies) {}

void Scopes::make() {
  const Product& product = *basis_.product;
  add(no_index, "", product.answers, product.fields);
  for (const auto& [id, component] : product.components) {
    const std::uint32_t type =
        component.exists() ? component_type_named(program_, component.type.value) : no_index;
    if (type != no_index) add(type, id, component.answers, component.fields);
  }
}

void Scopes::copy(const Scopes& other) {
  for (const auto& scope : other.scopes_) {
    scopes_.push_back(std::make_unique<ScopeInstance>(*scope));
    scopes_.back()->risks_by_id.clear();
    scopes_.back()->blocks.clear();
  }
  read_again();
}

void Scopes::read_again() {
  forget_missing_fields();
  for (const auto& scope : scopes_) {
    point_at_facts(*scope, *basis_.product);
    find_answers(*scope);
  }
}

void Scopes::add(std::uint32_t type, const std::string& id, const RawMap& answers,
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

ScopeInstance* Scopes::named(std::string_view component) const {
  if (component.empty()) return scopes_.front().get();
  const auto it =
      std::lower_bound(scopes_.begin() + 1, scopes_.end(), component,
                       [](const auto& scope, std::string_view id) { return scope->id < id; });
  return it != scopes_.end() && (*it)->id == component ? it->get() : nullptr;
}

ScopeInstance* Scopes::of(const Question& question, const Context& context) const {
  if (question.component_type == no_index) return &product();
  ScopeInstance* const component = context.component;
  return component != nullptr && component->component_type == question.component_type ? component
                                                                                      : nullptr;
}

ScopeInstance* Scopes::of(const Field& field, const Context& context) const {
  return field.kind == Kind::product ? &product() : context.component;
}

ScopeInstance& Scopes::twin(const ScopeInstance& of_other) const {
  return *scopes_[of_other.is_product() ? 0 : of_other.number + std::size_t{1}];
}

const Stamped<RawValue>* Scopes::answer(std::uint32_t index, const ScopeInstance& scope) const {
  return scope.given.find(dependencies_.question_slot[index]);
}

// The newest answer, if it is one under this policy.
const Stamped<RawValue>* Scopes::fitting_answer(const Question& question,
                                                const ScopeInstance& scope) const {
  const Stamped<RawValue>* newest = newest_answer(*scope.answers, question);
  return newest != nullptr && fits(program_, question.type, newest->value) ? newest : nullptr;
}

// The newest answer, if it is none under this policy: its choice is gone, or its type.
const Stamped<RawValue>* Scopes::lost_answer(std::uint32_t index,
                                             const ScopeInstance& scope) const {
  const Question& question = program_.questions[index];
  const Stamped<RawValue>* newest = newest_answer(*scope.answers, question);
  return newest != nullptr && !fits(program_, question.type, newest->value) ? newest : nullptr;
}

void Scopes::find_answer(std::uint32_t index, ScopeInstance& scope) const {
  const std::uint32_t slot = dependencies_.question_slot[index];
  const Question& definition = program_.questions[index];
  // Under one id the entry of the facts stays what it was.
  const Stamped<RawValue>* known = definition.was.empty() ? scope.given.find(slot) : nullptr;
  if (known != nullptr && fits(program_, definition.type, known->value)) return;
  const Stamped<RawValue>* newest = fitting_answer(definition, scope);
  if (newest != nullptr)
    scope.given.set(slot, newest);
  else
    scope.given.erase(slot);
}

// All of those that there are, in facts that are read from now on.
void Scopes::find_answers(ScopeInstance& scope) const {
  const auto& questions = dependencies_.questions_in[Dependencies::scope_of(scope.component_type)];
  scope.given.replace([&](std::uint32_t slot) {
    return fitting_answer(program_.questions[questions[slot]], scope);
  });
}

bool Scopes::answered(std::uint32_t index, const ScopeInstance& scope) const {
  return answer(index, scope) != nullptr;
}

const Stamped<RawValue>* newest_field(const Field& field, const ScopeInstance& scope) {
  return newest_value(*scope.fields, field);
}

const Stamped<RawValue>* Scopes::given_field(const Field& field, const ScopeInstance& scope) const {
  const Stamped<RawValue>* newest = newest_field(field, scope);
  return newest != nullptr && fits(program_, field.type, newest->value) ? newest : nullptr;
}

std::string field_id(const Field& field, const ScopeInstance& scope) {
  return scope.is_product() ? "product." + field.name : scope.id + "/component." + field.name;
}

bool Scopes::is_field_missing(const Field& field, const ScopeInstance& scope) const {
  if (!field.required || field.default_value != no_node) return false;
  return scope.is_product() == (field.kind == Kind::product) && !given_field(field, scope);
}

std::vector<std::string> Scopes::missing_fields() const {
  std::vector<std::string> missing;
  for (const Field& field : program_.fields) {
    for (const auto& scope : scopes_) {
      if (is_field_missing(field, *scope)) missing.push_back(field_id(field, *scope));
    }
  }
  std::sort(missing.begin(), missing.end());
  return missing;
}

bool Scopes::is_any_field_missing() const {
  if (!dependencies_.has_required_field) return false;
  if (!field_missing_) {
    field_missing_ =
        std::any_of(program_.fields.begin(), program_.fields.end(), [&](const Field& field) {
          return std::any_of(scopes_.begin(), scopes_.end(),
                             [&](const auto& scope) { return is_field_missing(field, *scope); });
        });
  }
  return *field_missing_;
}

}  // namespace riskd::engine
