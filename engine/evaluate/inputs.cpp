// Questions, fields, attributes, built-in names, and what rows read of the outside.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/base/limits.hpp"
#include "engine/evaluate/evaluator.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::engine {

Value Evaluator::asked(std::uint32_t index, ScopeInstance& scope) {
  const Question& definition = program_.questions[index];
  if (definition.ask_when == no_node) return Value::truth(true);
  Context context;
  if (!scope.is_product()) context.component = &scope;
  return as_truth(eval(definition.ask_when, context));
}

const Stamped<RawValue>* Evaluator::answer(std::uint32_t index, const ScopeInstance& scope) const {
  return scope.given.find(dependencies_.question_slot[index]);
}

// The newest answer, if it is one under this policy.
const Stamped<RawValue>* Evaluator::fitting_answer(const Question& question,
                                                   const ScopeInstance& scope) const {
  const Stamped<RawValue>* newest = newest_answer(*scope.answers, question);
  return newest != nullptr && fits(program_, question.type, newest->value) ? newest : nullptr;
}

// The newest answer, if it is none under this policy: its choice is gone, or its type.
const Stamped<RawValue>* Evaluator::lost_answer(std::uint32_t index,
                                                const ScopeInstance& scope) const {
  const Question& question = program_.questions[index];
  const Stamped<RawValue>* newest = newest_answer(*scope.answers, question);
  return newest != nullptr && !fits(program_, question.type, newest->value) ? newest : nullptr;
}

// Once it was posted.
void Evaluator::find_answer(std::uint32_t index, ScopeInstance& scope) {
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
void Evaluator::find_answers(ScopeInstance& scope) {
  const auto& questions = dependencies_.questions_in[Dependencies::scope_of(scope.component_type)];
  scope.given.replace([&](std::uint32_t slot) {
    return fitting_answer(program_.questions[questions[slot]], scope);
  });
}

bool Evaluator::answered(std::uint32_t index, const ScopeInstance& scope) const {
  return answer(index, scope) != nullptr;
}

namespace {

// The code of a value, where a byte can hold it.
std::optional<std::uint8_t> code_of(const Program& program, Type type, const Value& value) {
  if (value.is_none()) return question_code::none;
  if (value.known() && value.bits == 0 && value.lo >= 0 && value.lo < limits::choices) {
    const auto code = static_cast<std::uint8_t>(value.lo);
    if (static_cast<double>(code) == value.lo && !std::signbit(value.lo)) return code;
  }
  if (value == program.unknown_of(type)) return question_code::unknown;
  return std::nullopt;
}

}  // namespace

Value Evaluator::question(std::uint32_t index, ScopeInstance& scope) {
  const std::uint32_t slot = dependencies_.question_slot[index];
  const std::uint8_t code = scope.questions[slot];
  if (code < limits::choices) return Value::of(code);
  if (code == question_code::none) return Value::none();
  const Type type = program_.questions[index].type;
  if (code == question_code::unknown) return program_.unknown_of(type);
  if (code == question_code::wide) return scope.wide.at(slot);
  const Value value = compute_question(index, scope);
  // A set is known by its bits alone.
  const auto small =
      type.base == Base::set && value.known() ? std::nullopt : code_of(program_, type, value);
  scope.questions[slot] = small.value_or(question_code::wide);
  if (!small) scope.wide[slot] = value;
  return value;
}

Value Evaluator::compute_question(std::uint32_t index, ScopeInstance& scope) {
  const Question& definition = program_.questions[index];
  const Applies is_asked =
      definition.ask_when == no_node ? Applies::yes : truth_of(definition.ask_when, scope);
  scope.asked[dependencies_.question_slot[index]] = is_asked;
  if (is_asked == Applies::no) return Value::none();
  if (is_asked == Applies::yes) {
    if (const auto* given = answer(index, scope))
      return raw_value(program_, definition.type, given->value);
    if (definition.default_value != no_node && !without_defaults_)
      return eval(definition.default_value, {});
  }
  return program_.unknown_of(definition.type);
}

Value Evaluator::field(std::uint32_t index, const Context& context) {
  const Field& definition = program_.fields[index];
  const ScopeInstance* scope =
      definition.kind == Kind::product ? &product_scope() : context.component;
  if (scope == nullptr) return Value::none();
  if (const auto* given = given_field(definition, *scope))
    return raw_value(program_, definition.type, given->value);
  if (definition.default_value != no_node && !without_defaults_)
    return eval(definition.default_value, {});
  return program_.unknown_of(definition.type);
}

const Stamped<RawValue>* newest_field(const Field& field, const ScopeInstance& scope) {
  return newest_value(*scope.fields, field);
}

const Stamped<RawValue>* Evaluator::given_field(const Field& field,
                                                const ScopeInstance& scope) const {
  const Stamped<RawValue>* newest = newest_field(field, scope);
  return newest != nullptr && fits(program_, field.type, newest->value) ? newest : nullptr;
}

std::string field_id(const Field& field, const ScopeInstance& scope) {
  return scope.is_product() ? "product." + field.name : scope.id + "/component." + field.name;
}

Instance* instance_of(Kind kind, const Context& context) {
  if (kind == Kind::risk) return context.risk;
  if (kind == Kind::weakness) return context.weakness;
  return context.countermeasure;
}

std::span<const Setting> Evaluator::settings_of(Kind kind, std::uint32_t definition) const {
  return kind == Kind::risk       ? program_.risks[definition].settings
         : kind == Kind::weakness ? program_.weaknesses[definition].settings
                                  : program_.countermeasures[definition].settings;
}

Value Evaluator::attribute(std::uint32_t index, const Context& context, bool* assumed) {
  const Attribute& definition = program_.attributes[index];
  Instance* instance = instance_of(definition.kind, context);
  if (instance == nullptr) return Value::none();
  if (assumed == nullptr) {
    if (const Value* known = instance->memo.find(memo_key::of_attribute(index))) return *known;
  }
  const std::span<const Setting> settings = settings_of(definition.kind, instance->definition);
  const Value standard = eval(definition.default_value, {});
  Value value = standard;
  const Stamped<DecisionFact>* set =
      instance->decided != nullptr ? decision(*instance, "set:" + definition.name) : nullptr;
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

Value Evaluator::builtin(const Node& node, const Context& context) {
  const auto number = [](double value) { return Value::of(value); };
  switch (static_cast<Builtin>(node.a)) {
    case Builtin::approved: {
      switch (static_cast<Kind>(node.b)) {
        case Kind::product: {
          for (CountermeasureInstance* each : all_countermeasures()) {
            if (state(*each) == State::required && !approved(*each)) return Value::truth(false);
          }
          return Value::truth(product_->approval.has_value() && !is_any_field_missing());
        }
        case Kind::risk:
          return Value::truth(context.risk != nullptr && approved(*context.risk));
        case Kind::weakness:
          return Value::truth(context.weakness != nullptr && approved(*context.weakness));
        default:
          return Value::truth(context.countermeasure != nullptr &&
                              approved(*context.countermeasure));
      }
    }
    case Builtin::rating:
      return program_.product_rating == no_index ? number(0)
                                                 : number(rating_of(program_.product_rating, {}));
    case Builtin::band: {
      double rated = 0;
      if (static_cast<Kind>(node.b) == Kind::risk) {
        if (context.risk == nullptr) return Value::none();
        adjust(*context.risk);
        rated = context.risk->current;
      } else if (program_.product_rating != no_index) {
        rated = rating_of(program_.product_rating, {});
      }
      const auto& steps = program_.enums[program_.bands.enumeration].steps;
      double index = 0;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        if (rated >= steps[i].number) index = static_cast<double>(i);
      }
      return number(index);
    }
    case Builtin::type:
      return context.component == nullptr ? Value::none()
                                          : number(context.component->component_type);
    case Builtin::inherent:
      return context.risk == nullptr || program_.inherent == no_index
                 ? number(0)
                 : number(rating_of(program_.inherent, context));
    case Builtin::current:
      if (context.risk == nullptr) return Value::none();
      adjust(*context.risk);
      return number(context.risk->current);
    case Builtin::projected:
      if (context.risk == nullptr) return Value::none();
      adjust(*context.risk);
      return number(context.risk->projected);
    case Builtin::accepted_until: {
      if (context.risk == nullptr) return Value::none();
      const auto* accepted = decision(*context.risk, "accepted");
      if (accepted == nullptr || !accepted->value.until) return Value::none();
      return number(static_cast<double>(start_of(*accepted->value.until).ms / 1000));
    }
    case Builtin::accepted_inherent: {
      if (context.risk == nullptr) return Value::none();
      const auto* accepted = decision(*context.risk, "accepted");
      if (accepted == nullptr) return Value::none();
      const auto& inherent = accepted->value.accepted_inherent;
      return inherent ? number(*inherent) : Value::range(0, 100);
    }
    case Builtin::cwe:
      return context.weakness == nullptr
                 ? Value::none()
                 : number(program_.weaknesses[context.weakness->definition].cwe);
    case Builtin::tested: {
      const bool of_weakness = static_cast<Kind>(node.b) == Kind::weakness;
      const Shape& shape = dependencies_.shape;
      if (of_weakness ? context.weakness == nullptr : context.countermeasure == nullptr)
        return Value::none();
      return number(
          of_weakness
              ? tested_code(context.weakness->tested,
                            shape.weakness_has_test[context.weakness->definition])
              : tested_code(context.countermeasure->tested,
                            shape.countermeasure_has_test[context.countermeasure->definition]));
    }
    case Builtin::state:
      return context.countermeasure == nullptr ? Value::none()
                                               : number(state_code(*context.countermeasure));
    case Builtin::mitigates: {
      if (context.countermeasure == nullptr) return Value::none();
      double most = 0;
      for (const auto& [use, weakness] : uses_of(*context.countermeasure)) {
        if (context.use != no_index && use != context.use) continue;
        for (RiskInstance* risk : risks_of(*weakness)) {
          if (context.use != no_index && context.risk != nullptr && risk != context.risk) continue;
          most = std::max(most, share(use, *risk, *weakness, *context.countermeasure));
        }
      }
      return number(most);
    }
    default:
      return number(0);  // texts: known; read by text()
  }
}

Value Evaluator::record_value(const Node& node, const Context& context) const {
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
    default: {
      const auto it = record.texts.find(node.a);
      if (it == record.texts.end()) return Value::none();
      const auto value = step_value(program_, node.type, it->second);
      return value ? Value::of(*value) : Value::none();
    }
  }
}

}  // namespace riskd::engine
