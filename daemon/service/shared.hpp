// What the parts of the service share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "connectors/http/client.hpp"
#include "daemon/log/fact_log.hpp"
#include "daemon/service/config.hpp"
#include "daemon/service/events.hpp"
#include "daemon/service/live.hpp"
#include "daemon/service/meters.hpp"
#include "daemon/service/tails.hpp"
#include "daemon/store/store.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {

inline constexpr std::int64_t hour_ms = 3'600'000;

// What is damaged in the store, as it was found beside the service. Used from any thread.
class Damage {
 public:
  void set(Error error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  std::optional<Error> get() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }
  // Nobody looks for damage any more.
  void stop() { stopping_ = true; }
  bool is_stopping() const { return stopping_; }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::atomic<bool> stopping_ = false;
};

// How far a plan or a reload is; read from any thread. `of` is 0 where nothing is going on.
struct Progress {
  std::atomic<std::size_t> done = 0, of = 0;
};

struct Shared {
  explicit Shared(Config read)
      : live(read.warm_products), config_(std::make_shared<const Config>(std::move(read))) {}

  // As it was read last. From any thread; keep it for one piece of work.
  std::shared_ptr<const Config> config() const {
    const std::lock_guard lock(config_mutex_);
    return config_;
  }
  void use(std::shared_ptr<const Config> next) {
    const std::lock_guard lock(config_mutex_);
    config_ = std::move(next);
  }

  std::function<Instant()> clock;
  std::function<void()> on_dead;        // the store takes nothing before another start
  std::unique_ptr<store::Store> store;  // written by the writer alone
  std::unique_ptr<log::FactLog> log;    // in `store`
  LiveProducts live;
  Tails tails;
  Damage damage;
  // Counted in by those that may not change anything else.
  const std::unique_ptr<Meters> meters = std::make_unique<Meters>();
  std::shared_ptr<Events> events = std::make_shared<Events>();
  std::string marker_key;
  connectors::HttpClient http;  // of all trackers
  mutable Progress progress;    // of the plan or reload that runs
  Instant started;
  Instant newest_time;  // in the store, when it was opened: the writer's clock starts there
  // The store was restored from a backup, and nobody has released its effects. The writer changes it.
  std::atomic<bool> is_restored = false;

  std::size_t effects_per_change() const {
    const std::size_t configured = config()->effects_per_change;
    return configured > 0 ? configured : limits::effects_per_change;
  }

 private:
  mutable std::mutex config_mutex_;
  std::shared_ptr<const Config> config_;  // guarded by config_mutex_
};

}  // namespace riskd::service
