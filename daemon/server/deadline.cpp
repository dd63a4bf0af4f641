#include "daemon/server/deadline.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <utility>

namespace riskd::server {
namespace {

using Clock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Strand>;

}  // namespace

struct Deadline::State : std::enable_shared_from_this<State> {
  explicit State(const Strand& strand) : timer(strand) {}

  void wait() {
    fires = until;
    timer.expires_at(until);
    timer.async_wait([self = shared_from_this(), set_to = until](Code error) {
      if (!error && self->fires == set_to) self->fired();
    });
  }

  void fired() {
    fires = Clock::time_point::max();
    if (!step) return;
    if (until > Clock::now()) return wait();
    std::exchange(step, nullptr)();
  }

  Timer timer;
  Clock::time_point fires = Clock::time_point::max();  // when the timer that waits does; max: none
  Clock::time_point until;                             // when `step` is to be called
  std::function<void()> step;                          // null: none is set
};

Deadline::Deadline(const Strand& strand) : state_(std::make_shared<State>(strand)) {}

void Deadline::set(std::chrono::seconds time, std::function<void()> passed) {
  state_->step = std::move(passed);
  state_->until = Clock::now() + time;
  if (state_->until < state_->fires) state_->wait();
}

void Deadline::cancel() { const auto dropped = std::exchange(state_->step, nullptr); }

void Deadline::end() {
  cancel();
  state_->fires = Clock::time_point::max();
  state_->timer.cancel();
}

}  // namespace riskd::server
