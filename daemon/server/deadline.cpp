#include "daemon/server/deadline.hpp"

#include <utility>

namespace riskd::server {

void Deadline::set(std::chrono::seconds time, std::function<void()> passed) {
  timer_.expires_after(time);
  timer_.async_wait([this, step = std::move(passed)](Code error) {
    if (!error && timer_.expiry() <= Clock::now()) step();
  });
}

void Deadline::cancel() { timer_.expires_at(Clock::time_point::max()); }

}  // namespace riskd::server
