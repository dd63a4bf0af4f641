// Expressions in words: questions by their text, choices by their titles.
#pragma once

#include <string>

#include "dsl/catalogue/doc_blocks.hpp"
#include "dsl/compile/clause_index.hpp"

namespace riskd::dsl {

// Anchors of the catalogue.
std::string question_anchor(const engine::Program& program, std::uint32_t index);
std::string let_anchor(const engine::Let& let);

class DocWords {
 public:
  DocWords(const Compilation& policy, const ClauseIndex& index);

  // `sign-in includes password` → "*How do users sign in?* includes **Password**".
  Inlines words(ExprId id) const;
  // Of a default: the choices between its braces.
  Inlines standard(ExprId id) const;

 private:
  void add(Inlines& out, ExprId id, bool negated = false) const;
  void name(Inlines& out, ExprId id, bool negated) const;
  void call(Inlines& out, ExprId id) const;
  void match(Inlines& out, const Expr& expr) const;
  void answered(Inlines& out, const Expr& expr) const;  // and `is not answered`
  void listed(Inlines& out, const Expr& expr, std::size_t first, const std::string& last) const;
  void infix(Inlines& out, const Expr& expr, const std::string& between) const;
  std::string source(Span span) const;

  const Compilation& policy_;
  const Syntax& syntax_;
  const engine::Program& program_;
  const ClauseIndex& index_;
};

}  // namespace riskd::dsl
