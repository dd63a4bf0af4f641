#include "dsl/compile.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include "dsl/analyse/check_circles.hpp"
#include "dsl/analyse/check_conditions.hpp"
#include "dsl/analyse/check_monotone.hpp"
#include "dsl/analyse/check_rows.hpp"
#include "dsl/analyse/check_scenarios.hpp"
#include "dsl/analyse/citations.hpp"
#include "dsl/analyse/conditions.hpp"
#include "dsl/analyse/warnings.hpp"
#include "dsl/compile/changes.hpp"
#include "dsl/compile/declare.hpp"
#include "dsl/compile/declared_names.hpp"
#include "dsl/compile/hash.hpp"
#include "dsl/compile/lower_adjusts.hpp"
#include "dsl/compile/lower_elements.hpp"
#include "dsl/compile/lower_members.hpp"
#include "dsl/compile/lower_records.hpp"
#include "dsl/compile/lower_tickets.hpp"
#include "dsl/compile/lowering.hpp"
#include "dsl/compile/policy_text.hpp"
#include "engine/evaluate/prepare.hpp"

namespace riskd::dsl {
namespace {

// The libraries that the files declare, and those that they import.
struct Imports {
  std::set<std::string> declared;
  std::set<std::string> wanted;
};

Imports imports_of(const Syntax& syntax) {
  Imports imports;
  for (const Clause& clause : syntax.clauses) {
    if (clause.kind == ClauseKind::library) imports.declared.insert(clause.name.text);
    if (clause.kind == ClauseKind::import) imports.wanted.insert(clause.name.text);
  }
  return imports;
}

bool lacks(const Imports& imports) {
  return std::any_of(imports.wanted.begin(), imports.wanted.end(),
                     [&](const std::string& name) { return !imports.declared.contains(name); });
}

// Adds the files of the shipped libraries that are imported and missing, until nothing more is. Gives
// the names of all shipped libraries.
std::vector<std::string> add_shipped(Sources& sources, const Imports& imports, Sources shipped) {
  Diagnostics ignored;
  const Syntax syntax = parse(shipped, ignored);
  std::vector<std::string> library(shipped.size());
  for (std::size_t file = 0; file < shipped.size(); ++file) {
    for (const ClauseId id : syntax.files[file]) {
      if (syntax.clauses[id].kind == ClauseKind::library)
        library[file] = syntax.clauses[id].name.text;
    }
  }
  std::set<std::string> wanted;
  std::vector<std::string> open;
  for (const std::string& name : imports.wanted) {
    if (!imports.declared.contains(name)) open.push_back(name);
  }
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (!wanted.insert(name).second) continue;
    for (std::size_t file = 0; file < shipped.size(); ++file) {
      if (library[file] != name) continue;
      for (const ClauseId id : syntax.files[file]) {
        const Clause& clause = syntax.clauses[id];
        if (clause.kind == ClauseKind::import && !imports.declared.contains(clause.name.text))
          open.push_back(clause.name.text);
      }
    }
  }
  for (std::size_t file = 0; file < shipped.size(); ++file) {
    if (wanted.contains(library[file])) sources.push_back(std::move(shipped[file]));
  }
  return library;
}

// The types that derived values had before a change gave them another expression. Adds to `uses` the
// names that stand in what it replaced.
LetTypes replaced_types(const PolicyText& policy, std::vector<ResolvedName>& uses) {
  const auto changed = [](const Clause& each) {
    return each.kind == ClauseKind::let && each.as<LetSyntax>().before_change != nothing;
  };
  const Syntax& syntax = policy.syntax;
  if (syntax.count(ClauseKind::override_) == 0 ||
      std::none_of(syntax.clauses.begin(), syntax.clauses.end(), changed))
    return {};
  // What is wrong is told when the policy itself is compiled.
  Diagnostics ignored;
  Libraries libraries = policy.libraries;
  const PolicyText before{policy.sources, policy.given_files, syntax, libraries, ignored, uses};
  engine::Program program = empty_program(policy.sources);
  Declarations declared;
  Declaring declaring{before, libraries, program, declared};
  declare_types(declaring);
  declare_members(declaring);
  Lowering lowering(before, declared, program);
  return types_before_changes(lowering);
}

// As Libraries::shipped_with.
using ShippedWith = std::function<std::vector<std::string>(NameSpace of, const std::string& name)>;

// The steps, from the syntax of `sources` on; `diagnostics` are those of the parser. The first
// `given_files` of the sources were given; the others are shipped.
Compilation compile_parsed(Sources sources, std::size_t given_files, Syntax syntax,
                           Diagnostics diagnostics, const std::vector<std::string>& shipped = {},
                           const ShippedWith& shipped_with = {}) {
  Compilation result;
  result.sources = std::move(sources);
  result.given_files = given_files;
  result.syntax = std::move(syntax);
  Libraries libraries = collect_libraries(result.sources, result.syntax, shipped, diagnostics);
  libraries.shipped_with = shipped_with;
  apply_changes(result.syntax, libraries, diagnostics);
  const PolicyText policy{result.sources, given_files, result.syntax,
                          libraries,      diagnostics, result.names.uses};
  std::vector<ResolvedName> replaced;
  LetTypes types = replaced_types(policy, replaced);

  engine::Program program = empty_program(result.sources);
  Declarations declared;
  Declaring declaring{policy, libraries, program, declared};
  declare_types(declaring);
  declare_members(declaring);
  const std::vector<std::string> standards = declare_standards(policy);
  declare_elements(declaring);
  check_cwes(policy, declared);

  Lowering lowering(policy, declared, program, std::move(types));
  lower_members(lowering);
  const ElementUses uses = lower_elements(lowering);
  const std::vector<ClauseId> steps = lower_adjusts(lowering, libraries);
  const std::vector<Rows> status_rows = lower_status_maps(lowering);
  const EvidenceSlots evidence = declare_evidence_slots(program);
  const std::vector<Rows> evidence_rows = lower_evidence(lowering, evidence);
  lower_tickets(lowering, libraries);

  Conditions conditions(policy, program, declared);
  check_rows(conditions, status_rows);
  check_rows(conditions, evidence_rows);
  if (!diagnostics.has_errors()) check_circles(policy, program, declared, uses, steps);
  if (!diagnostics.has_errors()) {
    check_monotone(conditions);
    const NeverTrue never = check_conditions(conditions, uses);
    warn_of_unused(policy, program, declared, uses, never);
    warn_of_citations(policy, declared, standards);
  }
  // After the hash: scenarios do not change what a policy does.
  std::string hash;
  if (!diagnostics.has_errors()) {
    hash = content_hash(program);
    result.scenario_ids = check_scenarios(lowering, evidence);
  } else if (only_scenarios_unreadable(policy)) {
    check_scenarios(lowering, evidence);
  }
  result.names.derived = derived_types(policy, program, declared);
  result.names.uses.insert(result.names.uses.end(), replaced.begin(), replaced.end());
  if (!diagnostics.has_errors()) {
    result.lowered = in_order(lowering.lowered, result.syntax.exprs.size());
    program.hash = std::move(hash);
    result.program = engine::prepared(std::move(program));
  } else {
    result.scenario_ids.clear();
  }
  result.diagnostics = diagnostics.take_sorted();
  return result;
}

}  // namespace

Compilation compile(Sources sources) {
  Diagnostics diagnostics;
  Syntax syntax = parse(sources, diagnostics);
  const std::size_t given_files = sources.size();
  return compile_parsed(std::move(sources), given_files, std::move(syntax), std::move(diagnostics));
}

Result<Compilation> compile_with_rules(Sources sources, const std::string& rules_folder) {
  const std::size_t given_files = sources.size();
  Diagnostics diagnostics;
  Syntax syntax = parse(sources, diagnostics);
  const Imports imports = imports_of(syntax);
  std::vector<std::string> names;  // of the shipped libraries, where one is wanted
  if (!rules_folder.empty() && lacks(imports)) {
    auto shipped = read_sources({rules_folder});
    if (!shipped && shipped.error().code != ErrorCode::not_found) return failure(shipped);
    if (shipped) names = add_shipped(sources, imports, std::move(*shipped));
    parse_from(static_cast<std::uint32_t>(given_files), sources, syntax, diagnostics);
  }
  std::optional<DeclaredNames> declared;  // by the shipped libraries
  const ShippedWith shipped_with = [&](NameSpace of, const std::string& name) {
    if (!declared && rules_folder.empty()) declared.emplace();
    if (!declared) {
      declared.emplace();
      Diagnostics ignored;
      const auto shipped = read_sources({rules_folder});
      if (shipped) declared = declared_names(parse(*shipped, ignored));
    }
    const auto found = declared->find({of, name});
    if (found == declared->end()) return std::vector<std::string>();
    return std::vector<std::string>(found->second.begin(), found->second.end());
  };
  return compile_parsed(std::move(sources), given_files, std::move(syntax), std::move(diagnostics),
                        names, shipped_with);
}

Result<Compilation> load_policy(const std::vector<std::string>& paths,
                                const std::string& rules_folder) {
  auto sources = read_sources(paths);
  if (!sources) return failure(sources);
  return compile_with_rules(std::move(*sources), rules_folder);
}

}  // namespace riskd::dsl
