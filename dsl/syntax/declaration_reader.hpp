// Libraries, types, fields, questions and derived values.
#pragma once

#include "dsl/syntax/clause_reader.hpp"

namespace riskd::dsl {

class DeclarationReader : public ClauseReader {
 protected:
  using ClauseReader::ClauseReader;

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
};

}  // namespace riskd::dsl
