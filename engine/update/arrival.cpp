#include "engine/update/arrival.hpp"

#include "engine/facts/stamps.hpp"
#include "engine/update/complete.hpp"

namespace riskd::engine {

void arrive(Product& product, const Arrival& arrival) {
  each_stamp(product, [&](Provenance& from) {
    if (from.seq <= arrival.after) return;
    from.seq += arrival.later;
    // What speaks of an earlier time arrived at another one than that.
    Instant& arrived = from.received.ms == 0 ? from.at : from.received;
    if (arrived == arrival.expected) arrived = arrival.at;
  });
  if (product.last_seq > arrival.after) product.last_seq += arrival.later;
}

bool may_arrive_later(const FactBody& body) {
  return !is_incomplete(body) &&
         (std::holds_alternative<ProductFact>(body) || std::holds_alternative<AnswersFact>(body) ||
          std::holds_alternative<FieldsFact>(body) || std::holds_alternative<ComponentFact>(body) ||
          std::holds_alternative<DecisionFact>(body));
}

}  // namespace riskd::engine
