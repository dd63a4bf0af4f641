// Words and signs of a rule file.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dsl/text/diagnostic.hpp"
#include "dsl/text/source.hpp"

namespace riskd::dsl {

enum class TokenKind : std::uint8_t {
  end,
  name,         // sign-in
  word,         // CWE-307, and whatever else looks like a name but is none
  string,       // "…", with its quotes
  long_string,  // """…"""
  number,       // 12, 0.5
  percent,      // 70%
  date,         // 2026-11-23
  symbol,       // { } ( ) : , . < <= > >= + - * / = ->
  stranger,     // what fits nothing; it was reported
};

struct Token {
  TokenKind kind = TokenKind::end;
  Span span;
  bool blank_before = false;  // white space, a comment or the file's beginning
  bool broken = false;        // a text whose end is a guess; it was reported
};

// Cuts bytes begin…end of a file into words and signs; the last token is `end`. What fits nothing
// is reported and kept as a `stranger`.
std::vector<Token> tokenize(const Sources& sources, Span range, Diagnostics& diagnostics);

}  // namespace riskd::dsl
