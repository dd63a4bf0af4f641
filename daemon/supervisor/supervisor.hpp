// What systemd, or another supervisor that speaks its protocols, gives riskd and is told by it: sd_listen_fds(3) and
// sd_notify(3). Without a supervisor nothing is given, and nobody is told.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace riskd::supervisor {

// The one socket that was given (LISTEN_FDS), or -1; what is left of the environment does not name it any more, so a
// second call gives -1. Whether it is the right one is for the server to say (server::ServerOptions::given_socket).
// Error::invalid where several were given. Before other threads start.
Result<int> take_socket();

// `status` is one line for people, which `systemctl status` shows. Usable from any thread.
void tell_ready(
    std::string_view status);  // at the start, and after a reload, also one that was refused
void tell_reloading();
void tell_stopping();

// How long the supervisor waits for the next `tell_alive` (WATCHDOG_USEC); zero: it waits for none.
std::chrono::microseconds watchdog_time();
void tell_alive();

}  // namespace riskd::supervisor
