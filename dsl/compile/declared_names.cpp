#include "dsl/compile/declared_names.hpp"

#include <optional>
#include <utility>

namespace riskd::dsl {
namespace {

constexpr std::pair<ClauseKind, NameSpace> spaces[] = {
    {ClauseKind::field, NameSpace::values},
    {ClauseKind::question, NameSpace::values},
    {ClauseKind::let, NameSpace::values},
    {ClauseKind::rating, NameSpace::values},
    {ClauseKind::attribute, NameSpace::attributes},
    {ClauseKind::scale, NameSpace::scales},
    {ClauseKind::bands, NameSpace::bands},
    {ClauseKind::component_type, NameSpace::component_types},
    {ClauseKind::pattern, NameSpace::elements},
    {ClauseKind::risk, NameSpace::elements},
    {ClauseKind::weakness, NameSpace::elements},
    {ClauseKind::countermeasure, NameSpace::elements},
    {ClauseKind::adjust, NameSpace::steps},
    {ClauseKind::ticket, NameSpace::tickets},
};

// Which names a clause declares one of; nothing where it declares none.
std::optional<NameSpace> space_of(const Clause& clause) {
  const bool may_be_use =
      clause.kind == ClauseKind::weakness || clause.kind == ClauseKind::countermeasure;
  if (may_be_use && clause.title == nothing) return std::nullopt;
  for (const auto& [kind, space] : spaces) {
    if (kind == clause.kind) return space;
  }
  return std::nullopt;
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
