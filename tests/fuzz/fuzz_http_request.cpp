// Whatever a request's target and fields are, the head is read or refused with a problem, and what
// is read is UTF-8 without NUL and survives being encoded again. See the libFuzzer manual.
// Seeds: tests/fuzz/corpus/http_request/.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/client/client.hpp"
#include "daemon/server/request_head.hpp"
#include "daemon/server/target.hpp"
#include "engine/base/utf8.hpp"

namespace {

using riskd::client::encode;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_text(const std::string& text) {
  check(!riskd::find_invalid_utf8(text) && text.find('\0') == std::string::npos);
}

void check_round_trip(const riskd::server::Request& request) {
  if (request.path == "*") return;
  std::string target;
  for (const std::string& segment : request.segments) target += "/" + encode(segment);
  if (target.empty()) target = "/";
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    if (name.empty() && value.empty()) continue;  // "?=" says it, and an encoder writes nothing
    target += separator + encode(name) + "=" + encode(value);
    separator = '&';
  }
  const auto again = riskd::server::parse_target(target);
  check(again.has_value());
  check(again->path == request.path && again->segments == request.segments);
  for (const auto& [name, value] : again->query) check(request.query.at(name) == value);
}

}  // namespace

// The first line is the request line without its version, "GET /a?b=c"; the others are fields.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto next_line = [&] {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return line;
  };
  riskd::server::RawHead raw;
  const std::string_view first = next_line();
  const std::size_t space = first.find(' ');
  raw.method = first.substr(0, space);
  raw.target = space == std::string_view::npos ? first : first.substr(space + 1);
  while (!rest.empty()) {
    const std::string_view line = next_line();
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    raw.fields.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  auto head = riskd::server::read_head(raw);
  if (!head) {
    check(head.error().status >= 400 && !riskd::find_invalid_utf8(head.error().body));
    return 0;
  }
  const riskd::server::Request& request = head->request;
  check_text(request.path);
  for (const std::string& segment : request.segments) check_text(segment);
  for (const auto& [name, value] : request.query) {
    check_text(name);
    check_text(value);
  }
  check_round_trip(request);
  return 0;
}
