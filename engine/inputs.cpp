// Questions, fields, attributes, built-in names, and what rows read of the outside.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/answers.hpp"
#include "engine/evaluator.hpp"
#include "engine/limits.hpp"

namespace riskd::engine {

namespace {

std::optional<double> duration_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (unit.ends_with('s')) unit.remove_suffix(1);
  if (unit == "minute") return number * 60;
  if (unit == "hour") return number * 3600;
  if (unit == "day") return number * 86'400;
  return std::nullopt;
}

// By the name of a step, or one that it had.
std::optional<double> step_value(const Program& program, Type type, std::string_view name) {
  const std::vector<EnumStep>& steps = program.enums[type.of].steps;
  const auto value_of = [&](auto step) {
    return type.base == Base::scale ? step->number : static_cast<double>(step - steps.begin());
  };
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    if (step->name == name) return value_of(step);
  }
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    if (std::find(step->was.begin(), step->was.end(), name) != step->was.end())
      return value_of(step);
  }
  return std::nullopt;
}

}  // namespace

// Whether it is a value of the type: the policy may have changed since it was posted. Of an any-of one
// choice that is still there is enough, and so is an empty one.
bool Evaluator::fits(Type type, const RawValue& raw) const {
  const Value value = raw_value(type, raw);
  if (!value.known()) return false;
  const auto* names = std::get_if<std::vector<std::string>>(&raw);
  return type.base != Base::set || value.bits != 0 || (names != nullptr && names->empty());
}

// Of an any-of the chosen that are no choices any more; no value where there are none.
RawValue Evaluator::gone_choices(Type type, const RawValue& raw) const {
  const auto* names = std::get_if<std::vector<std::string>>(&raw);
  if (type.base != Base::set || names == nullptr) return {};
  std::vector<std::string> gone;
  for (const std::string& name : *names) {
    if (!step_value(program_, {Base::choice, type.of}, name)) gone.push_back(name);
  }
  return gone.empty() ? RawValue{} : RawValue{std::move(gone)};
}

// What does not fit its type is unknown.
Value Evaluator::raw_value(Type type, const RawValue& raw) const {
  const auto unknown = [&] { return program_.unknown_of(type); };
  if (std::holds_alternative<std::monostate>(raw)) return unknown();
  switch (type.base) {
    case Base::truth:
      if (const bool* value = std::get_if<bool>(&raw)) return Value::truth(*value);
      if (const auto* text = std::get_if<std::string>(&raw)) {
        if (*text == "yes" || *text == "true") return Value::truth(true);
        if (*text == "no" || *text == "false") return Value::truth(false);
      }
      return unknown();
    case Base::number:
    case Base::percent:
      if (const double* value = std::get_if<double>(&raw);
          value != nullptr && std::isfinite(*value))
        return Value::of(*value);
      if (const auto* text = std::get_if<std::string>(&raw)) {
        double number = 0;
        const auto [end, error] =
            std::from_chars(text->data(), text->data() + text->size(), number);
        if (error == std::errc() && std::isfinite(number)) {
          if (end == text->data() + text->size()) return Value::of(number);
          if (*end == '%' && end + 1 == text->data() + text->size()) return Value::of(number / 100);
        }
      }
      return unknown();
    case Base::choice:
    case Base::scale:
      if (const auto* text = std::get_if<std::string>(&raw)) {
        if (const auto value = step_value(program_, type, *text)) return Value::of(*value);
      }
      return unknown();
    case Base::set: {
      std::vector<std::string> names;
      if (const auto* list = std::get_if<std::vector<std::string>>(&raw))
        names = *list;
      else if (const auto* text = std::get_if<std::string>(&raw))
        names = {*text};
      else
        return unknown();
      std::uint64_t bits = 0;
      for (const std::string& name : names) {
        const auto value = step_value(program_, {Base::choice, type.of}, name);
        if (value) bits |= std::uint64_t{1} << static_cast<unsigned>(*value);
      }
      return Value::set(bits);
    }
    case Base::text:
      return std::holds_alternative<std::string>(raw) ? Value::of(0) : unknown();
    case Base::date:
      if (const auto* text = std::get_if<std::string>(&raw)) {
        if (const auto day = parse_date(*text))
          return Value::of(static_cast<double>(start_of(*day).ms / 1000));
      }
      return unknown();
    case Base::duration:
      if (const auto* text = std::get_if<std::string>(&raw)) {
        if (const auto seconds = duration_of(*text)) return Value::of(*seconds);
      }
      return unknown();
    default:
      return unknown();
  }
}

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
  return newest != nullptr && fits(question.type, newest->value) ? newest : nullptr;
}

// The newest answer, if it is none under this policy: its choice is gone, or its type.
const Stamped<RawValue>* Evaluator::lost_answer(std::uint32_t index,
                                                const ScopeInstance& scope) const {
  const Question& question = program_.questions[index];
  const Stamped<RawValue>* newest = newest_answer(*scope.answers, question);
  return newest != nullptr && !fits(question.type, newest->value) ? newest : nullptr;
}

// Once it was posted.
void Evaluator::find_answer(std::uint32_t index, ScopeInstance& scope) {
  const std::uint32_t slot = dependencies_.question_slot[index];
  const Question& definition = program_.questions[index];
  // Under one id the entry of the facts stays what it was.
  const Stamped<RawValue>* known = definition.was.empty() ? scope.given.find(slot) : nullptr;
  if (known != nullptr && fits(definition.type, known->value)) return;
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
    if (const auto* given = answer(index, scope)) return raw_value(definition.type, given->value);
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
    return raw_value(definition.type, given->value);
  if (definition.default_value != no_node && !without_defaults_)
    return eval(definition.default_value, {});
  return program_.unknown_of(definition.type);
}

const Stamped<RawValue>* Evaluator::newest_field(const Field& field, const ScopeInstance& scope) {
  const Stamped<RawValue>* newest = nullptr;
  const auto look = [&](const std::string& name) {
    const auto found = scope.fields->find(name);
    if (found == scope.fields->end()) return;
    if (newest == nullptr || is_older(newest->from, found->second.from)) newest = &found->second;
  };
  look(field.name);
  for (const std::string& was : field.was) look(was);
  const bool taken_back =
      newest != nullptr && std::holds_alternative<std::monostate>(newest->value);
  return taken_back ? nullptr : newest;
}

const Stamped<RawValue>* Evaluator::given_field(const Field& field,
                                                const ScopeInstance& scope) const {
  const Stamped<RawValue>* newest = newest_field(field, scope);
  return newest != nullptr && fits(field.type, newest->value) ? newest : nullptr;
}

std::string Evaluator::field_id(const Field& field, const ScopeInstance& scope) {
  return scope.is_product() ? "product." + field.name : scope.id + "/component." + field.name;
}

Instance* Evaluator::instance_of(Kind kind, const Context& context) {
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
      set == nullptr ? Value::unknown() : raw_value(definition.type, set->value.value);
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
