// The one deadline of a connection.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "daemon/server/socket.hpp"

namespace riskd::server {

// At most one deadline is set at a time: to set another, or to cancel it, means that the earlier one
// never passes, even where its time has come and its step already waits for the strand.
//
// To set and to cancel costs no system call where a timer for an earlier time waits already: it looks, when it
// fires, whether there is time left, and waits for the rest. A connection sets a deadline some times for each request.
//
// Use in the connection's strand.
class Deadline {
 public:
  explicit Deadline(const Strand& strand);

  // Calls `passed` in the strand once `time` is over. `passed` must keep the owner of this object
  // alive.
  void set(std::chrono::seconds time, std::function<void()> passed);
  void cancel();
  // Cancels, and no timer waits any more: the connection ends.
  void end();

 private:
  struct State;
  const std::shared_ptr<State> state_;  // the timer that waits holds it too
};

}  // namespace riskd::server
