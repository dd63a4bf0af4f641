// Scales, bands and component types, and what a type that is written stands for.
#include <algorithm>
#include <array>
#include <map>

#include "dsl/compile/compiler.hpp"
#include "engine/base/limits.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::no_index;
using engine::Type;

namespace {

// What a type of another language is called here.
std::optional<std::string> usual_type(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> usual{
      {{"boolean", "yes-no"},
       {"bool", "yes-no"},
       {"string", "text"},
       {"integer", "number"},
       {"int", "number"},
       {"float", "number"},
       {"enum", "one-of"},
       {"list", "any-of"}}};
  for (const auto& [other, ours] : usual) {
    if (name == other) return std::string(ours);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Type> Compiler::type_of(const TypeSyntax& type, const Library& library,
                                      const std::string& owner) {
  switch (type.kind) {
    case TypeKind::invalid:
      return std::nullopt;
    case TypeKind::yes_no:
      return Type{Base::truth, 0};
    case TypeKind::number:
      return Type{Base::number, 0};
    case TypeKind::percent:
      return Type{Base::percent, 0};
    case TypeKind::text:
      return Type{Base::text, 0};
    case TypeKind::date:
      return Type{Base::date, 0};
    case TypeKind::duration:
      return Type{Base::duration, 0};
    case TypeKind::named: {
      const auto found = policy_.libraries.lookup(library, type.name, &Library::types);
      if (found.empty()) {
        std::vector<std::string> names{"yes-no",  "one-of", "any-of", "number",
                                       "percent", "text",   "date",   "duration"};
        for (const Library* each : policy_.libraries.visible(library)) {
          for (const auto& [name, named] : each->types) {
            if (named.what == NamedType::What::scale) names.push_back(name);
          }
        }
        std::sort(names.begin(), names.end());
        const std::string near =
            usual_type(type.name.text).value_or(closest(type.name.text, names));
        const std::string imported =
            type.name.qualifier.empty()
                ? import_for(policy_, NameSpace::scales, type.name.text, library)
                : "";
        policy_.report(Code::unknown_name, type.name.span,
                       "there is no type `" + type.name.full() + "`",
                       !imported.empty() ? imported
                       : near.empty()    ? "declare a scale, or import the library that does"
                                         : "did you mean `" + near + "`?");
        return std::nullopt;
      }
      if (found.size() > 1) {
        ambiguous(policy_, type.name, found);
        return std::nullopt;
      }
      if (found.front().what.what != NamedType::What::scale) {
        policy_
            .report(Code::wrong_kind, type.name.span, "`" + type.name.full() + "` is not a scale")
            .related.push_back({found.front().what.span, "declared here"});
        return std::nullopt;
      }
      policy_.record_use(type.name, found.front().what.span);
      return Type{Base::scale, found.front().what.index};
    }
    case TypeKind::one_of:
    case TypeKind::any_of:
      break;
  }
  engine::EnumType enumeration;
  enumeration.name = owner;
  enumeration.ordered = type.ordered;
  if (type.choices.size() > limits::choices) {
    policy_.report(Code::too_large, type.span,
                   std::to_string(type.choices.size()) + " choices; the limit is " +
                       std::to_string(limits::choices));
    return std::nullopt;
  }
  if (type.choices.empty()) {
    policy_.report(Code::missing_clause, type.span, "there is nothing to choose from",
                   "add choices between the braces");
    return std::nullopt;
  }
  for (std::size_t i = 0; i < type.choices.size(); ++i) {
    const Choice& choice = type.choices[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (type.choices[j].name.text == choice.name.text)
        duplicate(policy_, "the choice", choice.name, type.choices[j].name.span);
    }
    engine::EnumStep step{choice.name.text, policy_.plain(choice.title), static_cast<double>(i)};
    for (const Name& was : choice.was) step.was.push_back(was.text);
    enumeration.steps.push_back(std::move(step));
  }
  std::map<std::string, Span> owners;
  for (const Choice& choice : type.choices) owners.emplace(choice.name.text, choice.name.span);
  for (const Choice& choice : type.choices) {
    for (const Name& was : choice.was) {
      const auto [known, fresh] = owners.emplace(was.text, choice.name.span);
      if (!fresh) former_taken(policy_, was, known->second);
    }
  }
  program_.enums.push_back(std::move(enumeration));
  std::vector<Span>& spans = step_spans_[static_cast<std::uint32_t>(program_.enums.size() - 1)];
  for (const Choice& choice : type.choices) spans.push_back(choice.name.span);
  return Type{type.kind == TypeKind::one_of ? Base::choice : Base::set,
              static_cast<std::uint32_t>(program_.enums.size() - 1)};
}

void Compiler::declare_types() {
  const auto declare = [&](ClauseId id, Library& library, bool scale) {
    const Clause& declared = policy_.clause(id);
    engine::EnumType type;
    type.name = declared.name.text;
    type.ordered = true;
    const Clause* previous = nullptr;
    std::vector<Span> spans;
    for (const ClauseId step_id : declared.children) {
      const Clause& step = policy_.clause(step_id);
      if (step.expr == nothing) continue;
      const double value = policy_.syntax.exprs[step.expr].number;
      for (const engine::EnumStep& other : type.steps) {
        if (other.name == step.name.text) {
          duplicate(policy_, "the step", step.name,
                    spans[static_cast<std::size_t>(&other - type.steps.data())]);
        }
      }
      if (!scale) check_range(step.expr, 100, "a band");
      if (previous != nullptr && value <= policy_.syntax.exprs[previous->expr].number) {
        policy_
            .report(Code::bad_order, step.span,
                    "a step's number is larger than that of the step before it")
            .related.push_back({previous->span, "the step before"});
      }
      type.steps.push_back({step.name.text, {}, value});
      spans.push_back(step.name.span);
      previous = &step;
    }
    if (type.steps.empty())
      return missing(policy_, declared, scale ? "there are no steps" : "there are no bands",
                     "add at least one");
    if (const auto known = library.types.find(declared.name.text); known != library.types.end()) {
      return duplicate(policy_, "the type", declared.name, known->second.span);
    }
    program_.enums.push_back(std::move(type));
    const auto index = static_cast<std::uint32_t>(program_.enums.size() - 1);
    step_spans_[index] = std::move(spans);
    library.types[declared.name.text] = {scale ? NamedType::What::scale : NamedType::What::bands,
                                         index, declared.name.span};
    if (!scale) {
      if (!bands_span_.empty()) {
        once_in_a_policy(policy_, declared.name.span, bands_span_.front(),
                         "a policy has one set of bands");
      }
      bands_span_.push_back(declared.name.span);
      program_.bands.enumeration = index;
    }
  };
  each_declaration(policy_.syntax, libraries_, ClauseKind::scale,
                   [&](ClauseId id, Library& library) { declare(id, library, true); });
  each_declaration(policy_.syntax, libraries_, ClauseKind::bands,
                   [&](ClauseId id, Library& library) { declare(id, library, false); });
  each_declaration(
      policy_.syntax, libraries_, ClauseKind::component_type, [&](ClauseId id, Library& library) {
        const Clause& declared = policy_.clause(id);
        if (const auto known = library.types.find(declared.name.text);
            known != library.types.end()) {
          return duplicate(policy_, "the type", declared.name, known->second.span);
        }
        const auto index = static_cast<std::uint32_t>(program_.component_types.size());
        engine::ComponentType type{library.qualified(declared.name.text), declared.name.text,
                                   policy_.plain(declared.title)};
        for (const Name& was : declared.more().names)
          type.was.push_back(library.qualified(was.text));
        program_.component_types.push_back(std::move(type));
        library.types[declared.name.text] = {NamedType::What::component_type, index,
                                             declared.name.span};
        engine::EnumType& types = program_.enums[program_.component_type_enum];
        types.steps.push_back(
            {declared.name.text, policy_.plain(declared.title), static_cast<double>(index)});
        step_spans_[program_.component_type_enum].push_back(declared.name.span);
      });
  declare_former_types();
}

// After all component types: a name that one has is no former name of another.
void Compiler::declare_former_types() {
  std::map<std::string, Span> owners;
  each_declaration(
      policy_.syntax, libraries_, ClauseKind::component_type, [&](ClauseId id, Library& library) {
        owners.emplace(library.qualified(policy_.clause(id).name.text), policy_.clause(id).head);
      });
  each_declaration(policy_.syntax, libraries_, ClauseKind::component_type,
                   [&](ClauseId id, Library& library) {
                     for (const Name& was : policy_.clause(id).more().names) {
                       const auto [known, fresh] =
                           owners.emplace(library.qualified(was.text), policy_.clause(id).head);
                       if (!fresh) former_taken(policy_, was, known->second);
                     }
                   });
}

std::uint32_t Compiler::component_type(const Name& name, const Library& library) {
  if (name.text.empty()) return no_index;
  const auto found = policy_.libraries.lookup(library, name, &Library::types);
  if (found.size() > 1) {
    ambiguous(policy_, name, found);
    return no_index;
  }
  if (!found.empty() && found.front().what.what == NamedType::What::component_type) {
    policy_.record_use(name, found.front().what.span);
    return found.front().what.index;
  }
  if (!found.empty()) {
    policy_.report(Code::wrong_kind, name.span, "`" + name.full() + "` is not a component type")
        .related.push_back({found.front().what.span, "declared here"});
    return no_index;
  }
  std::vector<std::string> names;
  for (const engine::ComponentType& type : program_.component_types) names.push_back(type.name);
  const std::string near = closest(name.text, names);
  const std::string imported =
      name.qualifier.empty() ? import_for(policy_, NameSpace::component_types, name.text, library)
                             : "";
  policy_.report(Code::unknown_name, name.span, "there is no component type `" + name.full() + "`",
                 !imported.empty() ? imported
                 : near.empty()    ? "declare it: `component-type " + name.text + " \"…\"`"
                                   : "did you mean `" + near + "`?");
  return no_index;
}

}  // namespace riskd::dsl
