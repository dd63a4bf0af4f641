// Whatever bytes an editor sends, cut wherever they are: the reader of messages gives the same messages
// as in one piece, holds to its limits and never crashes; places and URIs survive the way there and back.
// Seeds: tests/fuzz/corpus/lsp/.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/lsp/message.hpp"
#include "daemon/lsp/text.hpp"
#include "engine/base/limits.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

// The messages in `bytes`, fed `step` at a time; "!" for one that is refused.
std::vector<std::string> messages(std::string_view bytes, std::size_t step) {
  riskd::lsp::MessageReader reader;
  std::vector<std::string> found;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    while (const auto message = reader.next()) {
      if (*message) check((*message)->size() <= riskd::limits::lsp_message_bytes);
      found.push_back(*message ? **message : "!");
    }
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = messages(bytes, std::max<std::size_t>(1, size));
  // A header without an end is refused where its limit is passed, which depends on the pieces.
  if (size <= riskd::limits::lsp_header_bytes) {
    check(whole == messages(bytes, 1));
    check(whole == messages(bytes, 7));
  }
  for (const std::string& message : whole) {
    const auto again = messages(riskd::lsp::frame(message), 3);
    check(again.size() == 1 && again.front() == message);
  }
  if (size > 1'000) return 0;
  for (std::uint32_t offset = 0; offset <= size; ++offset) {
    const riskd::lsp::Position at = riskd::lsp::position_at(bytes, offset);
    check(riskd::lsp::offset_at(bytes, at) <= size);
  }
  riskd::lsp::path_of(bytes);
  const std::string path = "/" + std::string(bytes.substr(0, bytes.find('\0')));
  check(riskd::lsp::path_of(riskd::lsp::uri_of(path)) == path);
  return 0;
}
