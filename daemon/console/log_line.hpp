// A line of the log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/instant.hpp"

namespace riskd::console {

enum class LogFormat : std::uint8_t {
  text,    // for people at a terminal
  logfmt,  // key=value (https://brandur.org/logfmt)
  json,    // an object
};

// As syslog counts them (RFC 5424, 6.2.1).
enum class LogPriority : std::uint8_t { critical = 2, error = 3, warning = 4, info = 6, debug = 7 };

// The line with its end. Each message is one line, whatever it says: control characters, line ends and what turns text
// around are escaped. Only `text` has the lines of a message that has several, each behind a "| ". Times are UTC. With `for_journal` the line
// begins with its priority, as sd-daemon(3) has it.
std::string log_line(LogFormat format, LogPriority priority, Instant time, std::string_view message,
                     bool for_journal);

}  // namespace riskd::console
