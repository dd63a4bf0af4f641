#include "engine/evaluate/questions.hpp"

#include <cmath>
#include <optional>

#include "engine/base/limits.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/evaluate/values.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::engine {

Questions::Questions(const Basis& basis, const Scopes& scopes, Values& values)
    : basis_(basis),
      program_(basis.program),
      dependencies_(basis.dependencies),
      scopes_(scopes),
      values_(values) {}

Value Questions::asked(std::uint32_t index, ScopeInstance& scope) {
  const NodeId ask_when = program_.questions[index].ask_when;
  if (ask_when == no_node) return Value::truth(true);
  return as_truth(values_.eval(ask_when, context_of(scope)));
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

Value Questions::value(std::uint32_t index, ScopeInstance& scope) {
  const std::uint32_t slot = dependencies_.question_slot[index];
  const std::uint8_t code = scope.questions[slot];
  if (code < limits::choices) return Value::of(code);
  if (code == question_code::none) return Value::none();
  const Type type = program_.questions[index].type;
  if (code == question_code::unknown) return program_.unknown_of(type);
  if (code == question_code::wide) return scope.wide.at(slot);
  const Value value = compute(index, scope);
  // A set is known by its bits alone.
  const auto small =
      type.base == Base::set && value.known() ? std::nullopt : code_of(program_, type, value);
  scope.questions[slot] = small.value_or(question_code::wide);
  if (!small) scope.wide[slot] = value;
  return value;
}

Value Questions::compute(std::uint32_t index, ScopeInstance& scope) {
  const Question& definition = program_.questions[index];
  const Applies is_asked =
      definition.ask_when == no_node ? Applies::yes : values_.truth_of(definition.ask_when, scope);
  scope.asked[dependencies_.question_slot[index]] = is_asked;
  if (is_asked == Applies::no) return Value::none();
  if (is_asked == Applies::yes) {
    if (const auto* given = scopes_.answer(index, scope))
      return raw_value(program_, definition.type, given->value);
    if (definition.default_value != no_node && !basis_.without_defaults)
      return values_.eval(definition.default_value, {});
  }
  return program_.unknown_of(definition.type);
}

}  // namespace riskd::engine
