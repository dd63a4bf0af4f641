// A line of the log for a request: who asked for what, and what came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "daemon/server/server.hpp"
#include "daemon/service/config.hpp"

namespace riskd::api {

// Usable from any thread. Requests that were refused for who sends them (401, 403) have a line in any case, at most `refusals` in a
// second: then one says how many there were.
class AccessLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr unsigned refusals = 20;

  // Refused for who sends it.
  static bool is_refusal(int status) { return status == 401 || status == 403; }
  // Whether a request of this method that is answered so may have a line.
  static bool has_line(service::AccessLogging which, std::string_view method, int status);

  // `who`: as facts name them. `problem`: why it was refused; empty: it was not. No header, query or body is in the line, so no secret is.
  void note(service::AccessLogging which, const server::Request& request, std::string_view who,
            int status, std::string_view problem, Clock::time_point begun);

 private:
  bool may_note_refusal(Clock::time_point now);

  std::mutex mutex_;
  Clock::time_point second_{};  // that the next two count in; guarded by mutex_
  unsigned noted_ = 0, left_out_ = 0;
};

}  // namespace riskd::api
