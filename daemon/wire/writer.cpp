#include "daemon/wire/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "daemon/wire/control.hpp"
#include "daemon/wire/json.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::wire {
namespace {

// All of them lie in the Basic Multilingual Plane.
void append_escaped(std::string& out, std::uint32_t code) {
  std::array<char, 8> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "\\u%04x", static_cast<unsigned>(code));
  out += buffer.data();
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    // As a rule all of it stands as it is.
    const auto special = std::find_if(text.begin(), text.end(), [](char each) {
      const auto byte = static_cast<unsigned char>(each);
      return byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\';
    });
    out.append(text.begin(), special);
    text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t bytes = 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x80 && is_control(c)) {
      append_escaped(out, c);
    } else if (c < 0x80) {
      out += static_cast<char>(c);
    } else {
      const Utf8Char character = next_utf8(text);
      bytes = character.bytes;
      if (character.valid && is_control(character.code)) {
        append_escaped(out, character.code);
      } else if (character.valid) {
        out += text.substr(0, bytes);
      } else {
        out += "\xef\xbf\xbd";
      }
    }
    text.remove_prefix(bytes);
  }
  out += '"';
}

std::string quote(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

void Writer::separate() {
  if (!fresh_) out_ += ',';
  fresh_ = false;
}

Writer& Writer::open(char bracket) {
  separate();
  out_ += bracket;
  fresh_ = true;
  return *this;
}

Writer& Writer::close(char bracket) {
  out_ += bracket;
  fresh_ = false;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  separate();
  append_quoted(out_, name);
  out_ += ':';
  fresh_ = true;
  return *this;
}

Writer& Writer::text(std::string_view value) {
  separate();
  append_quoted(out_, value);
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

Writer& Writer::rounded(double value) {
  return std::isfinite(value) ? raw(engine::print_number(value)) : null();
}

Writer& Writer::exact(double value) {
  // Without exponent no double has more than 327 characters.
  std::array<char, 400> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  if (!std::isfinite(value) || error != std::errc()) return null();
  return raw(std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data())));
}

Writer& Writer::texts(const std::vector<std::string>& values) {
  begin_array();
  for (const std::string& value : values) text(value);
  return end_array();
}

Writer& Writer::integers(const std::vector<int>& values) {
  begin_array();
  for (const int value : values) integer(value);
  return end_array();
}

Writer& Writer::some(std::string_view name, std::string_view value) {
  if (!value.empty()) key(name).text(value);
  return *this;
}

}  // namespace riskd::wire
