// The newest events, and those who listen.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "daemon/service/service.hpp"

namespace riskd::service {

inline constexpr std::size_t remembered_events = 10'000;

// That a policy came into force.
Event policy_event(std::uint64_t position, std::uint64_t revision, const std::string& hash,
                   const std::string& poster);

// Usable from any thread. A listener is called under the lock, so that it misses nothing and sees
// nothing twice; it may end its own subscription.
class Events : public std::enable_shared_from_this<Events> {
 public:
  // Into the ring, and to no listener: what happened before the start. Positions never fall.
  void recall(Event event);
  // Whole positions.
  void publish(std::vector<Event> events);

  // As Service::subscribe.
  Result<std::shared_ptr<void>> subscribe(std::uint64_t after, Service::Listener listener);

 private:
  using ListenerPtr = std::shared_ptr<const Service::Listener>;
  void keep(Event event);
  void tell(std::span<const Event> block);

  std::recursive_mutex mutex_;  // guards all below
  std::deque<Event> ring_;
  std::uint64_t forgotten_ = 0;  // the greatest position that has left the ring
  std::map<std::uint64_t, ListenerPtr> listeners_;
  std::uint64_t next_listener_ = 1;
};

}  // namespace riskd::service
