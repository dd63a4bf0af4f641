// Text for a terminal. What people, trackers, tests and policies wrote goes through here on its way to
// the screen, and cannot act on it: no escape sequence, no line of its own, no turned direction.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace riskd::riskctl {

enum class Style : char {
  strong,
  faint,
  good,     // done, passed
  bad,      // failed
  caution,  // somebody has to act
  error,
  warning,
  note,
  place,  // in a file
};

// A text of any origin on one line: a line break or tab becomes a blank, any other control character
// (daemon/wire/control.hpp) and what is not UTF-8 becomes U+FFFD, so that a reader sees that something
// was there.
std::string clean(std::string_view any);

class Text {
 public:
  Text() = default;
  // Cleaned, on one line.
  Text(std::string_view any) : marked_(clean(any)) {}
  Text(const std::string& any) : Text(std::string_view(any)) {}
  Text(const char* any) : Text(std::string_view(any)) {}

  // Cleaned; line breaks and tabs stay.
  static Text lines(std::string_view any);

  Text in(Style style) const;
  Text& operator+=(const Text& more);

  bool empty() const { return marked_.empty(); }
  // Columns of a terminal; of several lines those of the widest.
  std::size_t width() const;
  // The bytes to print. With `colour` styles are SGR sequences (ECMA-48), otherwise they are left out.
  std::string shown(bool colour) const;

  // Wraps at blanks, so that no line but one of a single long word is wider than `width` columns. The
  // lines that this makes have `indent` blanks before them; the first one has `begin` columns before it.
  Text wrapped(std::size_t width, std::size_t indent = 0, std::size_t begin = 0) const;

 private:
  friend struct TextParts;
  std::string marked_;  // clean, with marks where styles begin and end
};

inline Text strong(std::string_view any) { return Text(any).in(Style::strong); }

// For the templates below.
struct TextParts {
  static const std::string& marked(const Text& text) { return text.marked_; }
  static Text made(std::string marked) {
    Text text;
    text.marked_ = std::move(marked);
    return text;
  }
};

// An argument as a pattern prints it: clean text, or a number.
template <typename T>
auto printable(const T& value) {
  if constexpr (std::is_same_v<T, Text>) {
    return value;
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return clean(value);
  } else {
    static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, char>,
                  "a text, a number, or a Text made before");
    return value;
  }
}
template <typename T>
using Printable = decltype(printable(std::declval<const T&>()));

template <typename... Values>
Text text_of_clean(fmt::string_view pattern, const Values&... values) {
  return TextParts::made(fmt::vformat(pattern, fmt::make_format_args(values...)));
}

// A pattern is riskctl's own, since it is a literal: its line breaks stay. Its arguments may come from
// anywhere: texts are cleaned, each on one line. A `Text` is put in as it stands.
template <typename... Args>
Text text(fmt::format_string<Printable<Args>...> pattern, const Args&... args) {
  return text_of_clean(pattern, printable(args)...);
}

}  // namespace riskd::riskctl

template <>
struct fmt::formatter<riskd::riskctl::Text> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <typename FormatContext>
  auto format(const riskd::riskctl::Text& text, FormatContext& context) const {
    const std::string& marked = riskd::riskctl::TextParts::marked(text);
    return std::copy(marked.begin(), marked.end(), context.out());
  }
};
