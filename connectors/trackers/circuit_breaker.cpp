#include "connectors/trackers/circuit_breaker.hpp"

#include <algorithm>

#include "engine/base/limits.hpp"

namespace riskd::connectors {

bool CircuitBreaker::allows(Instant now) {
  if (!open_until_) return true;
  if (now < *open_until_ || probing_) return false;
  probing_ = true;
  return true;
}

void CircuitBreaker::succeeded() { *this = {}; }

void CircuitBreaker::failed(Instant now) {
  ++failures_;
  const bool probed = probing_;
  probing_ = false;
  if (!probed && failures_ < limits::breaker_failures) return;
  if (open_until_ && !probed) return;  // was under way when it opened
  pause_ms_ = std::clamp(pause_ms_ * 2, first_pause_ms, longest_pause_ms);
  open_until_ = Instant{now.ms + pause_ms_};
}

std::optional<Instant> CircuitBreaker::open_until() const { return open_until_; }

}  // namespace riskd::connectors
