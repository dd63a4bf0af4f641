// Whatever a webhook's body is, it names a ticket or none: see the libFuzzer manual. Markers and dates,
// which come from the same peers, are read on the way.
// Seeds: tests/fuzz/corpus/webhook.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connectors/trackers/web_tracker.hpp"
#include "connectors/trackers/webhook.hpp"
#include "engine/base/limits.hpp"
#include "engine/vocabulary/vocabulary.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const std::string_view kind : riskd::engine::tracker_names()) {
    const auto key = riskd::connectors::ticket_of_webhook(kind, bytes);
    if (key && (key->empty() || key->size() > riskd::limits::id_bytes)) std::abort();
  }
  const std::string marker = riskd::connectors::marker_in(bytes);
  if (marker.find_first_not_of("0123456789abcdef") != std::string::npos) std::abort();
  return 0;
}
