#include "daemon/service/missing.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "daemon/service/marker.hpp"
#include "engine/evaluate/reconcile.hpp"

namespace riskd::service {

std::vector<Missing> missing_of(const Shared& shared, const engine::Product& product,
                                std::vector<engine::Effect> effects) {
  std::vector<Missing> missing;
  missing.reserve(effects.size());
  const std::string route = route_of(*shared.config(), product.id);
  for (engine::Effect& effect : effects) {
    auto pending = std::make_shared<Pending>();
    effect.key = outbox_key(shared.marker_key, effect.key);
    pending->record.key = effect.key;
    pending->record.product = product.id;
    pending->record.tracker =
        effect.kind == engine::EffectKind::create ? route : tracker_of(*shared.config(), effect);
    pending->record.due = {};  // at once, whatever the clock says
    pending->effect = std::move(effect);
    missing.push_back({std::move(pending), {}});
  }
  const auto key_of = [](const Missing& each) -> std::string_view {
    return each.pending->record.key;
  };
  std::stable_sort(missing.begin(), missing.end(),
                   [&](const Missing& a, const Missing& b) { return key_of(a) < key_of(b); });
  const auto again =
      std::unique(missing.begin(), missing.end(),
                  [&](const Missing& a, const Missing& b) { return key_of(a) == key_of(b); });
  missing.erase(again, missing.end());
  return missing;
}

std::vector<Missing> reconciled(const Shared& shared, ProductView& view) {
  view.notes.clear();
  return missing_of(shared, view.facts(), engine::reconcile(view.live, &view.notes));
}

}  // namespace riskd::service
