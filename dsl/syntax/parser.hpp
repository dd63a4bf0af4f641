// The recursive-descent parser of a file; used by syntax.hpp's parse() only. What it stands on: token_reader.hpp.
#pragma once

#include "dsl/syntax/scenario_reader.hpp"

namespace riskd::dsl {

class Parser : public ScenarioReader {
 public:
  Parser(const Sources& sources, std::uint32_t file, Syntax& syntax, Diagnostics& diagnostics)
      : ScenarioReader(sources, file, syntax, diagnostics) {}
  void parse_file();

 private:
  ClauseId declaration();
  ClauseId change(ClauseKind kind);  // of a library: `extend`, `override`, `disable`
  ClauseId changed_value(ClauseId id, const Token& first);
};

}  // namespace riskd::dsl
