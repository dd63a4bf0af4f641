// Lays out one file; used by format.cpp only. Expressions are in format_expressions.cpp, clauses in
// format_clauses.cpp.
//
// Walks the words once, from the first to the last: every function takes the words of its construct, in
// their order, so that none is lost and none is told twice.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dsl/format/format_tokens.hpp"
#include "dsl/syntax/syntax.hpp"

namespace riskd::dsl {

class Formatter {
 public:
  Formatter(const Sources& sources, const Syntax& syntax);
  std::string run();

 private:
  const Clause& clause(ClauseId id) const { return syntax_.clauses[id]; }
  const Expr& expr(ExprId id) const { return syntax_.exprs[id]; }
  std::size_t past(Span span) const { return words_.at(span.end); }

  // Words
  Doc word();  // the next one, with the comments around it
  bool at(std::string_view value) const;
  Doc blank(bool match_colon = false) const;
  static Doc comment_doc(const Comment& comment);
  void take_comments(std::vector<Doc>& docs);  // those before the next word
  void take_tail(std::vector<Doc>& docs);      // that behind the last word, on its line
  // Comments above the next clause, each on its line; `first`: nothing stands above in its body.
  void above(std::vector<Doc>& docs, bool first);
  // The comma behind an item, if `wanted`, whether or not it was written before `closing`.
  void comma(std::vector<Doc>& docs, bool wanted, std::size_t closing);

  // Expressions
  Doc expression(ExprId id);
  Doc operands(ExprId id, std::size_t count);
  void chain(ExprId id, bool sums, std::vector<Doc>& parts);
  Doc braced(ExprId id, bool match);
  Doc parenthesised(ExprId id);
  Doc plain(ExprId id);
  ExprId operand_here(const Expr& e, std::size_t& kid) const;

  // Clauses
  // What is known of a clause beforehand: where its expressions, type and inner clauses begin.
  struct Parts {
    std::unordered_map<std::size_t, ExprId> exprs;
    std::unordered_map<std::size_t, ClauseId> clauses;
    std::size_t type = 0;
  };
  Parts parts_of(const Clause& c) const;
  Doc clause_doc(ClauseId id);
  Doc sequence(ClauseId id);
  Doc body_clause(ClauseId id);
  std::vector<Doc> children(const Clause& c, std::size_t closing, bool short_body);
  Doc child_doc(const Clause& owner, ClauseId id, std::size_t closing, bool last);
  Doc item(std::size_t end, bool titled);
  bool titled_at(std::size_t word, std::size_t end) const;
  Doc type(const TypeSyntax& type);
  Doc component_answers(const AnswersSyntax& said, std::size_t closing);
  bool opens_option(const Clause& c) const;
  bool fits_one_line(const Clause& c, std::size_t end) const;

  const Syntax& syntax_;
  Words words_;
  std::size_t next_ = 0;
  // Where the clause or item ends: a comment behind its last word belongs to it as a whole, and does
  // not break what stands on the line.
  std::size_t end_ = 0;
  std::unordered_set<std::uint32_t> calls_;             // ends of the names of calls
  std::unordered_set<std::uint32_t> sources_of_tests_;  // ends of `zap` in `decide zap:10202`
};

}  // namespace riskd::dsl
