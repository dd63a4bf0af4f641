// What a name stands for, where it stands: reported where nothing has it, several have it, or something
// of another kind.
#pragma once

#include <optional>
#include <string>

#include "dsl/compile/declarations.hpp"
#include "dsl/compile/policy_text.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Looked up from the library in which the name stands. `help` is for a name that nothing is close to.
std::optional<std::uint32_t> find_element(const PolicyText& policy, ElementKind kind,
                                          const Name& name, const std::string& help);

// no_index where there is none, or no name.
std::uint32_t find_component_type(const PolicyText& policy, const engine::Program& program,
                                  const Name& name, const Library& library);

// A ticket's template.
std::optional<std::uint32_t> find_ticket(const PolicyText& policy, const engine::Program& program,
                                         const Name& name);

// As PolicyText::record_use, of a step or choice of `type`.
void record_step(const PolicyText& policy, const engine::Program& program,
                 const Declarations& declared, const Name& name, engine::Type type, Span of = {});

}  // namespace riskd::dsl
