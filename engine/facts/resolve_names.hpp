// Names that facts use, looked up in a policy: qualified ("web.reach"), or bare ("reach") while that is
// unique. Earlier names of a thing (`was`) find it too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/program/program.hpp"

namespace riskd::engine {

// A pattern, risk, weakness or countermeasure, by its id of today.
struct NamedElement {
  std::optional<Kind> kind;  // nullopt: a pattern
  std::string id;
};

// Everything that `name` may stand for, sorted by id: nothing where it is unknown, several where it is
// ambiguous. No component before the name.
std::vector<NamedElement> elements_named(const Program& program, std::string_view name);

// Indices in Program::questions; of the product where `component_type` is no_index.
std::vector<std::uint32_t> questions_named(const Program& program, std::uint32_t component_type,
                                           std::string_view name);

// Indices in Program::component_types.
std::vector<std::uint32_t> component_types_named(const Program& program, std::string_view name);

// The candidates that `name` may have been meant for, the nearest first: at most three.
std::vector<std::string> near_names(std::string_view name,
                                    const std::vector<std::string>& candidates);

// The same among all elements.
std::vector<std::string> near_elements(const Program& program, std::string_view name);

// The bare names of all component types.
std::vector<std::string> component_type_names(const Program& program);

// "pattern" where there is no kind, else "risk", "weakness", "countermeasure" or "product".
std::string kind_word(std::optional<Kind> kind);

// "api" and "web.x" of "api/web.x"; the component is empty where there is none.
struct ElementPath {
  std::string_view component, name;
};
ElementPath split_element(std::string_view text);

// The id of an element that is named by `text` ("throttle-logins", "api/web.no-csrf-token"): itself, or where a
// bare name is unique that one's. Empty where it is unknown or ambiguous.
std::string resolve_element(const Program& program, std::string_view text);

// Whether a product or component may be called so: [A-Za-z0-9][A-Za-z0-9._-]{0,127}.
bool is_plain_id(std::string_view id);

// One step of a JSON pointer (RFC 6901): "/" and the escaped name.
std::string pointer_token(std::string_view name);

}  // namespace riskd::engine
