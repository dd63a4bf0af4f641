// Places and names of files as the protocol has them: lines from 0, columns in UTF-16 code units, URIs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace riskd::lsp {

struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
};

// The byte at a position; past the end of a line its end, past the last line the end of the text. Within
// a character of two units, its beginning.
std::uint32_t offset_at(std::string_view text, Position position);
Position position_at(std::string_view text, std::uint32_t offset);

// "file:///tmp/a%20b.risk"; `path` is absolute.
std::string uri_of(std::string_view path);
// The path of a file: URI; nullopt for another scheme, a host, or a broken escape.
std::optional<std::string> path_of(std::string_view uri);

}  // namespace riskd::lsp
