// The trackers that are configured, each with its worker.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/service/shared.hpp"
#include "daemon/service/tracker_worker.hpp"

namespace riskd::service {

// Usable from any thread.
class Trackers {
 public:
  using WorkerPtr = std::shared_ptr<TrackerWorker>;

  Trackers(Shared& shared, Writer& writer) : shared_(shared), writer_(writer) {}

  // Those of the configuration; none of them works before `start`.
  Status open();
  void start();
  void stop();

  // In the order of the configuration.
  std::vector<WorkerPtr> all() const;
  void wake() const;
  void pause(bool is_paused);  // those of now, and those that come until it is called again

  // Trackers of another configuration: those that are in it as they are stay, with what they know; the others are made, and not yet
  // started. Error where one of them cannot be.
  struct Next {
    std::vector<WorkerPtr> workers, made, gone;
  };
  Result<Next> prepare(const Config& config);
  // Those that are gone are stopped first, which may take as long as the request that is under way.
  void replace(Next next);

 private:
  Result<WorkerPtr> make(const Config& config, const TrackerConfig& tracker);

  Shared& shared_;
  Writer& writer_;
  mutable std::mutex mutex_;
  std::vector<WorkerPtr> workers_;  // guarded by mutex_, as the next
  bool is_stopped_ = false, is_paused_ = false;
};

}  // namespace riskd::service
