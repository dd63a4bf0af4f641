// Characters that act on a terminal, or on the order in which text is shown, and are not seen
// themselves.
#pragma once

#include <cstdint>

namespace riskd::wire {

// C0 and C1 control characters and DEL (ECMA-48), the line and paragraph separators, and what
// changes the direction of text (Unicode Standard Annex 9): marks, embeddings, overrides, isolates.
constexpr bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
         code == 0x200f || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace riskd::wire
