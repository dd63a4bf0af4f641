#include "daemon/server/target.hpp"

#include <fmt/core.h>

#include <optional>

#include "engine/base/utf8.hpp"

namespace riskd::server {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) {
        return fail(ErrorCode::invalid,
                    "`%` in the request's target is not followed by two hexadecimal digits: write "
                    "`%25` for the character itself");
      }
      c = static_cast<char>(*high << 4 | *low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return fail(ErrorCode::invalid, "the request's target holds a NUL");
    out += c;
  }
  if (find_invalid_utf8(out)) {
    return fail(ErrorCode::invalid, "the request's target is not UTF-8 once it is decoded");
  }
  return out;
}

// Cuts `text` at the first `separator`; the second part is what follows it, or nothing.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t path = target.find_first_of("/?");
    if (path == std::string_view::npos) return "/";
    return target.substr(path);
  }
  return target;
}

Status read_path(std::string_view path, Target& target) {
  path.remove_prefix(1);
  target.path = "/";
  if (path.empty()) return Done{};
  while (true) {
    const std::size_t slash = path.find('/');
    auto segment = decode(path.substr(0, slash), false);
    if (!segment) return failure(segment);
    if (!target.segments.empty()) target.path += '/';
    target.path += *segment;
    target.segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) return Done{};
    path.remove_prefix(slash + 1);
  }
}

Status read_query(std::string_view query, Target& target) {
  while (!query.empty()) {
    const auto [item, rest] = cut(query, '&');
    query = rest;
    if (item.empty()) continue;
    const auto [raw_name, raw_value] = cut(item, '=');
    auto name = decode(raw_name, true);
    if (!name) return failure(name);
    auto value = decode(raw_value, true);
    if (!value) return failure(value);
    target.query.insert_or_assign(std::move(*name), std::move(*value));
  }
  return Done{};
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  Target target;
  if (text == "*") {
    target.path = "*";
    return target;
  }
  const auto [path, query] = cut(without_authority(text), '?');
  if (text.find('#') != std::string_view::npos) {
    return fail(ErrorCode::invalid,
                "the request's target holds a `#`: write `%23` for the character itself");
  }
  if (!path.empty() && path.front() != '/') {
    return fail(ErrorCode::invalid, "the request's target does not begin with `/`");
  }
  if (path.empty() && text.starts_with("http")) {
    target.path = "/";
  } else if (path.empty()) {
    return fail(ErrorCode::invalid, "the request's target does not begin with `/`");
  } else if (auto read = read_path(path, target); !read) {
    return failure(read);
  }
  if (auto read = read_query(query, target); !read) return failure(read);
  return target;
}

}  // namespace riskd::server
