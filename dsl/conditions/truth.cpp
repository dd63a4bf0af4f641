#include "dsl/conditions/truth.hpp"

namespace riskd::dsl {
using engine::Value;

Diagram no_of(DecisionDiagrams& diagrams, const Truth& truth) {
  return truth.no == Truth::complement ? diagrams.negated(truth.yes) : truth.no;
}

Diagram unknown_of(DecisionDiagrams& diagrams, const Truth& truth) {
  if (truth.no == Truth::complement) return nowhere;
  return diagrams.negated(diagrams.either(truth.yes, truth.no));
}

void add(DecisionDiagrams& diagrams, Cases& cases, Diagram when, const Value& value,
         std::uint32_t symbol) {
  if (when == nowhere) return;
  for (Case& each : cases) {
    if (each.value == value && each.symbol == symbol) {
      each.when = diagrams.either(each.when, when);
      return;
    }
  }
  cases.push_back({when, value, symbol});
}

void add_all(DecisionDiagrams& diagrams, Cases& cases, Diagram when, const Cases& others) {
  for (const Case& each : others)
    add(diagrams, cases, diagrams.both(when, each.when), each.value, each.symbol);
}

Case hull_of(const Case& a, const Case& b) {
  Case made{nowhere, engine::hull(a.value, b.value), 0};
  if (!made.value.is_none())
    made.symbol = a.symbol == b.symbol ? a.symbol
                  : a.symbol == 0      ? b.symbol
                  : b.symbol == 0      ? a.symbol
                                       : Case::mixed;
  return made;
}

Truth as_truth(DecisionDiagrams& diagrams, const Cases& cases) {
  Truth result{nowhere, nowhere};
  bool total = true;
  for (const Case& each : cases) {
    if (each.value.is_true()) {
      result.yes = diagrams.either(result.yes, each.when);
    } else if (each.value.is_unknown()) {
      total = false;
    }
  }
  if (total) return {result.yes, Truth::complement};
  for (const Case& each : cases) {
    if (each.value.is_none() || each.value.is_false())
      result.no = diagrams.either(result.no, each.when);
  }
  return result;
}

Cases cases_of(DecisionDiagrams& diagrams, const Truth& truth) {
  Cases found;
  add(diagrams, found, truth.yes, Value::of(1), 0);
  add(diagrams, found, no_of(diagrams, truth), Value::of(0), 0);
  add(diagrams, found, unknown_of(diagrams, truth), Value::unknown_truth(), 0);
  return found;
}

}  // namespace riskd::dsl
