// What clauses are made of: their begin and end, bodies, types and defaults.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "dsl/syntax/expression_reader.hpp"

namespace riskd::dsl {

class ClauseReader : public ExpressionReader {
 protected:
  using ExpressionReader::ExpressionReader;

  ClauseId begin(ClauseKind kind, const Token& first);
  void finish(ClauseId id, const Token& first);
  Clause& clause(ClauseId id) { return syntax_.clauses[id]; }

  using ClauseParser = std::function<ClauseId()>;
  // { clause… }: `one` reads one clause or reports that none begins here.
  void body(ClauseId owner, const ClauseParser& one, std::string_view what);
  void once(const Token& at, bool given, const std::string& what);  // reports a second one
  ClauseId named_expression(ClauseKind kind);                       // the keyword is the next token
  std::uint32_t type();
  Choice choice();
  ExprId default_value();  // after `default`: a value, or the choices of an any-of question
};

}  // namespace riskd::dsl
