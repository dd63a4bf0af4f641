// Patterns, risks, weaknesses and countermeasures: their names, before what they say is looked at.
#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Kind;
using engine::no_index;

void Compiler::declare_element(ElementKind kind, ClauseId id, Library& library,
                               const SharedScope& scope) {
  const Clause& declared = policy_.clause(id);
  if (!declared.name.qualifier.empty()) {
    policy_.report(
        Code::wrong_kind, declared.name.span, "a declaration has a plain name",
        "without a title, `" + declared.name.full() + "` uses what is declared elsewhere");
    return;
  }
  if (const auto known = library.elements.find(declared.name.text);
      known != library.elements.end()) {
    policy_
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
  const std::string title = policy_.plain(declared.title);
  const Definition definition{id, scope, scope->kinds.empty(), false};
  std::uint32_t index = 0;
  const auto add = [&](auto& table, auto& by_id, auto element) {
    index = static_cast<std::uint32_t>(table.size());
    element.id = element_id;
    element.title = title;
    element.place = policy_.place(declared.head);
    by_id.emplace(element_id, index);
    table.push_back(std::move(element));
  };
  switch (kind) {
    case ElementKind::pattern:
      add(program_.patterns, program_.pattern_by_id, engine::Pattern{});
      patterns_.push_back(definition);
      break;
    case ElementKind::risk:
      add(program_.risks, program_.risk_by_id, engine::Risk{});
      risks_.push_back(definition);
      break;
    case ElementKind::weakness:
      add(program_.weaknesses, program_.weakness_by_id, engine::Weakness{});
      program_.weaknesses.back().cwe = static_cast<int>(declared.number);
      check_cwe(declared);
      weaknesses_.push_back(definition);
      break;
    case ElementKind::countermeasure:
      add(program_.countermeasures, program_.countermeasure_by_id, engine::Countermeasure{});
      countermeasures_.push_back(definition);
      defaults_.push_back({});
      default_conditions_.push_back(nothing);
      break;
  }
  library.elements.emplace(declared.name.text, Element{kind, index, declared.name.span});
}

void Compiler::declare_children(ClauseId id, Library& library, const SharedScope& scope) {
  for (const ClauseId child : policy_.clause(id).children) {
    if (policy_.clause(child).name.text.empty()) continue;
    // What a change adds belongs to the library that makes the change.
    Library& home = libraries_.all[libraries_.of_file[policy_.clause(child).head.file]];
    if (&home == &library) {
      declare_child(child, home, scope);
      continue;
    }
    Scope there = *scope;
    there.library = &home;
    declare_child(child, home, std::make_shared<const Scope>(std::move(there)));
  }
}

void Compiler::declare_child(ClauseId id, Library& library, const SharedScope& scope) {
  const Clause& child = policy_.clause(id);
  if (child.kind == ClauseKind::risk) {
    declare_element(ElementKind::risk, id, library, scope);
    declare_children(id, library, scope);
  } else if (child.kind == ClauseKind::weakness) {
    if (child.title != nothing) declare_element(ElementKind::weakness, id, library, scope);
    declare_children(id, library, scope);
  } else if (child.kind == ClauseKind::countermeasure && child.title != nothing) {
    declare_element(ElementKind::countermeasure, id, library, scope);
  }
}

void Compiler::make_room_for_elements() {
  const auto room = [](std::size_t count, auto& table, auto& by_id, auto& definitions) {
    table.reserve(count);
    by_id.reserve(count);
    definitions.reserve(count);
  };
  room(policy_.syntax.count(ClauseKind::pattern), program_.patterns, program_.pattern_by_id,
       patterns_);
  room(policy_.syntax.count(ClauseKind::risk), program_.risks, program_.risk_by_id, risks_);
  // Uses are among them: a little too much.
  const std::size_t uses = policy_.syntax.count(ClauseKind::countermeasure);
  room(policy_.syntax.count(ClauseKind::weakness), program_.weaknesses, program_.weakness_by_id,
       weaknesses_);
  room(uses, program_.countermeasures, program_.countermeasure_by_id, countermeasures_);
  program_.uses.reserve(uses);
  if (policy_.libraries.all.size() == 1) {
    libraries_.all.front().elements.reserve(policy_.syntax.count(ClauseKind::pattern) +
                                            policy_.syntax.count(ClauseKind::risk) +
                                            policy_.syntax.count(ClauseKind::weakness) +
                                            policy_.syntax.count(ClauseKind::countermeasure));
  }
}

void Compiler::declare_elements() {
  make_room_for_elements();
  for (std::uint32_t file = 0; file < policy_.syntax.files.size(); ++file) {
    if (policy_.libraries.of_file[file] == no_index) continue;
    Library& library = libraries_.all[libraries_.of_file[file]];
    for (const ClauseId id : policy_.syntax.files[file]) {
      const Clause& declared = policy_.clause(id);
      if (declared.name.text.empty()) continue;
      if (declared.kind == ClauseKind::pattern) {
        std::uint32_t type = no_index;
        for (const ClauseId child : declared.children) {
          if (policy_.clause(child).kind == ClauseKind::visit)
            type = component_type(policy_.clause(child).more().target, library);
        }
        const auto scope = std::make_shared<const Scope>(
            scope_of(type == no_index ? Kind::product : Kind::component, library, type));
        declare_element(ElementKind::pattern, id, library, scope);
        declare_children(id, library, scope);
      } else if (declared.kind == ClauseKind::weakness ||
                 declared.kind == ClauseKind::countermeasure) {
        if (declared.title == nothing) {
          policy_.report(Code::missing_clause, declared.head,
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
        declare_element(kind, id, library, shared);
        declare_children(id, library, shared);
      }
    }
  }
  declare_former();
}

// After all elements: a name that one has is no former name of another.
void Compiler::declare_former() {
  const auto declare = [&](const std::vector<Definition>& definitions, auto& table, auto& by_id) {
    for (std::uint32_t i = 0; i < definitions.size(); ++i) {
      for (const ClauseId child : policy_.clause(definitions[i].clause).children) {
        const Clause& was = policy_.clause(child);
        if (was.kind != ClauseKind::was || was.name.text.empty()) continue;
        const Library& library = policy_.library_at(was.name.span);
        const std::string id = library.qualified(was.name.text);
        const auto [known, fresh] = by_id.emplace(id, i);
        if (!fresh)
          former_taken(policy_, was.name, policy_.clause(definitions[known->second].clause).head);
        table[i].was.push_back(id);
      }
    }
  };
  declare(patterns_, program_.patterns, program_.pattern_by_id);
  declare(risks_, program_.risks, program_.risk_by_id);
  declare(weaknesses_, program_.weaknesses, program_.weakness_by_id);
  declare(countermeasures_, program_.countermeasures, program_.countermeasure_by_id);
}

}  // namespace riskd::dsl
