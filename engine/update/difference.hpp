// What is different between two evaluations. Used inside engine/update/ only.
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

// What is different in `after` from `before`: the same product, perhaps later, or under another program. Both have
// computed everything. Null: from nothing.
Deltas difference(const Evaluator* before, const Evaluator& after);

inline void sort_by_element(std::vector<TicketChange>& tickets) {
  std::sort(tickets.begin(), tickets.end(), [](const TicketChange& a, const TicketChange& b) {
    return std::tie(a.ticket, a.element) < std::tie(b.ticket, b.element);
  });
}

}  // namespace riskd::engine
