#include "daemon/supervisor/supervisor.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace riskd::supervisor {
namespace {

// What cannot be told is not worth a stop: the supervisor notices by its own time limits.
void tell(const std::string& state) { ::sd_notify(0, state.c_str()); }

// A line break would begin another assignment.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

Result<int> take_socket() {
  const int given = ::sd_listen_fds(1);
  if (given < 0) {
    return fail(ErrorCode::invalid, fmt::format("the sockets that the supervisor gives cannot be "
                                                "taken (LISTEN_FDS): {}",
                                                std::strerror(-given)));
  }
  if (given > 1) {
    return fail(ErrorCode::invalid, fmt::format("the supervisor gives {} sockets, and riskd takes "
                                                "one: leave one ListenStream= in riskd.socket",
                                                given));
  }
  return given == 0 ? -1 : SD_LISTEN_FDS_START;
}

void tell_ready(std::string_view status) {
  tell(fmt::format("READY=1\nSTATUS={}", one_line(status)));
}

void tell_reloading() { tell("RELOADING=1\nSTATUS=reloading the policy"); }

void tell_stopping() { tell("STOPPING=1\nSTATUS=stopping"); }

std::chrono::microseconds watchdog_time() {
  std::uint64_t time_us = 0;
  if (::sd_watchdog_enabled(0, &time_us) <= 0) return {};
  return std::chrono::microseconds(time_us);
}

void tell_alive() { tell("WATCHDOG=1"); }

}  // namespace riskd::supervisor
