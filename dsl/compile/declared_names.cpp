#include "dsl/compile/declared_names.hpp"

#include <optional>

namespace riskd::dsl {
namespace {

std::optional<NameSpace> space_of(const Clause& clause) {
  switch (clause.kind) {
    case ClauseKind::field:
    case ClauseKind::question:
    case ClauseKind::let:
    case ClauseKind::rating:
      return NameSpace::values;
    case ClauseKind::attribute:
      return NameSpace::attributes;
    case ClauseKind::scale:
      return NameSpace::scales;
    case ClauseKind::bands:
      return NameSpace::bands;
    case ClauseKind::component_type:
      return NameSpace::component_types;
    case ClauseKind::pattern:
    case ClauseKind::risk:
      return NameSpace::elements;
    case ClauseKind::adjust:
      return NameSpace::steps;
    case ClauseKind::ticket:
      return NameSpace::tickets;
    case ClauseKind::weakness:
    case ClauseKind::countermeasure:
      if (clause.title != nothing) return NameSpace::elements;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

DeclaredNames declared_names(const Syntax& syntax) {
  DeclaredNames names;
  for (const std::vector<ClauseId>& file : syntax.files) {
    std::string library;
    std::vector<ClauseId> open(file.rbegin(), file.rend());
    while (!open.empty()) {
      const Clause& clause = syntax.clauses[open.back()];
      open.pop_back();
      if (clause.kind == ClauseKind::library && library.empty()) library = clause.name.text;
      const auto space = space_of(clause);
      if (space && !clause.name.text.empty() && clause.name.qualifier.empty()) {
        names[{*space, *space == NameSpace::bands ? "band" : clause.name.text}].insert(library);
        // An attribute is read like any other value.
        if (*space == NameSpace::attributes)
          names[{NameSpace::values, clause.name.text}].insert(library);
      }
      if (clause.kind == ClauseKind::scenario) continue;
      open.insert(open.end(), clause.children.rbegin(), clause.children.rend());
    }
  }
  return names;
}

}  // namespace riskd::dsl
