// The tokens of a file, one after the other, and what is said where another one was expected.
//
// The readers of the language stand on each other, the lowest first: tokens, names, expressions, clauses, declarations,
// the model, the policy, scenarios, the file (parser.hpp). Each uses what is below it and knows nothing of what is
// above. A function reads one construct and gives its index. On a mistake it reports, sets `panic_` and gives what it
// has; the loop over a body then steps to the next clause and goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/syntax/syntax.hpp"
#include "dsl/syntax/token.hpp"
#include "dsl/text/diagnostic.hpp"

namespace riskd::dsl {

class TokenReader {
 protected:
  TokenReader(const Sources& sources, std::uint32_t file, Diagnostics& diagnostics);

  const Token& peek(std::size_t ahead = 0) const;
  std::string_view text(const Token& token) const { return text_of(sources_, token.span); }
  bool at_symbol(std::string_view symbol, std::size_t ahead = 0) const;
  bool at_word(std::string_view word, std::size_t ahead = 0) const;
  bool at_comparison() const;
  bool at_matches() const;  // but `is`
  bool at_end() const { return peek().kind == TokenKind::end; }
  bool at_declaration(std::size_t ahead = 0) const;  // at a word with which one may begin
  std::uint32_t line_of(const Token& token) const;
  const Token& next();
  bool accept_symbol(std::string_view symbol);
  bool accept_word(std::string_view word);
  bool expect_symbol(std::string_view symbol, std::string_view after);
  bool expect_word(std::string_view word, std::string_view after);
  void error_expected(const std::string& what, const std::string& help = {});
  bool skip_colon();  // behind a keyword, where none stands: reports it
  std::string near_word(const std::vector<std::string>& words) const;  // help: one is close to next
  std::string usual_mistake() const;  // help: what stands next is a word of another language
  Span span_from(const Token& first) const;

  bool enter(const Token& at);  // one level deeper; false where that is too deep
  void leave() { --depth_; }
  // After a mistake: to the next clause of a body that `level` braces hold, or to the next declaration.
  void recover_in_body(std::size_t level);
  void recover_to_declaration();

  const Sources& sources_;
  const std::uint32_t file_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;
  std::size_t braces_ = 0;  // that are open
  bool panic_ = false;      // a mistake was reported, and what it belongs to is not left yet

 private:
  bool beside_broken_text() const;
};

bool is_reserved(std::string_view word);

// Takes out each `}` that closes nothing, and reports it.
void drop_extra_braces(const Sources& sources, std::vector<Token>& tokens,
                       Diagnostics& diagnostics);

// Where a clause of the model stands, for messages; empty for a word that begins none.
std::string home_of(std::string_view clause);

}  // namespace riskd::dsl
