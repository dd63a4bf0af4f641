// What values read: questions, fields, lets, attributes, ratings, and rows of the outside.
#include "engine/evaluate/values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "engine/evaluate/decisions.hpp"
#include "engine/evaluate/evaluator.hpp"
#include "engine/facts/answers.hpp"
#include "engine/plan/reads.hpp"

namespace riskd::engine {

Values::Values(Basis& basis, const Parts& parts)
    : basis_(basis), program_(basis.program), dependencies_(basis.dependencies), parts_(parts) {}

bool Values::holds(NodeId node, const Context& context, bool absent) {
  if (node == no_node) return absent;
  const Truth truth = quick(node, context);
  if (truth != Truth::needs_full_evaluation) return truth == Truth::yes;
  return as_truth(eval(node, context)).is_true();
}

// A trace is to see all that is read: then there is no short way.
Truth Values::quick(NodeId node, const Context& context) {
  if (basis_.trace != nullptr) return Truth::needs_full_evaluation;
  const Conditions& conditions = dependencies_.conditions;
  const std::uint32_t place = conditions.place(node);
  if (place == no_index) return Truth::needs_full_evaluation;
  const unsigned read = conditions.elements_read(place);
  const ElementBytes elements = read == 0 ? ElementBytes{} : parts_.states.bytes(context, read);
  return conditions.at(place, bytes_of(parts_.scopes.product()),
                       context.component == nullptr ? ScopeBytes{} : bytes_of(*context.component),
                       elements);
}

Applies Values::truth_of(NodeId node, ScopeInstance& scope) {
  const Context context = context_of(scope);
  const Truth truth = quick(node, context);
  if (truth != Truth::needs_full_evaluation) return applies_of(truth);
  const Value value = as_truth(eval(node, context));
  return value.is_true() ? Applies::yes : value.is_false() ? Applies::no : Applies::undecided;
}

Value Values::question(std::uint32_t index, const Context& context) {
  ScopeInstance* const scope = parts_.scopes.of(program_.questions[index], context);
  return scope == nullptr ? Value::none() : parts_.questions.value(index, *scope);
}

Value Values::answered(std::uint32_t index, const Context& context) {
  ScopeInstance* const scope = parts_.scopes.of(program_.questions[index], context);
  if (scope == nullptr) return Value::truth(false);
  // While it is unknown whether it is asked, an answer to it must not show.
  const Value is_asked = parts_.questions.asked(index, *scope);
  return is_asked.is_true() ? Value::truth(parts_.scopes.answered(index, *scope)) : is_asked;
}

Value Values::field_answered(std::uint32_t index, const Context& context) {
  const Field& definition = program_.fields[index];
  const ScopeInstance* const scope = parts_.scopes.of(definition, context);
  return Value::truth(scope != nullptr && parts_.scopes.given_field(definition, *scope) != nullptr);
}

Value Values::field(std::uint32_t index, const Context& context) {
  const Field& definition = program_.fields[index];
  const ScopeInstance* const scope = parts_.scopes.of(definition, context);
  if (scope == nullptr) return Value::none();
  if (const auto* given = parts_.scopes.given_field(definition, *scope))
    return raw_value(program_, definition.type, given->value);
  if (definition.default_value != no_node && !basis_.without_defaults)
    return eval(definition.default_value, {});
  return program_.unknown_of(definition.type);
}

Value Values::let(std::uint32_t index, const Context& context) {
  const Let& definition = program_.lets[index];
  Memo* memo = &parts_.scopes.product().lets;
  std::uint32_t key = index;
  Context own;
  if (definition.kind == Kind::component) {
    if (context.component == nullptr) return Value::none();
    memo = &context.component->lets;
    own.component = context.component;
  } else if (definition.kind != Kind::product) {
    Instance* const instance = instance_of(definition.kind, context);
    if (instance == nullptr) return Value::none();
    memo = &instance->memo;
    key = memo_key::of_let(index);
    own = own_context(definition.kind, context);
  }
  if (const Value* known = memo->find(key)) return *known;
  const Value value = eval_present(definition.value, own);
  memo->set(key, value);
  return value;
}

std::span<const Setting> Values::settings_of(Kind kind, std::uint32_t definition) const {
  return kind == Kind::risk       ? program_.risks[definition].settings
         : kind == Kind::weakness ? program_.weaknesses[definition].settings
                                  : program_.countermeasures[definition].settings;
}

Value Values::attribute(std::uint32_t index, const Context& context, bool* assumed) {
  const Attribute& definition = program_.attributes[index];
  Instance* instance = instance_of(definition.kind, context);
  if (instance == nullptr) return Value::none();
  if (assumed == nullptr) {
    if (const Value* known = instance->memo.find(memo_key::of_attribute(index))) return *known;
  }
  const std::span<const Setting> settings = settings_of(definition.kind, instance->definition);
  const Value standard = eval(definition.default_value, {});
  Value value = standard;
  const Stamped<DecisionFact>* set = instance->decided != nullptr
                                         ? parts_.decisions.of(*instance, "set:" + definition.name)
                                         : nullptr;
  const Value decided =
      set == nullptr ? Value::unknown() : raw_value(program_, definition.type, set->value.value);
  if (set != nullptr && decided.known()) {
    value = decided;
  } else {
    const auto setting = std::find_if(settings.begin(), settings.end(),
                                      [&](const Setting& each) { return each.attribute == index; });
    if (setting != settings.end()) {
      value = eval_present(setting->value, own_context(definition.kind, context));
      if (value.is_none()) {
        value = standard;
      } else if (value.is_unknown()) {
        if (assumed != nullptr) *assumed = true;
        const bool ranged =
            definition.type.base != Base::set && definition.type.base != Base::text &&
            !(definition.type.base == Base::choice && !program_.enums[definition.type.of].ordered);
        value = ranged ? Value::of(std::clamp(standard.lo, value.lo, value.hi)) : standard;
      }
    }
  }
  if (assumed == nullptr) instance->memo.set(memo_key::of_attribute(index), value);
  return value;
}

Value Values::record_value(const Node& node, const Context& context) const {
  const Record& record = *context.record;
  if (record.open.contains(node.a)) return program_.unknown_of(node.type);
  switch (node.type.base) {
    case Base::text:
      return record.texts.contains(node.a) ? Value::of(0) : Value::none();
    case Base::texts:
      return Value::of(0);
    case Base::truth: {
      const auto it = record.truths.find(node.a);
      return it == record.truths.end() ? Value::none() : Value::truth(it->second);
    }
    case Base::number: {
      const auto it = record.numbers.find(node.a);
      return it == record.numbers.end() ? Value::none() : Value::of(it->second);
    }
    case Base::choice:
    case Base::scale:
    case Base::percent:
    case Base::set:
    case Base::date:
    case Base::duration:
    case Base::elements: {
      const auto it = record.texts.find(node.a);
      if (it == record.texts.end()) return Value::none();
      const auto value = step_value(program_, node.type, it->second);
      return value ? Value::of(*value) : Value::none();
    }
  }
  return Value::none();
}

double Values::fixed_inherent_of(const RiskInstance& risk) const {
  const auto& fixed = dependencies_.fixed_inherent;
  return fixed.empty() || risk.decided != nullptr ? std::numeric_limits<double>::quiet_NaN()
                                                  : fixed[risk.definition];
}

double Values::rating_of(std::uint32_t index, const Context& context, bool* assumed) {
  const Rating& rating = program_.ratings[index];
  if (index == program_.inherent && context.risk != nullptr && basis_.trace == nullptr) {
    const double fixed = fixed_inherent_of(*context.risk);
    if (assumed != nullptr) *assumed = false;
    if (!std::isnan(fixed)) return fixed;
  }
  Memo* memo = &parts_.scopes.product().ratings;
  std::uint32_t key = index;
  Context own;
  if (rating.kind == Kind::component) {
    if (context.component == nullptr) return 0;
    memo = &context.component->ratings;
    own.component = context.component;
  } else if (rating.kind != Kind::product) {
    Instance* instance = instance_of(rating.kind, context);
    if (instance == nullptr) return 0;
    memo = &instance->memo;
    key = memo_key::of_rating(index);
    own = own_context(rating.kind, context);
  }
  const Value* known = memo->find(key);
  const Value value = known != nullptr ? *known : eval_present(rating.value, own);
  if (known == nullptr) memo->set(key, value);
  if (assumed != nullptr) *assumed = value.is_unknown() && std::isfinite(value.hi);
  if (value.is_none() || !std::isfinite(value.hi)) return 0;
  return std::clamp(value.hi, 0.0, 100.0);
}

double Values::product_rating() {
  return program_.product_rating == no_index ? 0 : rating_of(program_.product_rating, {});
}

void Values::forget_late() {
  const auto forget = [&](ScopeInstance& scope) {
    scope.ratings.clear();
    for (std::uint32_t i = 0; i < program_.lets.size(); ++i) {
      if (dependencies_.is_late[i]) scope.lets.erase(i);
    }
  };
  forget(parts_.scopes.product());
  const auto of_component = [](const auto& all, const auto& counts) {
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (all[i].kind == Kind::component && counts(i)) return true;
    }
    return false;
  };
  if (!of_component(program_.ratings, [](std::uint32_t) { return true; }) &&
      !of_component(program_.lets, [&](std::uint32_t i) { return dependencies_.is_late[i]; }))
    return;
  for (std::size_t i = 1; i < parts_.scopes.size(); ++i) forget(parts_.scopes.at(i));
}

std::vector<double> fixed_inherent(const Program& program, const Dependencies& dependencies) {
  if (program.inherent == no_index) return {};
  const auto is_fixed = [&](NodeId node) { return reads_own_attributes_alone(program, node); };
  constexpr double open = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> all(program.risks.size(), open);
  bool possible = is_fixed(program.ratings[program.inherent].value);
  for (const Attribute& each : program.attributes)
    possible = possible && (each.kind != Kind::risk || is_fixed(each.default_value));
  if (!possible) return all;
  const Product nothing;
  Evaluator evaluator(Basis{program, dependencies, &nothing, Instant{}});
  for (std::uint32_t i = 0; i < program.risks.size(); ++i) {
    const std::vector<Setting>& settings = program.risks[i].settings;
    if (!std::all_of(settings.begin(), settings.end(),
                     [&](const Setting& each) { return is_fixed(each.value); }))
      continue;
    RiskInstance risk;
    risk.definition = i;
    risk.scope = &evaluator.scopes.product();
    all[i] = evaluator.values.rating_of(program.inherent, context_of(risk));
  }
  return all;
}

}  // namespace riskd::engine
