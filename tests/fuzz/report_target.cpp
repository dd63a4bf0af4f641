// Whatever the bytes are, a reader of reports gives a report or an error: see the libFuzzer manual. CMake makes a
// program of it for each format, which RISKD_REPORT_FORMAT names.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "connectors/report.hpp"
#include "engine/base/limits.hpp"
#include "engine/base/utf8.hpp"

namespace {

// What is kept goes into a store and into tickets: it must be UTF-8, and an error has its place.
void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  static const riskd::connectors::ReportReader* const reader =
      riskd::connectors::find_reader(RISKD_REPORT_FORMAT);
  reader->recognises(bytes);
  std::istringstream input(bytes);
  const auto report = reader->read(input, "fuzz");
  if (!report) {
    check(report.error().where.starts_with("fuzz") && !report.error().message.empty());
    return 0;
  }
  check(!riskd::connectors::unknown_word(*report));
  for (const auto& result : report->results) {
    check(!riskd::find_invalid_utf8(result.id) && !riskd::find_invalid_utf8(result.title));
    check(!riskd::find_invalid_utf8(result.message) && !riskd::find_invalid_utf8(result.url));
    check(result.message.size() <= riskd::limits::report_message_bytes);
    for (const auto& [name, value] : result.attributes) check(!riskd::find_invalid_utf8(value));
  }
  return 0;
}
