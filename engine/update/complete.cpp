#include "engine/update/complete.hpp"

#include <algorithm>

namespace riskd::engine {

bool is_incomplete(const FactBody& body) {
  if (const auto* decision = std::get_if<DecisionFact>(&body))
    return decision->state == DecisionState::accepted && !decision->accepted_inherent;
  const auto* approval = std::get_if<ApproveFact>(&body);
  return approval != nullptr && (approval->all || approval->seen.empty());
}

void complete(const Model& model, FactBody& body) {
  if (!is_incomplete(body)) return;
  if (auto* decision = std::get_if<DecisionFact>(&body)) {
    if (const RiskRow* risk = model.risk(decision->element))
      decision->accepted_inherent = risk->inherent;
    return;
  }
  auto* approval = std::get_if<ApproveFact>(&body);
  std::vector<SeenElement> shown = reviewed(model);
  if (approval->all) {
    approval->all = false;
    approval->elements.clear();
    for (const SeenElement& each : shown) approval->elements.push_back(each.element);
  }
  std::sort(approval->elements.begin(), approval->elements.end());
  std::erase_if(shown, [&](const SeenElement& each) {
    return !std::binary_search(approval->elements.begin(), approval->elements.end(), each.element);
  });
  approval->seen = std::move(shown);
}

}  // namespace riskd::engine
