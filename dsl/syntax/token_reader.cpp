#include "dsl/syntax/token_reader.hpp"

#include <algorithm>
#include <array>

#include "engine/base/limits.hpp"

namespace riskd::dsl {

namespace {

constexpr std::array<std::string_view, 18> reserved{
    "and",   "or",        "not",  "is",    "in",  "includes", "if",    "then",       "else",
    "match", "otherwise", "true", "false", "yes", "no",       "today", "connection", "zone"};

constexpr std::array<std::string_view, 23> declarations{
    "library",        "import",    "scale",      "bands",    "field",    "questionnaire",
    "component-type", "attribute", "let",        "pattern",  "weakness", "countermeasure",
    "rating",         "adjust",    "status-map", "evidence", "ticket",   "scenario",
    "extend",         "override",  "disable",    "question", "standard"};

std::string describe(std::string_view text, TokenKind kind) {
  if (kind == TokenKind::end) return "the end of the file";
  if (text.size() > 40) text = text.substr(0, text.find('\n'));
  if (text.size() > 40) {
    std::size_t cut = 40;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
    return "`" + std::string(text.substr(0, cut)) + "…`";
  }
  return "`" + std::string(text) + "`";
}

}  // namespace

TokenReader::TokenReader(const Sources& sources, std::uint32_t file, Diagnostics& diagnostics)
    : sources_(sources), file_(file), diagnostics_(diagnostics) {
  const auto size = static_cast<std::uint32_t>(sources[file].text().size());
  tokens_ = tokenize(sources, {file, 0, size}, diagnostics);
  drop_extra_braces(sources, tokens_, diagnostics);
}

bool is_reserved(std::string_view word) {
  return std::find(reserved.begin(), reserved.end(), word) != reserved.end();
}

const Token& TokenReader::peek(std::size_t ahead) const {
  return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

bool TokenReader::at_symbol(std::string_view symbol, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::symbol && text(peek(ahead)) == symbol;
}

bool TokenReader::at_word(std::string_view word, std::size_t ahead) const {
  return peek(ahead).kind == TokenKind::name && text(peek(ahead)) == word;
}

bool TokenReader::at_comparison() const {
  return at_symbol("<") || at_symbol("<=") || at_symbol(">") || at_symbol(">=") || at_word("in") ||
         at_word("includes") || at_matches();
}

// No reserved word: an attribute may have this name, and no attribute is followed by a text.
bool TokenReader::at_matches() const {
  return at_word("matches") && peek(1).kind == TokenKind::string;
}

const Token& TokenReader::next() {
  const Token& token = peek();
  if (at_symbol("{")) ++braces_;
  if (at_symbol("}") && braces_ > 0) --braces_;
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool TokenReader::accept_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  next();
  return true;
}

bool TokenReader::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  next();
  return true;
}

bool TokenReader::expect_symbol(std::string_view symbol, std::string_view after) {
  if (accept_symbol(symbol)) return true;
  error_expected("`" + std::string(symbol) + "` " + std::string(after));
  return false;
}

bool TokenReader::expect_word(std::string_view word, std::string_view after) {
  if (accept_word(word)) return true;
  error_expected("`" + std::string(word) + "` " + std::string(after));
  return false;
}

void TokenReader::error_expected(const std::string& what, const std::string& help) {
  if (panic_) return;
  panic_ = true;
  const Token& seen = peek();
  if (seen.kind == TokenKind::stranger || beside_broken_text()) return;  // was reported
  Span at = seen.span;
  if (seen.kind == TokenKind::end && position_ > 0) at = tokens_[position_ - 1].span;
  diagnostics_.add(Code::syntax, at,
                   "expected " + what + ", found " + describe(text(seen), seen.kind),
                   help.empty() ? usual_mistake() : help);
}

// Whether a text on this line, or the word before, has an end that is a guess: what stands behind it was not
// read as it was meant. Of a very long line only what is near is looked at.
bool TokenReader::beside_broken_text() const {
  constexpr std::size_t near = 200;
  const std::string_view all = sources_[file_].text();
  // Whether a line ends between a word and the one before it.
  const auto begins_line = [&](std::size_t i) {
    const std::size_t from = tokens_[i - 1].span.end;
    const std::size_t end = std::max<std::size_t>(tokens_[i].span.begin, from);
    return all.substr(from, end - from).find('\n') != std::string_view::npos;
  };
  if (position_ > 0 && tokens_[position_ - 1].broken) return true;
  const std::size_t last = std::min(tokens_.size(), position_ + near);
  for (std::size_t i = position_; i < last; ++i) {
    if (i > position_ && begins_line(i)) break;
    if (tokens_[i].broken) return true;
  }
  const std::size_t first = position_ - std::min(position_, near);
  for (std::size_t i = position_; i > first && !begins_line(i); --i) {
    if (tokens_[i - 1].broken) return true;
  }
  return false;
}

Span TokenReader::span_from(const Token& first) const {
  const std::uint32_t end = position_ > 0 ? tokens_[position_ - 1].span.end : first.span.end;
  return {file_, first.span.begin, std::max(end, first.span.begin)};
}

bool TokenReader::enter(const Token& at) {
  if (++depth_ <= limits::expression_depth) return true;
  if (!panic_) {
    panic_ = true;
    diagnostics_.add(
        Code::too_deep, at.span,
        "nested more than " + std::to_string(limits::expression_depth) + " levels deep");
  }
  return false;
}

void TokenReader::recover_in_body(std::size_t level) {
  // Words with which a clause of some body begins: after a mistake, reading goes on at one of them
  // on a new line, or where the body ends, which has `level` open braces.
  while (!at_end()) {
    if (at_symbol("}") && braces_ <= level) break;
    const Token& token = peek();
    if (braces_ <= level && token.kind == TokenKind::name && position_ > 0) {
      const std::string_view between = sources_[file_].text().substr(
          tokens_[position_ - 1].span.end, token.span.begin - tokens_[position_ - 1].span.end);
      if (between.find('\n') != std::string_view::npos) break;
    }
    next();
  }
  panic_ = false;
}

bool TokenReader::at_declaration(std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::name &&
         std::find(declarations.begin(), declarations.end(), text(token)) != declarations.end();
}

std::uint32_t TokenReader::line_of(const Token& token) const {
  return sources_[file_].locate(token.span.begin).line;
}

void TokenReader::recover_to_declaration() {
  while (!at_end()) {
    if (at_declaration() && sources_[file_].locate(peek().span.begin).column == 1) break;
    next();
  }
  panic_ = false;
}

}  // namespace riskd::dsl
