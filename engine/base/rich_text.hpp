// Text of a ticket or note that keeps apart what the policy wrote and what the world wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace riskd {

// One run of text. `outside` text came from a product, a test or a person: it is data, on one line,
// without control characters, limited in length, and a connector escapes whatever its tracker's
// markup would act on (mentions included). Other text is the policy's own and may hold line breaks.
struct TextPiece {
  std::string text;
  bool outside = false;
  bool operator==(const TextPiece&) const = default;
};

using RichText = std::vector<TextPiece>;

// The text as it stands, for logs and comparisons; nothing is escaped.
std::string to_plain(const RichText& text);

// Outside text made harmless: control characters and newlines become blanks, invalid UTF-8 becomes
// U+FFFD, what looks like riskd's own ticket marker loses its shape, the rest is cut after
// `max_bytes` at a character's end with "…".
std::string sanitize_outside(std::string_view text, std::size_t max_bytes);

}  // namespace riskd
