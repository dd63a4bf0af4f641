#include "engine/update/arrival.hpp"

#include <set>

#include "engine/facts/stamps.hpp"
#include "engine/update/complete.hpp"

namespace riskd::engine {
namespace {

// Those of the uploads that arrive. All listings of an upload share one.
template <typename Move>
void move_sayings(const SuiteFacts& suite, std::uint64_t after, const Move& move) {
  std::set<std::uint32_t> left;
  for (const auto& [upload, run] : suite.runs) {
    if (run.from.seq > after) left.insert(upload);
  }
  for (const KeptTest& test : suite.tests) {
    if (left.empty()) return;
    for (const Listing& each : test.listed) {
      if (left.erase(each.said->upload) == 0) continue;
      Shared<Saying> said = each.said;
      move(said.in_place().from);
    }
  }
}

}  // namespace

void arrive(Product& product, const Arrival& arrival) {
  const auto move = [&](Provenance& from) {
    if (from.seq <= arrival.after) return;
    from.seq += arrival.later;
    // What speaks of an earlier time arrived at another one than that.
    Instant& arrived = from.received.ms == 0 ? from.at : from.received;
    if (arrived == arrival.expected) arrived = arrival.at;
  };
  for (const auto& [name, suite] : product.suites) move_sayings(suite, arrival.after, move);
  each_stamp(product, move);
  if (product.last_seq > arrival.after) product.last_seq += arrival.later;
}

bool may_arrive_later(const FactBody& body) {
  return !is_incomplete(body) &&
         (std::holds_alternative<ProductFact>(body) || std::holds_alternative<AnswersFact>(body) ||
          std::holds_alternative<FieldsFact>(body) || std::holds_alternative<ComponentFact>(body) ||
          std::holds_alternative<DecisionFact>(body) || std::holds_alternative<RunFact>(body));
}

}  // namespace riskd::engine
