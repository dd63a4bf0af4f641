// What the parts of the service share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "connectors/http/client.hpp"
#include "daemon/log/fact_log.hpp"
#include "daemon/service/config.hpp"
#include "daemon/service/events.hpp"
#include "daemon/service/live.hpp"
#include "daemon/service/reevaluate.hpp"
#include "daemon/store/store.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {

inline constexpr std::int64_t hour_ms = 3'600'000;

struct Shared {
  explicit Shared(Config read) : config(std::move(read)), live(config.warm_products) {}

  Config config;
  std::function<Instant()> clock;
  std::function<void()> on_dead;        // the store takes nothing before another start
  std::unique_ptr<store::Store> store;  // written by the writer alone
  std::unique_ptr<log::FactLog> log;    // in `store`
  LiveProducts live;
  std::shared_ptr<Events> events = std::make_shared<Events>();
  std::string marker_key;
  connectors::HttpClient http;  // of all trackers
  mutable Progress progress;    // of the plan or reload that runs
  Instant newest_time;          // in the store, when it was opened: the writer's clock starts there
  // The store was restored from a backup, and nobody has released its effects. The writer changes it.
  std::atomic<bool> is_restored = false;

  std::size_t effects_per_change() const {
    return config.effects_per_change > 0 ? config.effects_per_change : limits::effects_per_change;
  }
};

// Who said a stored fact, and when.
inline engine::Provenance provenance_of(const store::FactRecord& record) {
  engine::Provenance from{record.seq, record.at, record.poster};
  if (record.received != record.at) from.received = record.received;
  return from;
}

}  // namespace riskd::service
