// The parts of an update, along Program::dependencies, in this order:
//
//   questions and early lets, by rank · patterns · the elements that they bring and take away ·
//   what tests say of elements · elements, with their neighbours · late lets and ratings · tickets
//
// A cell of the first two, and each group as a whole, goes no further where it comes out as it was. To follow what a
// change touches is cheaper than a pass over all, however much that is (rows `E` of ./dev bench).
#include "engine/update/update.hpp"

#include <algorithm>
#include <utility>

#include "engine/update/difference.hpp"

namespace riskd::engine {

Deltas Update::bring_to(Instant now) {
  evaluator_.scopes.forget_missing_fields();
  evaluator_.elements.watch(&elements_);
  for (const TicketKey& key : touched_.tickets) evaluator_.known_tickets.read(key);
  facts_.pass_time(std::max(now, evaluator_.basis.now));
  cells_.compute();
  elements_.change();
  facts_.bind_tests();
  elements_.close_over();
  elements_.compute();
  tickets_.compute();
  elements_.finish();
  tickets_.finish();
  evaluator_.elements.watch(nullptr);
  Deltas deltas = std::move(touched_.deltas);
  sort_by_element(deltas.tickets);
  reset();
  return deltas;
}

void Touched::clear() {
  everything = approvals = late = all_elements = has_risk_ended = false;
  clear_all(elements, templates, begins, ends, moving, gone, risks, weaknesses, measures, tickets);
  deltas = {};
}

void Update::reset() {
  touched_.clear();
  facts_.reset();
  cells_.reset();
}

}  // namespace riskd::engine
