#include "daemon/wire/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

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

bool is_plain(char each) {
  const auto byte = static_cast<unsigned char>(each);
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

// Not 0 where a byte of the word is not plain: each line sets the highest bit of such a byte; a carry may set that of
// bytes behind it too.
std::uint64_t special_bytes(std::uint64_t word) {
  constexpr std::uint64_t ones = 0x0101010101010101, highest = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t each) { return (each - ones) & ~each; };
  const std::uint64_t special = word |                            // 0x80 and above
                                ((word - ones * 0x20) & ~word) |  // below 0x20
                                has_zero(word ^ (ones * 0x7f)) |  // DEL
                                has_zero(word ^ (ones * '"')) | has_zero(word ^ (ones * '\\'));
  return special & highest;
}

// Whether all of it stands in a JSON string as it is: visible ASCII without `"` and `\`. Eight bytes at a time; the last
// eight may overlap those before them.
bool is_plain(std::string_view text) {
  const auto word_at = [&](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    return word;
  };
  if (text.size() < 8)
    return std::all_of(text.begin(), text.end(), [](char c) { return is_plain(c); });
  for (std::size_t at = 0; at + 8 < text.size(); at += 8) {
    if (special_bytes(word_at(at)) != 0) return false;
  }
  return special_bytes(word_at(text.size() - 8)) == 0;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto special =
        std::find_if(text.begin(), text.end(), [](char each) { return !is_plain(each); });
    const auto plain = static_cast<std::size_t>(special - text.begin());
    out.append(text.data(), plain);
    text.remove_prefix(plain);
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

void Writer::grow(std::size_t bytes) {
  const auto used = static_cast<std::size_t>(end_ - out_.data());
  out_.resize(std::max(out_.size() * 2, used + bytes));
  end_ = out_.data() + used;
}

Writer& Writer::open(char bracket) {
  char* const at = separated(room(2));
  *at = bracket;
  end_ = at + 1;
  fresh_ = true;
  return *this;
}

Writer& Writer::close(char bracket) {
  *room(1) = bracket;
  ++end_;
  fresh_ = false;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  text(name);
  *room(1) = ':';
  ++end_;
  fresh_ = true;
  return *this;
}

Writer& Writer::text(std::string_view value) {
  if (!is_plain(value)) return raw(quote(value));
  // As a rule all of it stands as it is.
  char* const at = separated(room(value.size() + 3));
  *at = '"';
  std::copy_n(value.data(), value.size(), at + 1);
  at[value.size() + 1] = '"';
  end_ = at + value.size() + 2;
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  char* const at = separated(room(json.size() + 1));
  end_ = std::copy_n(json.data(), json.size(), at);
  return *this;
}

// As engine::print_number writes it, which finds the shortest decimals first. They matter only next to a half of the
// second decimal, and to numbers so large that the product below is not exact enough.
Writer& Writer::rounded(double value) {
  if (!std::isfinite(value)) return null();
  const double hundreds = std::abs(value) * 100;
  const double below = std::floor(hundreds);
  const double rest = hundreds - below;
  if (hundreds > 1e9 || std::abs(rest - 0.5) < 1e-6) return raw(engine::print_number(value));
  return hundredths(static_cast<std::int64_t>(below) + (rest > 0.5 ? 1 : 0), value < 0);
}

Writer& Writer::hundredths(std::int64_t count, bool negative) {
  std::array<char, 24> buffer{};
  char* end = buffer.data();
  if (negative && count != 0) *end++ = '-';
  end = std::to_chars(end, buffer.data() + buffer.size() - 3, count / 100).ptr;
  const auto rest = static_cast<int>(count % 100);
  if (rest != 0) {
    *end++ = '.';
    *end++ = static_cast<char>('0' + rest / 10);
    if (rest % 10 != 0) *end++ = static_cast<char>('0' + rest % 10);
  }
  return raw(std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data())));
}

Writer& Writer::count(std::uint64_t value) {
  std::array<char, 24> buffer{};
  const char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return raw(std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data())));
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
