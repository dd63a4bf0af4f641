// The names of one policy: what each stands for and where it is used. For editors: it is there for a
// policy with errors too, with the names that did resolve.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/compile/compilation.hpp"

namespace riskd::dsl {

enum class NameKind : std::uint8_t {
  library,
  questionnaire,
  question,
  field,
  let,
  attribute,
  rating,
  scale,
  bands,
  step,  // of a scale or of bands
  choice,
  component_type,
  pattern,
  risk,
  weakness,
  countermeasure,
  adjust,
  ticket,
  status_map,  // that has a name of its own; `of` is its tracker
};

// "component type", as messages say it.
std::string_view to_string(NameKind kind);

inline constexpr std::uint32_t no_definition = nothing;

struct Definition {
  NameKind kind = NameKind::library;
  std::string name;           // "reach"
  std::string library;        // "web"; empty where the file belongs to none
  std::string of;             // of what a value is: "product", "risk" …; otherwise empty
  std::string title;          // in the words of the policy
  std::string documentation;  // help, guide, and the comment above the declaration
  std::string type;           // of a value: "one-of ordered {staff, internet}"; otherwise empty
  Span span;                  // of the name where it is declared
  Span whole;                 // of the declaration
  std::uint32_t owner = no_definition;     // in which it is declared: the question of a choice
  std::uint32_t steps_of = no_definition;  // whose steps or choices are its values
  std::string component_type;              // of a question or pattern; empty: the product's
};

struct NameUse {
  Span span;
  std::uint32_t definition = 0;
};

struct NameIndex {
  std::vector<Definition> definitions;  // libraries, then the others by file and place
  std::vector<NameUse> uses;            // by file and place; declarations are among them

  // The use that holds byte `offset` or ends there; null where there is none.
  const NameUse* at(std::uint32_t file, std::uint32_t offset) const;
  std::vector<Span> uses_of(std::uint32_t definition) const;
  std::vector<std::uint32_t> steps_of(std::uint32_t owner) const;
};

// The values that every model has: `state` of a countermeasure, the list `risks` of a product.
const std::vector<Definition>& builtin_definitions();

// All names of `policy`. Takes time in proportion to its size; safe to call from any thread.
NameIndex index_names(const Compilation& policy);

}  // namespace riskd::dsl
