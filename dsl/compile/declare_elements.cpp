// Patterns, risks, weaknesses and countermeasures: their names, before what they say is looked at.
#include "dsl/compile/declare.hpp"
#include "dsl/compile/lookup.hpp"
#include "dsl/compile/reports.hpp"

namespace riskd::dsl {
using engine::Kind;
using engine::no_index;

namespace {

using SharedScope = std::shared_ptr<const Scope>;

void declare_element(Declaring& declaring, ElementKind kind, ClauseId id, Library& library,
                     const SharedScope& scope) {
  const Clause& declared = declaring.policy.clause(id);
  if (!declared.name.qualifier.empty()) {
    declaring.policy.report(
        Code::wrong_kind, declared.name.span, "a declaration has a plain name",
        "without a title, `" + declared.name.full() + "` uses what is declared elsewhere");
    return;
  }
  if (const auto known = library.elements.find(declared.name.text);
      known != library.elements.end()) {
    declaring.policy
        .report(
            Code::duplicate_name, declared.name.span,
            "`" + declared.name.text + "` is declared twice in library `" + library.name + "`",
            "patterns, risks, weaknesses and countermeasures of a library share one name space; "
            "a use of what is declared has no title")
        .related.push_back({known->second.span, "first declared here, as a " +
                                                    std::string(to_string(known->second.kind))});
    return;
  }
  const std::string element_id = library.qualified(declared.name.text);
  const std::string title = declaring.policy.plain(declared.title);
  const DeclaredElement definition{id, scope, scope->kinds.empty()};
  std::uint32_t index = 0;
  const auto add = [&](auto& table, auto& by_id, auto element) {
    index = static_cast<std::uint32_t>(table.size());
    element.id = element_id;
    element.title = title;
    element.place = declaring.policy.place(declared.head);
    by_id.emplace(element_id, index);
    table.push_back(std::move(element));
  };
  switch (kind) {
    case ElementKind::pattern:
      add(declaring.program.patterns, declaring.program.by_id.patterns, engine::Pattern{});
      declaring.declared.patterns.push_back(definition);
      break;
    case ElementKind::risk:
      add(declaring.program.risks, declaring.program.by_id.risks, engine::Risk{});
      declaring.declared.risks.push_back(definition);
      break;
    case ElementKind::weakness:
      add(declaring.program.weaknesses, declaring.program.by_id.weaknesses, engine::Weakness{});
      declaring.program.weaknesses.back().cwe = declared.as<WeaknessSyntax>().cwe;
      declaring.declared.weaknesses.push_back(definition);
      break;
    case ElementKind::countermeasure:
      add(declaring.program.countermeasures, declaring.program.by_id.countermeasures,
          engine::Countermeasure{});
      declaring.declared.countermeasures.push_back(definition);
      break;
  }
  library.elements.emplace(declared.name.text, Element{kind, index, declared.name.span});
}

void declare_children(Declaring& declaring, ClauseId id, Library& library,
                      const SharedScope& scope);

void declare_child(Declaring& declaring, ClauseId id, Library& library, const SharedScope& scope) {
  const Clause& child = declaring.policy.clause(id);
  if (child.kind == ClauseKind::risk) {
    declare_element(declaring, ElementKind::risk, id, library, scope);
    declare_children(declaring, id, library, scope);
  } else if (child.kind == ClauseKind::weakness) {
    if (child.title != nothing)
      declare_element(declaring, ElementKind::weakness, id, library, scope);
    declare_children(declaring, id, library, scope);
  } else if (child.kind == ClauseKind::countermeasure && child.title != nothing) {
    declare_element(declaring, ElementKind::countermeasure, id, library, scope);
  }
}

void declare_children(Declaring& declaring, ClauseId id, Library& library,
                      const SharedScope& scope) {
  for (const ClauseId child : declaring.policy.clause(id).children) {
    if (declaring.policy.clause(child).name.text.empty()) continue;
    // What a change adds belongs to the library that makes the change.
    Library& home = declaring.libraries
                        .all[declaring.libraries.of_file[declaring.policy.clause(child).head.file]];
    if (&home == &library) {
      declare_child(declaring, child, home, scope);
      continue;
    }
    Scope there = *scope;
    there.library = &home;
    declare_child(declaring, child, home, std::make_shared<const Scope>(std::move(there)));
  }
}

void make_room_for_elements(Declaring& declaring) {
  const auto room = [](std::size_t count, auto& table, auto& by_id, auto& definitions) {
    table.reserve(count);
    by_id.reserve(count);
    definitions.reserve(count);
  };
  room(declaring.policy.syntax.count(ClauseKind::pattern), declaring.program.patterns,
       declaring.program.by_id.patterns, declaring.declared.patterns);
  room(declaring.policy.syntax.count(ClauseKind::risk), declaring.program.risks,
       declaring.program.by_id.risks, declaring.declared.risks);
  // Uses are among them: a little too much.
  const std::size_t uses = declaring.policy.syntax.count(ClauseKind::countermeasure);
  room(declaring.policy.syntax.count(ClauseKind::weakness), declaring.program.weaknesses,
       declaring.program.by_id.weaknesses, declaring.declared.weaknesses);
  room(uses, declaring.program.countermeasures, declaring.program.by_id.countermeasures,
       declaring.declared.countermeasures);
  declaring.program.uses.reserve(uses);
  if (declaring.policy.libraries.all.size() == 1) {
    declaring.libraries.all.front().elements.reserve(
        declaring.policy.syntax.count(ClauseKind::pattern) +
        declaring.policy.syntax.count(ClauseKind::risk) +
        declaring.policy.syntax.count(ClauseKind::weakness) +
        declaring.policy.syntax.count(ClauseKind::countermeasure));
  }
}

// After all elements: a name that one has is no former name of another.
void declare_former(Declaring& declaring) {
  const auto declare = [&](const std::vector<DeclaredElement>& definitions, auto& table,
                           auto& by_id) {
    for (std::uint32_t i = 0; i < definitions.size(); ++i) {
      for (const ClauseId child : declaring.policy.clause(definitions[i].clause).children) {
        const Clause& was = declaring.policy.clause(child);
        if (was.kind != ClauseKind::was || was.name.text.empty()) continue;
        const Library& library = declaring.policy.library_at(was.name.span);
        const std::string id = library.qualified(was.name.text);
        const auto [known, fresh] = by_id.emplace(id, i);
        if (!fresh)
          former_taken(declaring.policy, was.name,
                       declaring.policy.clause(definitions[known->second].clause).head);
        table[i].was.push_back(id);
      }
    }
  };
  declare(declaring.declared.patterns, declaring.program.patterns,
          declaring.program.by_id.patterns);
  declare(declaring.declared.risks, declaring.program.risks, declaring.program.by_id.risks);
  declare(declaring.declared.weaknesses, declaring.program.weaknesses,
          declaring.program.by_id.weaknesses);
  declare(declaring.declared.countermeasures, declaring.program.countermeasures,
          declaring.program.by_id.countermeasures);
}

}  // namespace

void declare_elements(Declaring& declaring) {
  make_room_for_elements(declaring);
  for (std::uint32_t file = 0; file < declaring.policy.syntax.files.size(); ++file) {
    if (declaring.policy.libraries.of_file[file] == no_index) continue;
    Library& library = declaring.libraries.all[declaring.libraries.of_file[file]];
    for (const ClauseId id : declaring.policy.syntax.files[file]) {
      const Clause& declared = declaring.policy.clause(id);
      if (declared.name.text.empty()) continue;
      if (declared.kind == ClauseKind::pattern) {
        std::uint32_t type = no_index;
        for (const ClauseId child : declared.children) {
          if (declaring.policy.clause(child).kind == ClauseKind::visit)
            type = find_component_type(
                declaring.policy, declaring.program,
                declaring.policy.clause(child).as<VisitSyntax>().component_type, library);
        }
        const auto scope = std::make_shared<const Scope>(
            scope_of(type == no_index ? Kind::product : Kind::component, library, type));
        declare_element(declaring, ElementKind::pattern, id, library, scope);
        declare_children(declaring, id, library, scope);
      } else if (declared.kind == ClauseKind::weakness ||
                 declared.kind == ClauseKind::countermeasure) {
        if (declared.title == nothing) {
          declaring.policy.report(Code::missing_clause, declared.head,
                                  "a shared `" + declared.name.text + "` needs a title",
                                  "a use of it stands in a pattern");
          continue;
        }
        Scope seen_by_all;
        seen_by_all.library = &library;
        const auto shared = std::make_shared<const Scope>(std::move(seen_by_all));
        const ElementKind kind = declared.kind == ClauseKind::weakness
                                     ? ElementKind::weakness
                                     : ElementKind::countermeasure;
        declare_element(declaring, kind, id, library, shared);
        declare_children(declaring, id, library, shared);
      }
    }
  }
  declare_former(declaring);
}

}  // namespace riskd::dsl
