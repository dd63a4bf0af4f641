#include "daemon/service/state.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "dsl/text/sha256.hpp"
#include "engine/evaluate/print.hpp"

namespace riskd::service {
namespace {

void count_unread(ServiceState& state, const engine::TicketNote& note) {
  for (TrackerState& tracker : state.trackers) {
    if (tracker.name != note.tracker) continue;
    auto& unread = tracker.unread;
    auto known = std::find_if(unread.begin(), unread.end(),
                              [&](const UnreadStatus& each) { return each.status == note.unread; });
    if (known == unread.end()) known = unread.insert(unread.end(), UnreadStatus{note.unread, 0});
    ++known->tickets;
  }
}

void count_bands(ServiceState& state, const PolicyInForce& policy,
                 const std::map<std::string, ViewPtr>& views) {
  const engine::Program& program = *policy.program;
  if (program.bands.enumeration == engine::no_index) return;
  std::unordered_map<std::string, std::size_t> counts;
  for (const auto& [id, view] : views) {
    if (!view->facts().removed.value)
      ++counts[engine::band_name(view->live.program(), view->live.rating())];
  }
  for (const engine::EnumStep& step : program.enums[program.bands.enumeration].steps)
    state.bands.emplace_back(step.name, counts[step.name]);
}

}  // namespace

void describe(const Shared& shared, ServiceState& state) {
  const auto views = shared.live.views();
  state.last_seq = shared.store->last_seq();
  if (const auto head = shared.store->head(); head && head->position > 0) {
    state.position = head->position;
    state.link = dsl::digits_of(head->link);
  }
  state.store_bytes = shared.store->size_bytes();
  state.store_tables = shared.store->table_bytes();
  state.store_most_bytes = shared.config()->store_mebibytes << 20;
  state.products =
      static_cast<std::size_t>(std::count_if(views.begin(), views.end(), [](const auto& entry) {
        return !entry.second->facts().removed.value;
      }));
  count_bands(state, shared.live.policy(), views);
  state.to_reach = shared.progress.of;
  state.reached = std::min<std::size_t>(shared.progress.done, state.to_reach);
  for (const auto& [id, outbox] : shared.live.outboxes()) {
    state.unrouted_effects += static_cast<std::size_t>(
        std::count_if(outbox->begin(), outbox->end(), [&](const auto& entry) {
          return !is_configured(*shared.config(), entry.second->record.tracker);
        }));
  }
  for (const auto& [id, view] : views) {
    if (view->facts().removed.value) continue;
    for (const engine::TicketNote& note : view->notes) {
      state.disputed_tickets += note.disputed ? 1 : 0;
      if (!note.unread.empty()) count_unread(state, note);
    }
  }
  state.is_restored = shared.is_restored;
  state.started = shared.started;
}

}  // namespace riskd::service
