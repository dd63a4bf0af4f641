// One change: facts come in, the cells that they touch are computed again, and what came out differently is reported.
// Used inside engine/update/ only.
#pragma once

#include "engine/evaluate/evaluator.hpp"
#include "engine/update/cell_update.hpp"
#include "engine/update/element_update.hpp"
#include "engine/update/fact_touches.hpp"
#include "engine/update/ticket_update.hpp"
#include "engine/update/touched.hpp"

namespace riskd::engine {

class Update {
 public:
  // Of an evaluation that computed everything, and that outlives it.
  explicit Update(Evaluator& evaluator)
      : evaluator_(evaluator),
        cells_(evaluator, touched_),
        facts_(evaluator, touched_, cells_),
        elements_(evaluator, touched_),
        tickets_(evaluator, touched_) {}

  // Before a fact is folded: FactTouches::expect.
  void expect(const Fact& fact) { facts_.expect(fact); }
  // Whether only a whole evaluation is right: what was expected cannot be followed.
  bool needs_whole() const {
    return touched_.everything || evaluator_.dependencies().model_reads.conditions_read_model;
  }
  // Brings the evaluation to `now`, or to where it is if that is later, after the facts were folded; what is
  // different then. Not where a whole evaluation is needed. Afterwards nothing is expected.
  Deltas bring_to(Instant now);

 private:
  void reset();

  Evaluator& evaluator_;
  Touched touched_;
  CellUpdate cells_;
  FactTouches facts_;
  ElementUpdate elements_;
  TicketUpdate tickets_;
};

}  // namespace riskd::engine
