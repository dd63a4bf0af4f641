#include "dsl/syntax/parser.hpp"

#include "engine/base/limits.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::dsl {

void Parser::parse_file() {
  if (const auto bad = find_invalid_utf8(sources_[file_].text())) {
    const auto at = static_cast<std::uint32_t>(*bad);
    diagnostics_.add(Code::not_utf8, {file_, at, at + 1}, "this byte is not UTF-8");
  }
  while (!at_end()) {
    const std::size_t before = position_;
    const ClauseId id = declaration();
    if (id != nothing) syntax_.files[file_].push_back(id);
    if (panic_) {
      depth_ = 0;
      if (position_ == before) next();
      recover_to_declaration();
      braces_ = 0;
    }
  }
}

Syntax parse(const Sources& sources, Diagnostics& diagnostics) {
  Syntax syntax;
  parse_from(0, sources, syntax, diagnostics);
  return syntax;
}

void parse_from(std::uint32_t first, const Sources& sources, Syntax& syntax,
                Diagnostics& diagnostics) {
  syntax.files.resize(sources.size());
  std::size_t bytes = 0;
  for (std::size_t file = first; file < sources.size(); ++file)
    bytes += sources[file].text().size();
  // About what rules take; text that is mostly prose leaves pages that are never touched.
  syntax.clauses.reserve(syntax.clauses.size() + bytes / 16);
  syntax.exprs.reserve(syntax.exprs.size() + bytes / 16);
  syntax.texts.reserve(syntax.texts.size() + bytes / 32);
  for (std::uint32_t file = first; file < sources.size(); ++file)
    Parser(sources, file, syntax, diagnostics).parse_file();
}

const Clause* Syntax::child(const Clause& clause, ClauseKind kind) const {
  for (const ClauseId id : clause.children) {
    if (clauses[id].kind == kind) return &clauses[id];
  }
  return nullptr;
}

std::string Text::plain() const {
  std::string all;
  for (const TextPart& part : parts) all += part.text;
  return all;
}

}  // namespace riskd::dsl
