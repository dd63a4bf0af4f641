// Expressions and texts. A text may hold expressions between braces, and an expression texts.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dsl/syntax/name_reader.hpp"

namespace riskd::dsl {

class ExpressionReader : public NameReader {
 protected:
  ExpressionReader(const Sources& sources, std::uint32_t file, Syntax& syntax,
                   Diagnostics& diagnostics)
      : NameReader(sources, file, diagnostics), syntax_(syntax) {}

  TextId text_literal(const std::string& what, bool interpolate);
  TextId optional_text(bool interpolate = false);

  ExprId expression();
  ExprId sum();
  ExprId is_tail(ExprId left, const Token& first);  // after `is`
  ExprId number_literal(bool negative, bool with_unit = true);
  std::vector<ExprId> braced_list();
  ExprId make(ExprKind kind, const Token& first, std::vector<ExprId> kids = {});

  Syntax& syntax_;

 private:
  TextId unopened_text();
  ExprId interpolated(Span at);
  void split_text(const Token& token, bool interpolate, Text& out);
  // Loosest first
  ExprId if_expression();
  ExprId logic_or();
  ExprId logic_and();
  ExprId logic_not();
  ExprId comparison();
  ExprId term();
  ExprId operand();
  ExprId match_expression();
  ExprId name_or_call();
  bool check_terms(std::size_t terms, const Token& sign);
};

}  // namespace riskd::dsl
