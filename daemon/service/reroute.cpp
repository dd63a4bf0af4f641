#include "daemon/service/reroute.hpp"

#include <utility>

namespace riskd::service {
namespace {

bool stays_there(const Config& config, const store::EffectRecord& record,
                 const engine::Effect& effect) {
  if (effect.kind != engine::EffectKind::create || !record.sent) return false;
  return record.withdrawn || is_configured(config, record.tracker);
}

}  // namespace

void route(const Config& config, store::EffectRecord& record, const engine::Effect& effect) {
  if (stays_there(config, record, effect)) return;
  record.tracker = tracker_of(config, effect);
  record.sent.reset();
  record.project.clear();
}

Status reroute(Batch& batch, const Shared& shared) {
  const auto config = shared.config();
  for (const auto& [product, outbox] : shared.live.outboxes()) {
    Draft* draft = batch.find_outbox(product);
    if (!draft) continue;
    const Outbox waiting = draft->outbox.now();
    for (const auto& [key, pending] : waiting) {
      Pending routed = *pending;
      route(*config, routed.record, routed.effect);
      if (routed.record.tracker == pending->record.tracker) continue;
      draft->outbox.replace(std::make_shared<const Pending>(std::move(routed)));
    }
  }
  return Done{};
}

}  // namespace riskd::service
