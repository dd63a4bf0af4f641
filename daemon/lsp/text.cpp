#include "daemon/lsp/text.hpp"

#include <algorithm>
#include <charconv>

#include "engine/base/utf8.hpp"

namespace riskd::lsp {
namespace {

std::uint32_t units(const Utf8Char& c) { return c.valid && c.code > 0xffff ? 2 : 1; }

}  // namespace

std::uint32_t offset_at(std::string_view text, Position position) {
  std::size_t at = 0;
  for (std::uint32_t line = 0; line < position.line; ++line) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return static_cast<std::uint32_t>(text.size());
    at = end + 1;
  }
  std::uint32_t column = 0;
  while (column < position.character && at < text.size() && text[at] != '\n' &&
         text.substr(at, 2) != "\r\n") {
    const Utf8Char c = next_utf8(text.substr(at));
    if (column + units(c) > position.character) break;
    column += units(c);
    at += c.bytes;
  }
  return static_cast<std::uint32_t>(at);
}

Position position_at(std::string_view text, std::uint32_t offset) {
  const std::string_view before = text.substr(0, std::min<std::size_t>(offset, text.size()));
  Position position;
  position.line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
  std::string_view line = before.substr(before.rfind('\n') + 1);
  while (!line.empty()) {
    const Utf8Char c = next_utf8(line);
    position.character += units(c);
    line.remove_prefix(c.bytes);
  }
  return position;
}

std::string uri_of(std::string_view path) {
  static constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string uri = "file://";
  for (const char c : path) {
    if (plain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += hex[byte >> 4U];
      uri += hex[byte & 15U];
    }
  }
  return uri;
}

std::optional<std::string> path_of(std::string_view uri) {
  if (uri.starts_with("file://localhost/"))
    uri.remove_prefix(16);
  else if (uri.starts_with("file:///"))
    uri.remove_prefix(7);
  else
    return std::nullopt;
  std::string path;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] != '%') {
      path += uri[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = uri.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() < 2 || error != std::errc() || end != digits.data() + 2 || byte == 0)
      return std::nullopt;
    path += static_cast<char>(byte);
    i += 2;
  }
  return path;
}

}  // namespace riskd::lsp
