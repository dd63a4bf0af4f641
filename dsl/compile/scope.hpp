// From where an expression is read: which names it sees.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsl/compile/names.hpp"
#include "dsl/syntax/syntax.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// A field of what a tracker or a report tells, as a row may read it.
struct RecordSlot {
  std::string name;
  std::uint32_t slot = 0;
  engine::Type type;
};

// Refers to its library and its record, which must outlive it.
struct Scope {
  const Library* library = nullptr;
  std::vector<engine::Kind> kinds;  // innermost first
  std::size_t nearest = 0;          // so many of them come first in every library: those of items
  bool only_nearest = false;        // the others need their kind: `product.rating`
  std::uint32_t component_type = engine::no_index;  // of Kind::component; no_index: any type's
  const std::vector<RecordSlot>* record = nullptr;  // then nothing else is visible

  bool has(engine::Kind kind) const;
  bool has_plainly(engine::Kind kind) const;  // without its kind before it
  bool reads_plainly(std::size_t kind) const { return !only_nearest || kind < nearest; }
  Scope inside(engine::Kind item) const;     // of an aggregate's item
  Scope from(const Library& library) const;  // the same, read from another library
};

// What an expression about a thing of this kind sees: the thing, and what it belongs to.
Scope scope_of(engine::Kind kind, const Library& library,
               std::uint32_t component_type = engine::no_index);
// What a row about `record` sees.
Scope scope_of(const std::vector<RecordSlot>& record, const Library& library);

// The list that a name stands for here; nothing where it stands for none.
std::optional<engine::List> list_named(const Name& name, const Scope& scope);

}  // namespace riskd::dsl
