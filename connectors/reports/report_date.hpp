// Dates as reports spell them out.
#pragma once

#include <optional>
#include <string_view>

#include "engine/base/instant.hpp"

namespace riskd::connectors {

// "Thu, 23 Nov 2026 02:10:00" (ZAP, local time without a zone, which is taken as UTC as every time
// without zone) and "Thu, 23 Nov 2026 02:10:00 +0100" (Wapiti; RFC 5322, section 3.3). The day's
// name, dots and commas do not matter. nullopt where the month is not English or anything else is
// not understood.
std::optional<Instant> parse_long_date(std::string_view text);

// When a report says that it was made: an instant as "2026-11-23T02:10:00Z", or a long date. nullopt where it names no
// zone: a time of no place orders nothing.
std::optional<Instant> report_time(std::string_view text);

}  // namespace riskd::connectors
