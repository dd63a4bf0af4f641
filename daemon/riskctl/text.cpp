#include "daemon/riskctl/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "daemon/wire/control.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::riskctl {
namespace {

// Marks in clean text, which has no other control characters than line breaks and tabs: the first and
// a letter begin a style, the second ends the one that began last.
constexpr char style_begins = '\x01';
constexpr char style_ends = '\x02';
constexpr char first_style = 'a';

constexpr std::array<std::string_view, 9> sgr{"\x1b[1m",  "\x1b[2m",    "\x1b[32m",   "\x1b[31m",
                                              "\x1b[33m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m",
                                              "\x1b[34m"};  // in the order of Style
constexpr std::string_view sgr_plain = "\x1b[0m";

std::string cleaned(std::string_view any, bool keeps_lines) {
  std::string clean;
  clean.reserve(any.size());
  while (!any.empty()) {
    const Utf8Char c = next_utf8(any);
    const bool is_layout = c.valid && (c.code == '\n' || c.code == '\t' || c.code == '\r');
    if (is_layout) {
      if (any.starts_with("\r\n")) {
        any.remove_prefix(1);
        continue;
      }
      clean += keeps_lines && c.code != '\r' ? any.front() : ' ';
    } else if (!c.valid || wire::is_control(c.code)) {
      clean += "\xef\xbf\xbd";
    } else {
      clean += any.substr(0, c.bytes);
    }
    any.remove_prefix(c.bytes);
  }
  return clean;
}

struct Range {
  std::uint32_t first, last;
};

// Characters that take no column: combining marks, joiners, variation selectors.
constexpr std::array<Range, 8> narrow{{{0x300, 0x36f},
                                       {0x483, 0x489},
                                       {0x591, 0x5bd},
                                       {0x64b, 0x65f},
                                       {0x200b, 0x200d},
                                       {0x20d0, 0x20f0},
                                       {0xfe00, 0xfe0f},
                                       {0xfe20, 0xfe2f}}};
// Characters that take two: the wide and full-width blocks of Unicode Standard Annex 11, and emoji.
constexpr std::array<Range, 12> wide{{{0x1100, 0x115f},
                                      {0x2e80, 0x303e},
                                      {0x3041, 0x4dbf},
                                      {0x4e00, 0x9fff},
                                      {0xa000, 0xa4cf},
                                      {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},
                                      {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},
                                      {0xffe0, 0xffe6},
                                      {0x1f300, 0x1faff},
                                      {0x20000, 0x3fffd}}};

template <std::size_t count>
bool is_in(const std::array<Range, count>& ranges, std::uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [code](const Range& range) {
    return code >= range.first && code <= range.last;
  });
}

std::size_t columns_of(std::uint32_t code) {
  if (code < 0x300) return 1;
  return is_in(narrow, code) ? 0 : is_in(wide, code) ? 2 : 1;
}

// The mark, line break or character at the front of `rest`.
struct Piece {
  std::string_view bytes;
  std::size_t columns = 0;
};
Piece first_piece(std::string_view rest) {
  if (rest.front() == style_begins) return {rest.substr(0, 2), 0};
  if (rest.front() == style_ends || rest.front() == '\n') return {rest.substr(0, 1), 0};
  const Utf8Char c = next_utf8(rest);
  return {rest.substr(0, c.bytes), columns_of(c.code)};
}

}  // namespace

std::string clean(std::string_view any) { return cleaned(any, false); }

Text Text::lines(std::string_view any) { return TextParts::made(cleaned(any, true)); }

Text Text::in(Style style) const {
  if (marked_.empty()) return {};
  return TextParts::made(
      std::string{style_begins, static_cast<char>(first_style + static_cast<char>(style))} +
      marked_ + style_ends);
}

Text& Text::operator+=(const Text& more) {
  marked_ += more.marked_;
  return *this;
}

std::size_t Text::width() const {
  std::size_t widest = 0;
  std::size_t columns = 0;
  for (std::string_view rest = marked_; !rest.empty();) {
    const Piece piece = first_piece(rest);
    columns = piece.bytes == "\n" ? 0 : columns + piece.columns;
    widest = std::max(widest, columns);
    rest.remove_prefix(piece.bytes.size());
  }
  return widest;
}

std::string Text::shown(bool colour) const {
  std::string out;
  out.reserve(marked_.size());
  std::vector<std::string_view> styles;
  for (std::size_t i = 0; i < marked_.size(); ++i) {
    if (marked_[i] == style_begins) {
      styles.push_back(sgr[static_cast<std::size_t>(marked_[++i] - first_style)]);
      if (colour) out += styles.back();
    } else if (marked_[i] == style_ends) {
      styles.pop_back();
      if (!colour) continue;
      out += sgr_plain;
      for (const std::string_view style : styles) out += style;
    } else {
      out += marked_[i];
    }
  }
  return out;
}

Text Text::wrapped(std::size_t width, std::size_t indent, std::size_t begin) const {
  std::string out;
  std::string blanks, word;     // that came after the last word, and the one that is being read
  std::size_t columns = begin;  // of what is on this line, without `blanks` and `word`
  std::size_t word_columns = 0;
  bool has_word = false;  // on this line
  const auto put = [&] {
    if (has_word && word_columns > 0 && columns + blanks.size() + word_columns > width) {
      out += '\n' + std::string(indent, ' ');
      columns = indent;
    } else {
      out += blanks;
      columns += blanks.size();
    }
    out += word;
    columns += word_columns;
    has_word = has_word || word_columns > 0;
    blanks.clear();
    word.clear();
    word_columns = 0;
  };
  for (std::string_view rest = marked_; !rest.empty();) {
    const Piece piece = first_piece(rest);
    rest.remove_prefix(piece.bytes.size());
    if (piece.bytes == " ") {
      if (!word.empty()) put();
      blanks += ' ';
    } else if (piece.bytes == "\n") {
      put();
      out += '\n';
      columns = 0;
      has_word = false;
    } else {
      word += piece.bytes;
      word_columns += piece.columns;
    }
  }
  put();
  return TextParts::made(std::move(out));
}

}  // namespace riskd::riskctl
