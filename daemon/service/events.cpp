#include "daemon/service/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/wire/json.hpp"

namespace riskd::service {
namespace {

// Calls `visit` with the events of each position, in order.
template <typename Visit>
void for_each_position(const std::vector<Event>& events, const Visit& visit) {
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= events.size(); ++i) {
    if (i < events.size() && events[i].position == events[begin].position) continue;
    visit(std::span(events).subspan(begin, i - begin));
    begin = i;
  }
}

}  // namespace

Event policy_event(std::uint64_t position, std::uint64_t revision, const std::string& hash,
                   const std::string& poster) {
  return {position,
          "policy",
          {},
          fmt::format(R"({{"revision": {}, "policy": {}, "poster": {}}})", revision,
                      wire::quote(hash), wire::quote(poster))};
}

void Events::keep(Event event) {
  ring_.push_back(std::move(event));
  if (ring_.size() <= remembered_events) return;
  forgotten_ = std::max(forgotten_, ring_.front().position);
  ring_.pop_front();
}

void Events::recall(Event event) {
  const std::lock_guard lock(mutex_);
  keep(std::move(event));
}

void Events::publish(std::vector<Event> events) {
  const std::lock_guard lock(mutex_);
  for_each_position(events, [this](std::span<const Event> block) { tell(block); });
  for (Event& event : events) keep(std::move(event));
}

void Events::tell(std::span<const Event> block) {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, listener] : listeners_) ids.push_back(id);
  for (const std::uint64_t id : ids) {
    const auto found = listeners_.find(id);
    if (found == listeners_.end()) continue;  // ended by a listener before it
    const ListenerPtr listener = found->second;
    (*listener)(block);
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
  std::vector<Event> missed;
  for (const Event& event : ring_) {
    if (event.position > after) missed.push_back(event);
  }
  for_each_position(missed, *shared);
  listeners_.emplace(id, shared);
  return std::shared_ptr<void>(static_cast<void*>(this), [id, events = weak_from_this()](void*) {
    const auto alive = events.lock();
    if (!alive) return;
    const std::lock_guard ending(alive->mutex_);
    alive->listeners_.erase(id);
  });
}

}  // namespace riskd::service
