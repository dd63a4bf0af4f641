#include "daemon/service/events.hpp"

#include <algorithm>
#include <utility>

namespace riskd::service {

void Events::keep(Event event) {
  ring_.push_back(std::move(event));
  if (ring_.size() <= remembered_events) return;
  forgotten_ = std::max(forgotten_, ring_.front().seq);
  ring_.pop_front();
}

void Events::recall(Event event) {
  const std::lock_guard lock(mutex_);
  keep(std::move(event));
}

void Events::publish(std::vector<Event> events) {
  const std::lock_guard lock(mutex_);
  for (Event& event : events) {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, listener] : listeners_) ids.push_back(id);
    for (const std::uint64_t id : ids) {
      const auto found = listeners_.find(id);
      if (found == listeners_.end()) continue;  // ended by a listener before it
      const ListenerPtr listener = found->second;
      (*listener)(event);
    }
    keep(std::move(event));
  }
}

Result<std::shared_ptr<void>> Events::subscribe(std::uint64_t after, Service::Listener listener) {
  const std::lock_guard lock(mutex_);
  if (after < forgotten_) {
    return fail(ErrorCode::not_found,
                "events up to " + std::to_string(forgotten_) + " are no longer kept");
  }
  const auto shared = std::make_shared<const Service::Listener>(std::move(listener));
  const std::uint64_t id = next_listener_++;
  for (const Event& event : ring_) {
    if (event.seq > after) (*shared)(event);
  }
  listeners_.emplace(id, shared);
  return std::shared_ptr<void>(static_cast<void*>(this), [id, events = weak_from_this()](void*) {
    const auto alive = events.lock();
    if (!alive) return;
    const std::lock_guard ending(alive->mutex_);
    alive->listeners_.erase(id);
  });
}

}  // namespace riskd::service
