#include "engine/evaluate/evaluator.hpp"

#include <algorithm>

namespace riskd::engine {

namespace {

// What a cell of the policy is a formula of: whether the product has something of that.
bool is_in_use(const Evaluator& evaluator, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::pattern: {
      const std::uint32_t type = evaluator.program().patterns[cell.index].component_type;
      return std::any_of(evaluator.scopes.begin(), evaluator.scopes.end(),
                         [&](const auto& scope) { return scope->component_type == type; });
    }
    case Cell::Kind::risk:
    case Cell::Kind::every_risk:
      return evaluator.elements.blocks().count<RiskInstance>() > 0;
    case Cell::Kind::weakness:
      return evaluator.elements.blocks().count<WeaknessInstance>() > 0;
    case Cell::Kind::countermeasure:
      return evaluator.elements.blocks().count<CountermeasureInstance>() > 0;
    case Cell::Kind::question:
    case Cell::Kind::let:
    case Cell::Kind::rating:
    case Cell::Kind::ticket:
      return true;
  }
  return true;
}

}  // namespace

// Parts that ask each other are given each other before they are made; none asks while it is made.
Evaluator::Evaluator(const Basis& of, Empty)
    : basis(of),
      scopes(basis),
      elements(basis, scopes, tests),
      decisions(basis, scopes, elements),
      verdicts(basis, values),
      tests(basis, scopes, elements, decisions, verdicts),
      questions(basis, scopes, values),
      patterns(basis, scopes, questions, values),
      values(basis, {scopes, decisions, questions, builtins, aggregates, texts, states}),
      builtins(basis, {scopes, elements, decisions, values, states, ratings}),
      aggregates(basis, scopes, elements, values, ratings),
      texts(basis, {scopes, decisions, values, builtins, aggregates, states}),
      known_tickets(basis, scopes, elements, values),
      states(basis, decisions, known_tickets, values),
      ratings(basis, decisions, values, states),
      wanted_tickets(basis, {elements, decisions, known_tickets, values}),
      open_questions(basis, scopes, questions, values, aggregates) {}

Evaluator::Evaluator(const Program& program, const Product& product, Instant now,
                     const Evaluator* shadow_of, Trace* trace)
    : Evaluator(Basis{program, *program.dependencies, &product, now, trace, shadow_of != nullptr}) {
  build(shadow_of);
}

Evaluator::Evaluator(const Basis& of) : Evaluator(of, Empty{}) { scopes.make(); }

Evaluator::Evaluator(const Evaluator& other, const Product& product)
    : Evaluator(Basis{other.basis.program, other.basis.dependencies, &product, other.basis.now,
                      nullptr, other.basis.without_defaults},
                Empty{}) {
  scopes.copy(other.scopes);
  elements.copy(other.elements);
  decisions.copy(other.decisions);
  known_tickets.copy(other.known_tickets);
  wanted_tickets.copy(other.wanted_tickets);
  tests.copy(other.tests);
  aggregates.copy(other.aggregates);
  rating = other.rating;
}

Evaluator::~Evaluator() = default;

void Evaluator::build(const Evaluator* shadow_of) {
  decisions.await_ends();
  decisions.read();
  known_tickets.read();
  if (basis.trace == nullptr) patterns.compute_all();
  for (std::size_t s = 0; s < scopes.size(); ++s) {
    ScopeInstance& scope = scopes.at(s);
    const auto& numbers = dependencies().patterns_in[Dependencies::scope_of(scope.component_type)];
    for (std::size_t slot = 0; slot < numbers.size(); ++slot) {
      if (basis.trace != nullptr) scope.patterns[slot] = patterns.compute(numbers[slot], scope);
      const Applies applies =
          shadow_of != nullptr ? shadow_of->scopes.at(s).patterns[slot] : scope.patterns[slot];
      if (applies == Applies::yes) elements.add(scope, numbers[slot]);
    }
  }
  if (shadow_of == nullptr) tests.bind_all();
}

void Evaluator::read_from(const Product& product) {
  basis.product = &product;
  scopes.read_again();
  decisions.read();
  known_tickets.read();
  tests.read_again();
}

void Evaluator::compute_all() {
  for (RiskInstance* risk : elements.all<RiskInstance>()) {
    ratings.adjust(*risk);
    risk->is_new = false;
  }
  for (WeaknessInstance* weakness : elements.all<WeaknessInstance>()) {
    weakness->last_tested = weakness->tested;
    weakness->is_new = false;
  }
  for (CountermeasureInstance* measure : elements.all<CountermeasureInstance>()) {
    states.of(*measure);
    measure->last_tested = measure->tested;
    measure->is_new = false;
  }
  rating = values.product_rating();
  wanted_tickets.compute();
}

std::optional<Instant> Evaluator::next_change() const {
  std::optional<Instant> next;
  const auto consider = [&](std::optional<Instant> moment) {
    if (moment && (!next || *moment < *next)) next = moment;
  };
  consider(decisions.next_end());
  consider(tests.next_stale());
  const auto& readers = dependencies().of_today;
  if (std::any_of(readers.begin(), readers.end(),
                  [&](const Cell& cell) { return is_in_use(*this, cell); }))
    consider(start_of(Date{date_of(basis.now).days + 1}));
  return next;
}

}  // namespace riskd::engine
