// UTF-8, read one character at a time (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace riskd {

struct Utf8Char {
  std::uint32_t code = 0xfffd;  // U+FFFD where the bytes are not valid
  std::size_t bytes = 1;        // to step over; 1 where they are not valid
  bool valid = false;
};

// The first character of `text`, which is not empty.
Utf8Char next_utf8(std::string_view text);

// The offset of the first byte that is not valid UTF-8; nullopt where all of it is.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// How many characters (code points) there are.
std::size_t count_utf8(std::string_view text);

}  // namespace riskd
