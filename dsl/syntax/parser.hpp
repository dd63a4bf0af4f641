// The recursive-descent parser; used by syntax.hpp's parse() only.
//
// A function reads one construct and returns its index. On a mistake it reports, sets `panic` and
// returns what it has; the loop over a body then steps to the next clause and goes on.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/syntax/syntax.hpp"
#include "dsl/syntax/token.hpp"
#include "dsl/text/diagnostic.hpp"

namespace riskd::dsl {

class Parser {
 public:
  Parser(const Sources& sources, std::uint32_t file, Syntax& syntax, Diagnostics& diagnostics);
  void parse_file();

 private:
  // Tokens
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
  bool beside_broken_text() const;
  bool skip_colon();                  // behind a keyword, where none stands: reports it
  std::string usual_mistake() const;  // help: what stands next is a word of another language
  std::string near_word(const std::vector<std::string>& words) const;  // help: one is close to next
  Span span_from(const Token& first) const;

  // Names, texts, types
  Name name(const std::string& what);       // one plain name
  Name reference(const std::string& what);  // perhaps qualified
  TextId text_literal(const std::string& what, bool interpolate);
  TextId optional_text(bool interpolate = false);
  TextId unopened_text();
  void split_text(const Token& token, bool interpolate, Text& out);
  std::uint32_t type();
  Choice choice();
  Name component_type_clause();  // `for component of type T`
  ExprId default_value();        // after `default`: a value, or the choices of an any-of question
  // `help` is for a word that is near to none of them.
  Name kind_word(std::span<const std::string_view> kinds, const std::string& help = {});
  Name kind_word(std::initializer_list<std::string_view> kinds) {
    return kind_word(std::span(kinds.begin(), kinds.size()));
  }
  Name tracker();                               // a kind of tracker
  Name source();                                // a source of evidence
  Name map_name();                              // of a status map, if one stands there
  void former_names(std::vector<Name>& names);  // `was NAME`, any number of times

  // Expressions, loosest first
  ExprId expression();
  ExprId logic_or();
  ExprId logic_and();
  ExprId logic_not();
  ExprId comparison();
  ExprId sum();
  ExprId term();
  ExprId operand();
  bool check_terms(std::size_t terms, const Token& sign);
  ExprId number_literal(bool negative, bool with_unit = true);
  ExprId if_expression();
  ExprId match_expression();
  ExprId name_or_call();
  ExprId is_tail(ExprId left, const Token& first);
  std::vector<ExprId> braced_list();
  ExprId make(ExprKind kind, const Token& first, std::vector<ExprId> kids = {});

  // Declarations
  ClauseId declaration();
  ClauseId library();
  ClauseId import();
  ClauseId scale(ClauseKind kind);
  ClauseId field();
  ClauseId questionnaire();
  ClauseId question();
  ClauseId component_type();
  ClauseId standard_list();
  ClauseId attributes();
  ClauseId let(ClauseKind kind);
  ClauseId pattern();
  ClauseId risk();
  ClauseId weakness();
  ClauseId countermeasure();
  ClauseId change(ClauseKind kind);
  ClauseId changed_value(ClauseId id, const Token& first);
  ClauseId changed_question_clause(ClauseKind change);
  ClauseId adjust();
  ClauseId adjust_clause();
  ClauseId status_map();
  ClauseId evidence();
  ClauseId row(std::span<const std::string_view> results, bool absent_allowed);
  ClauseId status_row();
  ClauseId evidence_clause();
  ClauseId ticket();
  ClauseId scenario();

  // Clauses of bodies
  void once(const Token& at, bool given, const std::string& what);
  ClauseId test();
  TestSyntax named_test();  // its source, name and tool
  TextId test_name();
  ClauseId required();
  ClauseId named_expression(ClauseKind kind);  // the keyword is the next token
  ClauseId setting(std::string_view owner);
  ClauseId element_clause(std::string_view owner);
  ClauseId ticket_clause();
  ClauseId scenario_fact(bool given);
  ClauseId scenario_case();
  ClauseId scenario_expectation();

  // Statements of scenarios
  ClauseId scenario_statement();
  ClauseId today();
  ClauseId component();
  ClauseId answers(const Name* component);
  ExprId answered_value();
  void refuse_no_answer();
  ClauseId ticket_status();
  ClauseId result();
  ClauseId decision();
  ClauseId false_positive();
  ClauseId acceptance();
  void decision_terms(DecisionTerms& terms);
  ClauseId expectation();
  ClauseId expected_pattern();
  ClauseId expected_ticket();
  ExprId expected_condition(std::string_view kind);
  std::vector<ExpectedTextSyntax> ticket_texts();
  ClauseId finish_statement(ClauseId id, const Token& first, Statement said);

  using ClauseParser = std::function<ClauseId()>;
  // { clause… }: `one` reads one clause or reports that none begins here.
  void body(ClauseId owner, const ClauseParser& one, std::string_view what);
  void recover_in_body(std::size_t level);
  void recover_to_declaration();

  ClauseId begin(ClauseKind kind, const Token& first);
  void finish(ClauseId id, const Token& first);
  Clause& clause(ClauseId id) { return syntax_.clauses[id]; }

  bool enter(const Token& at);  // one level deeper; false where that is too deep
  void leave() { --depth_; }

  const Sources& sources_;
  std::uint32_t file_;
  Syntax& syntax_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;
  std::size_t braces_ = 0;  // that are open
  bool panic_ = false;
};

bool is_reserved(std::string_view word);

// Takes out each `}` that closes nothing, and reports it.
void drop_extra_braces(const Sources& sources, std::vector<Token>& tokens,
                       Diagnostics& diagnostics);

// Where a clause of the model stands, for messages; empty for a word that begins none.
std::string home_of(std::string_view clause);

}  // namespace riskd::dsl
