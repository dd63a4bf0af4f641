// Patterns, risks, weaknesses, countermeasures, and what stands in them.
#pragma once

#include <string_view>

#include "dsl/syntax/declaration_reader.hpp"

namespace riskd::dsl {

class ModelReader : public DeclarationReader {
 protected:
  using DeclarationReader::DeclarationReader;

  ClauseId pattern();
  ClauseId risk();
  ClauseId weakness();
  ClauseId countermeasure();
  ClauseId element_clause(std::string_view owner);  // of one of these
  TestSyntax named_test();                          // its source, name and tool
  TextId test_name();
  ClauseId changed_question_clause(ClauseKind change);

 private:
  ClauseId test();
  ClauseId required();
  ClauseId setting(std::string_view owner);
};

}  // namespace riskd::dsl
