// The words of a file with the comments and empty lines between them; used by the formatter only.
#pragma once

#include <string>
#include <vector>

#include "dsl/format/pretty.hpp"
#include "dsl/syntax/token.hpp"

namespace riskd::dsl {

struct Comment {
  std::string text;
  bool own_line = false;
  bool empty_line_before = false;
};

// What stands before a word.
struct Gap {
  std::vector<Comment> comments;
  bool empty_line_before = false;  // between the last comment, or the word before, and this word
};

struct Words {
  const Sources* sources = nullptr;
  std::vector<Token> tokens;  // the last is `end`
  std::vector<Gap> gaps;      // before each token

  std::string_view text(std::size_t index) const { return text_of(*sources, tokens[index].span); }
  bool is(std::size_t index, std::string_view word) const { return text(index) == word; }
  // The token that begins at `offset`, or the next one behind it.
  std::size_t at(std::uint32_t offset) const;
};

Words read_words(const Sources& sources);

// A long text, its lines indented as the place asks.
Doc long_text(std::string_view literal);

// The blank between two neighbours, by what they are: none around `.`, none before `,` …
Doc between(const Words& words, std::size_t left, bool call, bool match_colon);

}  // namespace riskd::dsl
