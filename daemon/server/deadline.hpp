// The one deadline of a connection.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <functional>

#include "daemon/server/socket.hpp"

namespace riskd::server {

// At most one deadline is set at a time: to set another, or to cancel it, means that the earlier one
// never passes, even where its time has come and its step already waits for the strand.
//
// Use in the connection's strand.
class Deadline {
 public:
  explicit Deadline(const Strand& strand) : timer_(strand) {}

  // Calls `passed` in the strand once `time` is over. `passed` must keep the owner of this object
  // alive.
  void set(std::chrono::seconds time, std::function<void()> passed);
  void cancel();

 private:
  using Clock = std::chrono::steady_clock;
  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Strand> timer_;
};

}  // namespace riskd::server
