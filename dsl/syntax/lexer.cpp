// The lexical grammar, in PEGTL: the only file that knows it.
#include <algorithm>
#include <string_view>
#include <tao/pegtl.hpp>

#include "dsl/syntax/token.hpp"
#include "engine/base/limits.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::dsl {
namespace {

namespace peg = tao::pegtl;

struct blank : peg::plus<peg::one<' ', '\t', '\r', '\n'>> {};
struct comment : peg::seq<peg::one<'#'>, peg::until<peg::at<peg::eolf>>> {};

// As other languages write comments.
struct slashes : peg::seq<peg::string<'/', '/'>, peg::until<peg::at<peg::eolf>>> {};
struct starred
    : peg::seq<peg::string<'/', '*'>, peg::until<peg::sor<peg::string<'*', '/'>, peg::eof>>> {};

struct escape : peg::seq<peg::one<'\\'>, peg::any> {};
struct long_open : peg::string<'"', '"', '"'> {};
struct long_string : peg::seq<long_open, peg::until<long_open, peg::sor<escape, peg::any>>> {};
struct long_unclosed : peg::seq<long_open, peg::until<peg::eof>> {};
struct line_char
    : peg::sor<peg::seq<peg::one<'\\'>, peg::not_one<'\n'>>, peg::not_one<'"', '\n', '\\'>> {};
struct string : peg::seq<peg::one<'"'>, peg::star<line_char>, peg::one<'"'>> {};
// Where, in a line with a text that is not closed, the text seems to end: before the braces at the end of the
// line, or a question's type.
std::size_t goes_on(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  if (const std::size_t type = line.rfind(" : "); type != std::string_view::npos && type > 0)
    return type;
  if (!line.ends_with(" {") && !line.ends_with(" }")) return std::string_view::npos;
  return std::max<std::size_t>(line.find_last_not_of(" {}") + 1, 1);
}

// A short text that goes on over the end of its line: the next line with a quote has an odd number of
// them, and so closes more than it opens. Otherwise the text was only not closed.
struct string_of_lines {
  template <typename Input>
  static bool match(Input& in) {
    const std::string_view rest(in.current(), in.size());
    if (!rest.starts_with('"')) return false;
    constexpr std::size_t most_lines = 20;
    std::size_t at = rest.find('\n');
    if (goes_on(rest.substr(0, at)) != std::string_view::npos) return false;
    for (std::size_t line = 0; line < most_lines && at < rest.size(); ++line) {
      const std::size_t end = std::min(rest.find('\n', at + 1), rest.size());
      const std::string_view text = rest.substr(at + 1, end - at - 1);
      std::size_t quotes = 0;
      std::size_t first = 0;
      for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
          ++i;
        } else if (text[i] == '"' && ++quotes == 1) {
          first = i;
        }
      }
      if (quotes % 2 == 1 && text.find("\"\"\"") == std::string_view::npos) {
        in.bump(at + 1 + first + 1);
        return true;
      }
      if (quotes > 0) return false;
      at = end;
    }
    return false;
  }
};
struct string_unclosed {
  template <typename Input>
  static bool match(Input& in) {
    const std::string_view rest(in.current(), in.size());
    if (!rest.starts_with('"')) return false;
    const std::string_view line = rest.substr(0, rest.find('\n'));
    const std::size_t end = goes_on(line);
    in.bump(end != std::string_view::npos ? end : line.find_last_not_of(" \t\r") + 1);
    return true;
  }
};
// A text between the quotes of another language, on one line.
struct other_quotes {
  template <typename Input>
  static bool match(Input& in) {
    constexpr std::size_t longest = 1000;
    std::string_view line(in.current(), std::min<std::size_t>(in.size(), longest));
    line = line.substr(0, line.find('\n'));
    std::size_t opening = 0;
    for (const std::string_view quote : {"'", "“", "„", "«", "‘", "”"}) {
      if (line.starts_with(quote)) opening = quote.size();
    }
    if (opening == 0) return false;
    const bool single = opening == 1;
    std::size_t end = std::string_view::npos;
    for (const std::string_view quote : {"'", "”", "“", "»", "’", "\""}) {
      if (single != (quote == "'")) continue;
      const std::size_t at = line.find(quote, opening);
      if (at != std::string_view::npos) end = std::min(end, at + quote.size());
    }
    if (end == std::string_view::npos) return false;
    in.bump(end);
    return true;
  }
};

struct letter : peg::sor<peg::alpha, peg::one<'_'>> {};
struct word_char : peg::sor<peg::alnum, peg::one<'_'>> {};
struct lower_part : peg::plus<peg::sor<peg::lower, peg::digit>> {};
struct word_end : peg::not_at<peg::sor<word_char, peg::seq<peg::plus<peg::one<'-'>>, word_char>>> {
};
struct name : peg::seq<peg::lower, peg::star<peg::sor<peg::lower, peg::digit>>,
                       peg::star<peg::one<'-'>, lower_part>, word_end> {};
struct word
    : peg::seq<letter,
               peg::star<peg::sor<word_char, peg::seq<peg::plus<peg::one<'-'>>, word_char>>>> {};

struct date : peg::seq<peg::rep<4, peg::digit>, peg::one<'-'>, peg::rep<2, peg::digit>,
                       peg::one<'-'>, peg::rep<2, peg::digit>, word_end> {};
struct digits : peg::seq<peg::plus<peg::digit>, peg::opt<peg::one<'.'>, peg::plus<peg::digit>>> {};
struct percent : peg::seq<digits, peg::one<'%'>> {};
struct number : peg::seq<digits, peg::not_at<word_char>> {};
struct number_malformed : peg::seq<digits, peg::star<word_char>> {};

struct symbol
    : peg::sor<peg::string<'-', '>'>, peg::string<'<', '='>, peg::string<'>', '='>,
               peg::one<'{', '}', '(', ')', ':', ',', '.', '<', '>', '+', '-', '*', '/', '='>> {};
struct stranger : peg::sor<peg::string<'=', '='>, peg::string<'!', '='>, peg::string<'&', '&'>,
                           peg::string<'|', '|'>, peg::any> {};

struct one_token : peg::sor<blank, comment, slashes, starred, long_string, long_unclosed, string,
                            string_of_lines, string_unclosed, other_quotes, name, word, date,
                            percent, number, number_malformed, symbol, stranger> {};
struct file
    : peg::seq<peg::opt<peg::string<'\xef', '\xbb', '\xbf'>>, peg::star<one_token>, peg::eof> {};

struct Output {
  const Sources& sources;
  Span range;
  Diagnostics& diagnostics;
  std::vector<Token> tokens;
  bool blank = true;
  std::size_t brackets = 0;  // `[` that were reported and have no `]` yet

  Span span(const char* begin, const char* end) const {
    const char* start = sources[range.file].text().data();
    return {range.file, static_cast<std::uint32_t>(begin - start),
            static_cast<std::uint32_t>(end - start)};
  }
  void push(TokenKind kind, Span at) {
    tokens.push_back({kind, at, blank});
    blank = false;
  }
  std::string_view line_before(const char* at) const {
    const std::string_view text = sources[range.file].text();
    const std::string_view before = text.substr(0, static_cast<std::size_t>(at - text.data()));
    const std::size_t line = before.rfind('\n');
    return line == std::string_view::npos ? before : before.substr(line + 1);
  }
  // Whether a text seems to end later in the line that begins nowhere in it.
  bool is_in_unopened_text(const char* at) const {
    if (line_before(at).find('"') != std::string_view::npos) return false;
    const std::string_view text = sources[range.file].text();
    const std::string_view rest = text.substr(static_cast<std::size_t>(at - text.data()));
    const std::string_view line = rest.substr(0, rest.find_first_of("\n#"));
    return std::count(line.begin(), line.end(), '"') == 1;
  }
  void check_length(Span at, std::size_t limit, const char* what) const {
    if (at.end - at.begin <= limit) return;
    diagnostics.add(Code::too_large, {at.file, at.begin, at.begin + 1},
                    std::string(what) + " of " + std::to_string(at.end - at.begin) +
                        " bytes; the limit is " + std::to_string(limit));
  }
};

template <typename Rule>
struct action {};

template <TokenKind kind>
struct push_token {
  template <typename Input>
  static void apply(const Input& in, Output& out) {
    const Span at = out.span(in.begin(), in.end());
    if (kind == TokenKind::string || kind == TokenKind::long_string) {
      out.check_length(at, limits::string_bytes, "a text");
    } else if (kind == TokenKind::name || kind == TokenKind::word) {
      out.check_length(at, limits::name_bytes, "a name");
    }
    out.push(kind, at);
  }
};

template <>
struct action<name> : push_token<TokenKind::name> {};
template <>
struct action<word> : push_token<TokenKind::word> {};
template <>
struct action<string> : push_token<TokenKind::string> {};
template <>
struct action<long_string> : push_token<TokenKind::long_string> {};
template <>
struct action<number> : push_token<TokenKind::number> {};
template <>
struct action<percent> : push_token<TokenKind::percent> {};
template <>
struct action<date> : push_token<TokenKind::date> {};
template <>
struct action<symbol> : push_token<TokenKind::symbol> {};

struct skip_blank {
  template <typename Input>
  static void apply(const Input&, Output& out) {
    out.blank = true;
  }
};
template <>
struct action<blank> : skip_blank {};
template <>
struct action<comment> : skip_blank {};

template <>
struct action<string_of_lines> {
  template <typename Input>
  static void apply(const Input& in, Output& out) {
    const char* line = std::find(in.begin(), in.end(), '\n');
    out.diagnostics.add(Code::unclosed_string, out.span(in.begin(), line),
                        "this text goes on over the end of its line",
                        "write long text between `\"\"\"` and `\"\"\"`");
    out.push(TokenKind::string, out.span(in.begin(), in.end()));
  }
};
template <>
struct action<string_unclosed> {
  template <typename Input>
  static void apply(const Input& in, Output& out) {
    const std::string_view before = out.line_before(in.begin());
    const bool ends_here = !before.empty() && before.find('"') == std::string_view::npos &&
                           std::string_view(" \t({").find(before.back()) == std::string_view::npos;
    out.diagnostics.add(
        Code::unclosed_string, out.span(in.begin(), in.end()),
        ends_here ? "a text ends here that does not begin" : "this text is not closed on its line",
        ends_here ? "write `\"` where it begins too"
                  : "close it with `\"`, or write long text between `\"\"\"` and `\"\"\"`");
    out.push(TokenKind::string, out.span(in.begin(), in.end()));
    out.tokens.back().broken = true;
  }
};
template <>
struct action<other_quotes> {
  template <typename Input>
  static void apply(const Input& in, Output& out) {
    const Utf8Char c = next_utf8({in.begin(), static_cast<std::size_t>(in.end() - in.begin())});
    out.diagnostics.add(Code::unexpected_character, out.span(in.begin(), in.begin() + c.bytes),
                        "unexpected `" + std::string(in.begin(), c.bytes) + "`",
                        "text stands between `\"` and `\"`");
    out.push(TokenKind::string, out.span(in.begin(), in.end()));
  }
};
struct other_comment {
  template <typename Input>
  static void apply(const Input& in, Output& out) {
    const std::string sign(in.begin(), 2);
    out.diagnostics.add(Code::unexpected_character, out.span(in.begin(), in.begin() + 2),
                        "unexpected `" + sign + "`",
                        "a comment begins with `#` and ends with its line");
    out.blank = true;
  }
};
template <>
struct action<slashes> : other_comment {};
template <>
struct action<starred> : other_comment {};
template <>
struct action<long_unclosed> {
  template <typename Input>
  static void apply(const Input& in, Output& out) {
    out.diagnostics.add(Code::unclosed_string, out.span(in.begin(), in.begin() + 3),
                        "this long text is not closed before the file ends",
                        "close it with `\"\"\"`");
    out.push(TokenKind::long_string, out.span(in.begin(), in.end()));
  }
};
template <>
struct action<number_malformed> {
  template <typename Input>
  static void apply(const Input& in, Output& out) {
    const std::string text = in.string();
    out.diagnostics.add(Code::bad_number, out.span(in.begin(), in.end()),
                        "`" + text + "` is neither a number nor a name",
                        "names begin with a lower-case letter; a duration has a blank: `30 days`");
    out.push(TokenKind::stranger, out.span(in.begin(), in.end()));
  }
};
template <>
struct action<stranger> {
  template <typename Input>
  static void apply(const Input& in, Output& out) {
    const std::string_view seen(in.begin(), static_cast<std::size_t>(in.end() - in.begin()));
    const char* end = in.end();
    std::string help;
    if (seen == "==") help = "write `is`";
    if (seen == "!=") help = "write `is not`";
    if (seen == "&&") help = "write `and`";
    if (seen == "||") help = "write `or`";
    if (seen == "!") help = "write `not`";
    if (seen == ";") help = "nothing ends a clause: leave it out";
    if (seen == "'") help = "text stands between `\"` and `\"`";
    if (seen == "%") help = "the sign follows its number: `50%`";
    if (seen == "[" || seen == "]") help = "a list stands between braces: `{ a, b }`";
    if (seen == "[") ++out.brackets;
    if (seen == "]" && out.brackets > 0) {  // told at the `[`
      --out.brackets;
      return out.push(TokenKind::stranger, out.span(in.begin(), end));
    }
    if (seen == "?") help = "write `if … then … else …`";
    if (seen == "^") help = "write `x * x`";
    std::string shown(seen);
    const char* stop = out.sources[out.range.file].text().data() + out.range.end;
    const Utf8Char c = next_utf8({in.begin(), static_cast<std::size_t>(stop - in.begin())});
    if (c.bytes > 1) {
      shown.assign(in.begin(), c.bytes);
      end = in.begin() + c.bytes;
      for (const char* quote : {"“", "”", "„", "‘", "’", "«", "»"}) {
        if (shown == quote) help = "text stands between `\"` and `\"`";
      }
      if (help.empty()) help = "names have the letters a to z; other letters stand in texts";
    } else if (static_cast<unsigned char>(seen.front()) < 0x20) {
      shown = "control character " + std::to_string(static_cast<int>(seen.front()));
    } else if (static_cast<unsigned char>(seen.front()) >= 0x80) {
      return;  // the rest of a character that was reported, or not UTF-8, which has its own message
    }
    // Within a text that lacks its first quote: that is told at the other one.
    if (!out.is_in_unopened_text(in.begin()))
      out.diagnostics.add(Code::unexpected_character, out.span(in.begin(), end),
                          "unexpected `" + shown + "`", help);
    out.push(TokenKind::stranger, out.span(in.begin(), end));
    out.blank = true;
  }
};

}  // namespace

std::vector<Token> tokenize(const Sources& sources, Span range, Diagnostics& diagnostics) {
  const std::string_view text = text_of(sources, range);
  Output output{sources, range, diagnostics, {}, true};
  peg::memory_input<peg::tracking_mode::lazy> input(text.data(), text.data() + text.size(), "");
  peg::parse<file, action>(input, output);
  output.push(TokenKind::end, {range.file, range.end, range.end});
  return std::move(output.tokens);
}

}  // namespace riskd::dsl
