// Text literals: escapes, the indentation of long text, interpolation.
#include <algorithm>

#include "dsl/syntax/expression_reader.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::dsl {
namespace {

// The indentation that all lines after the first share, blank lines not counted.
std::size_t common_indentation(std::string_view raw) {
  std::size_t common = std::string_view::npos;
  for (std::size_t at = raw.find('\n'); at != std::string_view::npos; at = raw.find('\n', at + 1)) {
    std::size_t width = 0;
    while (at + 1 + width < raw.size() &&
           (raw[at + 1 + width] == ' ' || raw[at + 1 + width] == '\t'))
      ++width;
    const std::size_t after = at + 1 + width;
    const bool blank = after >= raw.size() || raw[after] == '\n' || raw[after] == '\r';
    if (!blank || after >= raw.size()) common = std::min(common, blank ? common : width);
  }
  return common == std::string_view::npos ? 0 : common;
}

void trim_long(std::vector<TextPart>& parts) {
  if (parts.empty()) return;
  std::string& first = parts.front().text;
  const std::size_t begin = first.find_first_not_of(" \t\r\n");
  if (parts.front().expr == nothing)
    first.erase(0, begin == std::string::npos ? first.size() : begin);
  std::string& last = parts.back().text;
  if (parts.back().expr == nothing) last.erase(last.find_last_not_of(" \t\r\n") + 1);
  // What is nothing but layout around an interpolation leaves no trace.
  const auto is_empty = [](const TextPart& part) {
    return part.expr == nothing && part.text.empty();
  };
  if (parts.size() > 1 && is_empty(parts.front())) parts.erase(parts.begin());
  if (parts.size() > 1 && is_empty(parts.back())) parts.pop_back();
}

}  // namespace

// The expression between braces, which are the ends of `at`.
ExprId ExpressionReader::interpolated(Span at) {
  std::vector<Token> inner = tokenize(sources_, {file_, at.begin + 1, at.end - 1}, diagnostics_);
  std::swap(tokens_, inner);
  const std::size_t position = std::exchange(position_, 0);
  const std::size_t braces = braces_;
  const bool panic = std::exchange(panic_, at_end());
  if (panic_) {
    diagnostics_.add(Code::syntax, at, "nothing stands between these braces",
                     "write `\\{` for the brace itself");
  }
  const ExprId read = expression();
  if (!panic_ && !at_end()) error_expected("`}` after the expression");
  std::swap(tokens_, inner);
  position_ = position;
  braces_ = braces;
  panic_ = panic;
  return read;
}

void ExpressionReader::split_text(const Token& token, bool interpolate, Text& out) {
  const std::size_t quotes = token.kind == TokenKind::long_string ? 3 : 1;
  std::string_view raw = text(token);
  if (!raw.starts_with('"')) {  // other quotes, which were reported: what stands between them
    const std::size_t first = next_utf8(raw).bytes;
    std::size_t end = raw.size() - 1;
    while (end > first && (static_cast<unsigned char>(raw[end]) & 0xc0) == 0x80) --end;
    out.parts.push_back({std::string(raw.substr(first, end - first)), nothing});
    return;
  }
  const bool closed = raw.size() >= 2 * quotes && raw.ends_with(quotes == 3 ? "\"\"\"" : "\"");
  raw = raw.substr(quotes, raw.size() - quotes - (closed ? quotes : 0));
  const auto offset = static_cast<std::uint32_t>(token.span.begin + quotes);
  const std::size_t indentation = quotes == 3 ? common_indentation(raw) : 0;

  TextPart part;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '\\' && i + 1 < raw.size()) {
      const char escaped = raw[++i];
      if (escaped == 'n') {
        part.text += '\n';
      } else if (escaped == '"' || escaped == '\\' || escaped == '{') {
        part.text += escaped;
      } else {
        const auto at = static_cast<std::uint32_t>(offset + i - 1);
        diagnostics_.add(Code::bad_escape, {file_, at, at + 2},
                         "unknown escape `\\" + std::string(1, escaped) + "`",
                         "the escapes are `\\\"`, `\\\\`, `\\{` and `\\n`");
      }
    } else if (c == '\n' && quotes == 3) {
      while (part.text.ends_with(' ') || part.text.ends_with('\t') || part.text.ends_with('\r'))
        part.text.pop_back();
      part.text += '\n';
      std::size_t skip = 0;
      while (skip < indentation && i + 1 < raw.size() && (raw[i + 1] == ' ' || raw[i + 1] == '\t'))
        ++skip, ++i;
    } else if (c == '{' && interpolate) {
      int depth = 0;
      std::size_t end = i;
      for (; end < raw.size(); ++end) {
        if (raw[end] == '{') ++depth;
        if (raw[end] == '}' && --depth == 0) break;
      }
      const auto begin_at = static_cast<std::uint32_t>(offset + i);
      if (end >= raw.size()) {
        // `"{if a then "b" else "c"}"`: then what follows is the rest of it.
        const bool cut = !at_end() && !peek().blank_before;
        diagnostics_.add(Code::syntax, {file_, begin_at, begin_at + 1}, "this `{` is not closed",
                         cut ? "no text in quotes stands between the braces of a text"
                             : "close it with `}`, or write `\\{` for the brace itself");
        panic_ = panic_ || cut;
        break;
      }
      if (!part.text.empty()) out.parts.push_back(std::move(part));
      part = {};
      out.parts.push_back(
          {"", interpolated({file_, begin_at, static_cast<std::uint32_t>(offset + end + 1)})});
      i = end;
    } else {
      part.text += c;
    }
  }
  if (!part.text.empty() || out.parts.empty()) out.parts.push_back(std::move(part));
  if (quotes == 3) trim_long(out.parts);
}

TextId ExpressionReader::text_literal(const std::string& what, bool interpolate) {
  if (peek(1).kind == TokenKind::string || peek(1).kind == TokenKind::long_string) skip_colon();
  const Token token = peek();
  if (token.kind != TokenKind::string && token.kind != TokenKind::long_string) {
    if (const TextId unopened = unopened_text(); unopened != nothing) return unopened;
    error_expected(what);
    return nothing;
  }
  next();
  Text literal;
  literal.span = token.span;
  literal.is_long = token.kind == TokenKind::long_string;
  split_text(token, interpolate, literal);
  syntax_.texts.push_back(std::move(literal));
  return static_cast<TextId>(syntax_.texts.size() - 1);
}

TextId ExpressionReader::optional_text(bool interpolate) {
  const TokenKind kind = peek().kind;
  if (kind != TokenKind::string && kind != TokenKind::long_string) return unopened_text();
  return text_literal("a text", interpolate);
}

// The words of a text whose first quote is missing, up to its last one, where that is told. An empty text stands for
// it. Otherwise `nothing`.
TextId ExpressionReader::unopened_text() {
  std::size_t end = position_;
  while (!tokens_[end].broken) {
    if (tokens_[end].kind == TokenKind::end || line_of(tokens_[end]) != line_of(peek()) ||
        text(tokens_[end]) == "{")
      return nothing;
    ++end;
  }
  if (line_of(tokens_[end]) != line_of(peek())) return nothing;
  Text empty;
  empty.span = peek().span;
  while (position_ <= end) next();
  syntax_.texts.push_back(std::move(empty));
  return static_cast<TextId>(syntax_.texts.size() - 1);
}

}  // namespace riskd::dsl
