#include "dsl/compile/lookup.hpp"

#include <algorithm>
#include <string_view>

#include "dsl/compile/reports.hpp"

namespace riskd::dsl {
using engine::no_index;

std::optional<std::uint32_t> find_element(const PolicyText& policy, ElementKind kind,
                                          const Name& name, const std::string& help) {
  const Library& library = policy.library_at(name.span);
  const auto found = policy.libraries.lookup(library, name, &Library::elements);
  if (found.empty()) {
    std::vector<std::string> names;
    for (const Library* each : policy.libraries.visible(library)) {
      for (const auto& [declared, element] : each->elements) {
        if (element.kind == kind) names.push_back(declared);
      }
    }
    std::sort(names.begin(), names.end());
    const std::string near = closest(name.text, names);
    const std::string imported =
        name.qualifier.empty() ? import_for(policy, NameSpace::elements, name.text, library) : "";
    policy.report(Code::unknown_name, name.span,
                  "there is no " + std::string(to_string(kind)) + " `" + name.full() + "`",
                  !imported.empty() ? imported
                  : near.empty()    ? help
                                    : "did you mean `" + near + "`?");
    return std::nullopt;
  }
  if (found.size() > 1) {
    ambiguous(policy, name, found);
    return std::nullopt;
  }
  if (found.front().what.kind != kind) {
    policy
        .report(Code::wrong_kind, name.span,
                "`" + name.full() + "` is a " + std::string(to_string(found.front().what.kind)) +
                    ", not a " + std::string(to_string(kind)))
        .related.push_back({found.front().what.span, "declared here"});
    return std::nullopt;
  }
  policy.record_use(name, found.front().what.span);
  return found.front().what.index;
}

std::uint32_t find_component_type(const PolicyText& policy, const engine::Program& program,
                                  const Name& name, const Library& library) {
  if (name.text.empty()) return no_index;
  const auto found = policy.libraries.lookup(library, name, &Library::types);
  if (found.size() > 1) {
    ambiguous(policy, name, found);
    return no_index;
  }
  if (!found.empty() && found.front().what.what == NamedType::What::component_type) {
    policy.record_use(name, found.front().what.span);
    return found.front().what.index;
  }
  if (!found.empty()) {
    policy.report(Code::wrong_kind, name.span, "`" + name.full() + "` is not a component type")
        .related.push_back({found.front().what.span, "declared here"});
    return no_index;
  }
  std::vector<std::string> names;
  for (const engine::ComponentType& type : program.component_types) names.push_back(type.name);
  const std::string near = closest(name.text, names);
  const std::string imported =
      name.qualifier.empty() ? import_for(policy, NameSpace::component_types, name.text, library)
                             : "";
  policy.report(Code::unknown_name, name.span, "there is no component type `" + name.full() + "`",
                !imported.empty() ? imported
                : near.empty()    ? "declare it: `component-type " + name.text + " \"…\"`"
                                  : "did you mean `" + near + "`?");
  return no_index;
}

std::optional<std::uint32_t> find_ticket(const PolicyText& policy, const engine::Program& program,
                                         const Name& name) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < program.tickets.size(); ++i) {
    if (program.tickets[i].name == name.text) return i;
    names.push_back(program.tickets[i].name);
  }
  std::sort(names.begin(), names.end());
  const std::string near = closest(name.text, names);
  policy.report(
      Code::unknown_name, name.span, "there is no ticket `" + name.text + "`",
      near.empty() ? import_for(policy, NameSpace::tickets, name.text, policy.library_at(name.span))
                   : "did you mean `" + near + "`?");
  return std::nullopt;
}

void record_step(const PolicyText& policy, const engine::Program& program,
                 const Declarations& declared, const Name& name, engine::Type type, Span of) {
  const auto spans = declared.steps.find(type.of);
  if (spans == declared.steps.end()) return;
  const auto& steps = program.enums[type.of].steps;
  for (std::size_t i = 0; i < steps.size() && i < spans->second.size(); ++i) {
    if (steps[i].name == name.text) return policy.record_use(name, spans->second[i], of);
  }
}

}  // namespace riskd::dsl
