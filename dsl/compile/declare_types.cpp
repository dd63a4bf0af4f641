// Scales, bands and component types, and what a type that is written stands for.
#include <algorithm>
#include <array>
#include <map>

#include "dsl/compile/declare.hpp"
#include "dsl/compile/reports.hpp"
#include "dsl/compile/value_types.hpp"
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

// A scale, by the name that is written.
std::optional<Type> scale_named(const PolicyText& policy, const Name& name,
                                const Library& library) {
  const auto found = policy.libraries.lookup(library, name, &Library::types);
  if (found.empty()) {
    std::vector<std::string> names{"yes-no",  "one-of", "any-of", "number",
                                   "percent", "text",   "date",   "duration"};
    for (const Library* each : policy.libraries.visible(library)) {
      for (const auto& [other, named] : each->types) {
        if (named.what == NamedType::What::scale) names.push_back(other);
      }
    }
    std::sort(names.begin(), names.end());
    const std::string near = usual_type(name.text).value_or(closest(name.text, names));
    const std::string imported =
        name.qualifier.empty() ? import_for(policy, NameSpace::scales, name.text, library) : "";
    policy.report(Code::unknown_name, name.span, "there is no type `" + name.full() + "`",
                  !imported.empty() ? imported
                  : near.empty()    ? "declare a scale, or import the library that does"
                                    : "did you mean `" + near + "`?");
    return std::nullopt;
  }
  if (found.size() > 1) {
    ambiguous(policy, name, found);
    return std::nullopt;
  }
  if (found.front().what.what != NamedType::What::scale) {
    policy.report(Code::wrong_kind, name.span, "`" + name.full() + "` is not a scale")
        .related.push_back({found.front().what.span, "declared here"});
    return std::nullopt;
  }
  policy.record_use(name, found.front().what.span);
  return Type{Base::scale, found.front().what.index};
}

// The enumeration of `one-of` and `any-of`; nothing where there are no choices, or too many.
std::optional<engine::EnumType> choices_written(const PolicyText& policy, const TypeSyntax& type) {
  engine::EnumType enumeration;
  enumeration.ordered = type.ordered;
  if (type.choices.size() > limits::choices) {
    policy.report(Code::too_large, type.span,
                  std::to_string(type.choices.size()) + " choices; the limit is " +
                      std::to_string(limits::choices));
    return std::nullopt;
  }
  if (type.choices.empty()) {
    policy.report(Code::missing_clause, type.span, "there is nothing to choose from",
                  "add choices between the braces");
    return std::nullopt;
  }
  for (std::size_t i = 0; i < type.choices.size(); ++i) {
    const Choice& choice = type.choices[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (type.choices[j].name.text == choice.name.text)
        duplicate(policy, "the choice", choice.name, type.choices[j].name.span);
    }
    engine::EnumStep step{choice.name.text, policy.plain(choice.title), static_cast<double>(i)};
    for (const Name& was : choice.was) step.was.push_back(was.text);
    enumeration.steps.push_back(std::move(step));
  }
  std::map<std::string, Span> owners;
  for (const Choice& choice : type.choices) owners.emplace(choice.name.text, choice.name.span);
  for (const Choice& choice : type.choices) {
    for (const Name& was : choice.was) {
      const auto [known, fresh] = owners.emplace(was.text, choice.name.span);
      if (!fresh) former_taken(policy, was, known->second);
    }
  }
  return enumeration;
}

// The steps of a scale or of bands, and where they stand.
struct Steps {
  std::vector<engine::EnumStep> steps;
  std::vector<Span> spans;
};

Steps steps_written(const PolicyText& policy, const Clause& declared, bool scale) {
  Steps made;
  const Clause* previous = nullptr;
  for (const ClauseId id : declared.children) {
    const Clause& step = policy.clause(id);
    if (step.expr == nothing) continue;
    const double value = policy.expr(step.expr).number;
    for (std::size_t i = 0; i < made.steps.size(); ++i) {
      if (made.steps[i].name == step.name.text)
        duplicate(policy, "the step", step.name, made.spans[i]);
    }
    if (!scale) check_range(policy, step.expr, 100, "a band");
    if (previous != nullptr && value <= policy.expr(previous->expr).number) {
      policy
          .report(Code::bad_order, step.span,
                  "a step's number is larger than that of the step before it")
          .related.push_back({previous->span, "the step before"});
    }
    made.steps.push_back({step.name.text, {}, value});
    made.spans.push_back(step.name.span);
    previous = &step;
  }
  return made;
}

// A scale, or bands; `bands` is where the first ones are declared.
void declare_scale(Declaring& declaring, ClauseId id, Library& library,
                   std::optional<Span>* bands) {
  const PolicyText& policy = declaring.policy;
  const Clause& declared = policy.clause(id);
  const bool scale = bands == nullptr;
  Steps written = steps_written(policy, declared, scale);
  if (written.steps.empty())
    return missing(policy, declared, scale ? "there are no steps" : "there are no bands",
                   "add at least one");
  if (const auto known = library.types.find(declared.name.text); known != library.types.end())
    return duplicate(policy, "the type", declared.name, known->second.span);
  engine::EnumType type;
  type.name = declared.name.text;
  type.ordered = true;
  type.steps = std::move(written.steps);
  declaring.program.enums.push_back(std::move(type));
  const auto index = static_cast<std::uint32_t>(declaring.program.enums.size() - 1);
  declaring.declared.steps[index] = std::move(written.spans);
  library.types[declared.name.text] = {scale ? NamedType::What::scale : NamedType::What::bands,
                                       index, declared.name.span};
  if (scale) return;
  if (*bands)
    once_in_a_policy(policy, declared.name.span, **bands, "a policy has one set of bands");
  else
    *bands = declared.name.span;
  declaring.program.bands.enumeration = index;
}

void declare_component_type(Declaring& declaring, ClauseId id, Library& library) {
  const PolicyText& policy = declaring.policy;
  engine::Program& program = declaring.program;
  const Clause& declared = policy.clause(id);
  if (const auto known = library.types.find(declared.name.text); known != library.types.end())
    return duplicate(policy, "the type", declared.name, known->second.span);
  const auto index = static_cast<std::uint32_t>(program.component_types.size());
  engine::ComponentType type{library.qualified(declared.name.text), declared.name.text,
                             policy.plain(declared.title)};
  for (const Name& was : declared.as<ComponentTypeSyntax>().was)
    type.was.push_back(library.qualified(was.text));
  program.component_types.push_back(std::move(type));
  library.types[declared.name.text] = {NamedType::What::component_type, index, declared.name.span};
  program.enums[program.component_type_enum].steps.push_back(
      {declared.name.text, policy.plain(declared.title), static_cast<double>(index)});
  declaring.declared.steps[program.component_type_enum].push_back(declared.name.span);
}

// After all component types: a name that one has is no former name of another.
void declare_former_types(const PolicyText& policy) {
  std::map<std::string, Span> owners;
  each_declaration(policy, ClauseKind::component_type, [&](ClauseId id, const Library& library) {
    owners.emplace(library.qualified(policy.clause(id).name.text), policy.clause(id).head);
  });
  each_declaration(policy, ClauseKind::component_type, [&](ClauseId id, const Library& library) {
    for (const Name& was : policy.clause(id).as<ComponentTypeSyntax>().was) {
      const auto [known, fresh] =
          owners.emplace(library.qualified(was.text), policy.clause(id).head);
      if (!fresh) former_taken(policy, was, known->second);
    }
  });
}

}  // namespace

std::optional<Type> declare_type(Declaring& declaring, const TypeSyntax& type,
                                 const Library& library, const std::string& owner) {
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
    case TypeKind::named:
      return scale_named(declaring.policy, type.name, library);
    case TypeKind::one_of:
    case TypeKind::any_of:
      break;
  }
  auto enumeration = choices_written(declaring.policy, type);
  if (!enumeration) return std::nullopt;
  enumeration->name = owner;
  declaring.program.enums.push_back(std::move(*enumeration));
  const auto index = static_cast<std::uint32_t>(declaring.program.enums.size() - 1);
  std::vector<Span>& spans = declaring.declared.steps[index];
  for (const Choice& choice : type.choices) spans.push_back(choice.name.span);
  return Type{type.kind == TypeKind::one_of ? Base::choice : Base::set, index};
}

void declare_types(Declaring& declaring) {
  declaring.each(ClauseKind::scale, [&](ClauseId id, Library& library) {
    declare_scale(declaring, id, library, nullptr);
  });
  std::optional<Span> bands;
  declaring.each(ClauseKind::bands, [&](ClauseId id, Library& library) {
    declare_scale(declaring, id, library, &bands);
  });
  declaring.each(ClauseKind::component_type, [&](ClauseId id, Library& library) {
    declare_component_type(declaring, id, library);
  });
  declare_former_types(declaring.policy);
}

}  // namespace riskd::dsl
