#include "engine/evaluate/builtins.hpp"

#include <algorithm>

#include "engine/evaluate/decisions.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/neighbours.hpp"
#include "engine/evaluate/risk_ratings.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/evaluate/states.hpp"
#include "engine/evaluate/values.hpp"

namespace riskd::engine {

Builtins::Builtins(const Basis& basis, const Parts& parts)
    : basis_(basis), program_(basis.program), parts_(parts) {}

Value Builtins::value(const Node& node, const Context& context) {
  const auto which = static_cast<Builtin>(node.a);
  const auto kind = static_cast<Kind>(node.b);
  switch (which) {
    case Builtin::approved:
      return approved(kind, context);
    case Builtin::rating:
      return Value::of(parts_.values.product_rating());
    case Builtin::band:
      return band(kind, context);
    case Builtin::type:
      return context.component == nullptr ? Value::none()
                                          : Value::of(context.component->component_type);
    case Builtin::inherent:
      return context.risk == nullptr || program_.inherent == no_index
                 ? Value::of(0)
                 : Value::of(parts_.values.rating_of(program_.inherent, context));
    case Builtin::current:
    case Builtin::projected:
      return rated(which, context);
    case Builtin::accepted_until:
    case Builtin::accepted_inherent:
      return accepted(which, context);
    case Builtin::cwe:
      return context.weakness == nullptr
                 ? Value::none()
                 : Value::of(program_.weaknesses[context.weakness->definition].cwe);
    case Builtin::tested:
      return tested(kind, context);
    case Builtin::state:
      return context.countermeasure == nullptr
                 ? Value::none()
                 : Value::of(parts_.states.code(*context.countermeasure));
    case Builtin::mitigates:
      return mitigates(context);
    case Builtin::id:
    case Builtin::title:
    case Builtin::component:
    case Builtin::reason:
    case Builtin::failing_tests:
    case Builtin::run:
    case Builtin::guide:
    case Builtin::standards:
    case Builtin::run_name:
    case Builtin::run_at:
    case Builtin::run_url:
    case Builtin::failures:
      return Value::of(0);  // a text
  }
  return Value::of(0);
}

Value Builtins::approved(Kind kind, const Context& context) {
  const Decisions& decisions = parts_.decisions;
  switch (kind) {
    case Kind::product:
      for (CountermeasureInstance* each : parts_.elements.all<CountermeasureInstance>()) {
        if (parts_.states.of(*each) == State::required && !decisions.approved(*each))
          return Value::truth(false);
      }
      return Value::truth(basis_.product->approval.has_value() &&
                          !parts_.scopes.is_any_field_missing());
    case Kind::risk:
      return Value::truth(context.risk != nullptr && decisions.approved(*context.risk));
    case Kind::weakness:
      return Value::truth(context.weakness != nullptr && decisions.approved(*context.weakness));
    case Kind::component:
    case Kind::countermeasure:
    case Kind::run:
      return Value::truth(context.countermeasure != nullptr &&
                          decisions.approved(*context.countermeasure));
  }
  return Value::truth(false);
}

// The index of the step that a risk's or the product's rating reaches.
Value Builtins::band(Kind kind, const Context& context) {
  double rating = 0;
  if (kind == Kind::risk) {
    if (context.risk == nullptr) return Value::none();
    parts_.ratings.adjust(*context.risk);
    rating = context.risk->current;
  } else {
    rating = parts_.values.product_rating();
  }
  const auto& steps = program_.enums[program_.bands.enumeration].steps;
  double index = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (rating >= steps[i].number) index = static_cast<double>(i);
  }
  return Value::of(index);
}

Value Builtins::rated(Builtin which, const Context& context) {
  if (context.risk == nullptr) return Value::none();
  parts_.ratings.adjust(*context.risk);
  return Value::of(which == Builtin::current ? context.risk->current : context.risk->projected);
}

Value Builtins::accepted(Builtin which, const Context& context) {
  if (context.risk == nullptr) return Value::none();
  const auto* accepted = parts_.decisions.of(*context.risk, "accepted");
  if (accepted == nullptr) return Value::none();
  const DecisionFact& fact = accepted->value;
  if (which == Builtin::accepted_inherent)
    return fact.accepted_inherent ? Value::of(*fact.accepted_inherent) : Value::range(0, 100);
  if (!fact.until) return Value::none();
  return Value::of(static_cast<double>(start_of(*fact.until).ms / 1000));
}

Value Builtins::tested(Kind kind, const Context& context) {
  const Shape& shape = basis_.dependencies.shape;
  const auto code = [&](const auto* element, const auto& has_test) {
    return element == nullptr
               ? Value::none()
               : Value::of(parts_.states.code(element->tested, has_test[element->definition]));
  };
  return kind == Kind::weakness ? code(context.weakness, shape.weakness_has_test)
                                : code(context.countermeasure, shape.countermeasure_has_test);
}

// The greatest share of all uses, or of the one that is asked.
Value Builtins::mitigates(const Context& context) {
  if (context.countermeasure == nullptr) return Value::none();
  double most = 0;
  for (const auto& [use, weakness] : uses_of(*context.countermeasure)) {
    if (context.use != no_index && use != context.use) continue;
    for (RiskInstance* risk : risks_of(*weakness)) {
      if (context.use != no_index && context.risk != nullptr && risk != context.risk) continue;
      most = std::max(most, parts_.ratings.share(use, *risk, *weakness, *context.countermeasure));
    }
  }
  return Value::of(most);
}

}  // namespace riskd::engine
