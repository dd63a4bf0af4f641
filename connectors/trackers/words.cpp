#include "connectors/trackers/words.hpp"

#include <algorithm>

#include "engine/base/utf8.hpp"

namespace riskd::connectors {

std::string cut_text(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes) + "…";
}

std::string cut_units(std::string text, std::size_t units) {
  std::size_t counted = 0, kept = 0, offset = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const Utf8Char c = next_utf8(rest);
    counted += c.code > 0xffff ? 2 : 1;
    offset += c.bytes;
    if (counted < units) kept = offset;
    rest.remove_prefix(c.bytes);
  }
  if (counted <= units) return text;
  return text.substr(0, kept) + (kept > 0 ? "…" : "");
}

}  // namespace riskd::connectors
