// One product, evaluated: scopes, the elements that apply, and the values of expressions, computed when
// first asked for and kept until a change touches them. Used inside engine/ only.
//
// Each part has its own subject and keeps its own state; its header says what is true of that between updates. A
// part is given the parts that it asks. Values, states and ratings ask each other: the policy's checks make sure
// that no value waits for itself.
//
// After a batch of facts an Update finds, along the program's dependencies, what may have another value,
// forgets it, and computes it again; what comes out as it was touches nothing further (engine/update/).
#pragma once

#include <optional>

#include "engine/evaluate/aggregates.hpp"
#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/bound_tests.hpp"
#include "engine/evaluate/builtins.hpp"
#include "engine/evaluate/decisions.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/known_tickets.hpp"
#include "engine/evaluate/neighbours.hpp"
#include "engine/evaluate/open_questions.hpp"
#include "engine/evaluate/patterns.hpp"
#include "engine/evaluate/questions.hpp"
#include "engine/evaluate/risk_ratings.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/evaluate/states.hpp"
#include "engine/evaluate/texts.hpp"
#include "engine/evaluate/values.hpp"
#include "engine/evaluate/verdicts.hpp"
#include "engine/evaluate/wanted_tickets.hpp"

namespace riskd::engine {

// Of one thread at a time.
struct Evaluator {
  // Elements that apply, and what tests say of them; all else when it is asked for. `shadow_of`: it has the
  // elements of that evaluation, whatever its own conditions say, and assumes no defaults.
  Evaluator(const Program& program, const Product& product, Instant now,
            const Evaluator* shadow_of = nullptr, Trace* trace = nullptr);
  // Scopes alone: conditions may be asked of them, and nothing applies.
  explicit Evaluator(const Basis& basis);
  // The same evaluation, of a product that has the same facts.
  Evaluator(const Evaluator& other, const Product& product);
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;
  ~Evaluator();

  // From now on it reads `product`, which has the same facts.
  void read_from(const Product& product);
  // Computes everything, for updates to come (update/update.hpp).
  void compute_all();
  // When time alone will change something.
  std::optional<Instant> next_change() const;

  const Program& program() const { return basis.program; }
  const Product& product() const { return *basis.product; }
  const Dependencies& dependencies() const { return basis.dependencies; }

  Basis basis;
  Scopes scopes;
  Elements elements;
  Decisions decisions;
  Verdicts verdicts;
  BoundTests tests;
  Questions questions;
  Patterns patterns;
  Values values;
  Builtins builtins;
  Aggregates aggregates;
  Texts texts;
  KnownTickets known_tickets;
  States states;
  RiskRatings ratings;
  WantedTickets wanted_tickets;
  OpenQuestions open_questions;
  double rating = 0;  // of the product, when compute_all() or an update ended last

 private:
  struct Empty {};
  Evaluator(const Basis& basis, Empty);  // no scopes
  void build(const Evaluator* shadow_of);
};

}  // namespace riskd::engine
