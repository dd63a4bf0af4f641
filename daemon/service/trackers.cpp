#include "daemon/service/trackers.hpp"

#include <algorithm>
#include <utility>

#include "daemon/service/open_tracker.hpp"

namespace riskd::service {
namespace {

// Whether a tracker is configured in both as it was: where it stands in the file does not matter.
bool is_same(const Config& before, const Config& after, const std::string& name) {
  const auto of = [&](const Config& config) -> std::optional<TrackerConfig> {
    for (const TrackerConfig& each : config.trackers) {
      if (each.name != name) continue;
      TrackerConfig found = each;
      found.line = 0;
      return found;
    }
    return std::nullopt;
  };
  const auto one = of(before);
  return one && one == of(after) && projects_of(before, *one) == projects_of(after, *one);
}

}  // namespace

Result<Trackers::WorkerPtr> Trackers::make(const Config& config, const TrackerConfig& tracker) {
  auto opened = open_tracker(shared_, config, tracker);
  if (!opened) return failure(opened);
  return std::make_shared<TrackerWorker>(shared_, writer_, tracker, std::move(*opened));
}

Status Trackers::open() {
  const auto config = shared_.config();
  for (const TrackerConfig& tracker : config->trackers) {
    auto made = make(*config, tracker);
    if (!made) return failure(made);
    const std::lock_guard lock(mutex_);
    workers_.push_back(std::move(*made));
  }
  return Done{};
}

void Trackers::start() {
  for (const WorkerPtr& worker : all()) worker->start();
}

void Trackers::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  for (const WorkerPtr& worker : all()) worker->stop();
}

std::vector<Trackers::WorkerPtr> Trackers::all() const {
  const std::lock_guard lock(mutex_);
  return workers_;
}

void Trackers::wake() const {
  for (const WorkerPtr& worker : all()) worker->wake();
}

void Trackers::pause(bool is_paused) {
  const std::lock_guard lock(mutex_);
  is_paused_ = is_paused;
  for (const WorkerPtr& worker : workers_) worker->pause(is_paused);
}

Result<Trackers::Next> Trackers::prepare(const Config& config) {
  Next next;
  next.gone = all();
  const auto before = shared_.config();
  for (const TrackerConfig& tracker : config.trackers) {
    const auto known = std::find_if(next.gone.begin(), next.gone.end(), [&](const WorkerPtr& each) {
      return each->name() == tracker.name;
    });
    if (known != next.gone.end() && is_same(*before, config, tracker.name)) {
      next.workers.push_back(*known);
      next.gone.erase(known);
      continue;
    }
    auto made = make(config, tracker);
    if (!made) return failure(made);
    next.made.push_back(*made);
    next.workers.push_back(std::move(*made));
  }
  return next;
}

void Trackers::replace(Next next) {
  for (const WorkerPtr& worker : next.gone) worker->stop();
  {
    const std::lock_guard lock(mutex_);
    workers_ = std::move(next.workers);
    for (const WorkerPtr& worker : workers_) worker->pause(is_paused_);
    if (is_stopped_) return;
  }
  for (const WorkerPtr& worker : next.made) worker->start();
}

}  // namespace riskd::service
