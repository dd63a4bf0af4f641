#include "engine/base/rich_text.hpp"

#include "engine/base/utf8.hpp"

namespace riskd {
namespace {

// What riskd's own ticket and effect markers begin with; see connectors/trackers.
constexpr std::string_view marker_shape = "riskd:";

}  // namespace

std::string to_plain(const RichText& text) {
  std::string plain;
  for (const TextPiece& piece : text) plain += piece.text;
  return plain;
}

std::string sanitize_outside(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  while (!text.empty()) {
    const Utf8Char c = next_utf8(text);
    const bool control = c.code < 0x20 || (c.code >= 0x7f && c.code < 0xa0) || c.code == 0x2028 ||
                         c.code == 0x2029 || (c.code >= 0x202a && c.code <= 0x202e) ||
                         (c.code >= 0x2066 && c.code <= 0x2069);
    const std::string_view bytes = control   ? " "
                                   : c.valid ? text.substr(0, c.bytes)
                                             : "\xef\xbf\xbd";
    if (clean.size() + bytes.size() > max_bytes) {
      clean += "…";
      break;
    }
    clean += bytes;
    text.remove_prefix(c.bytes);
  }
  for (std::size_t at = clean.find(marker_shape); at != std::string::npos;
       at = clean.find(marker_shape, at)) {
    clean.replace(at, marker_shape.size(), "riskd ");
  }
  return clean;
}

}  // namespace riskd
