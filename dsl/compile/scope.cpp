#include "dsl/compile/scope.hpp"

#include <algorithm>

#include "dsl/compile/builtins.hpp"

namespace riskd::dsl {
using engine::Kind;
using engine::List;

bool Scope::has(Kind kind) const {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool Scope::has_plainly(Kind kind) const {
  const auto end =
      only_nearest ? kinds.begin() + static_cast<std::ptrdiff_t>(nearest) : kinds.end();
  return std::find(kinds.begin(), end, kind) != end;
}

Scope Scope::inside(Kind item) const {
  Scope scope = *this;
  const auto outer = std::find(scope.kinds.begin(), scope.kinds.end(), item);
  const bool again = outer < scope.kinds.begin() + static_cast<std::ptrdiff_t>(nearest);
  if (outer != scope.kinds.end()) scope.kinds.erase(outer);
  scope.kinds.insert(scope.kinds.begin(), item);
  if (!again) ++scope.nearest;
  // The item may be of any component type.
  if (item == Kind::component) scope.component_type = engine::no_index;
  return scope;
}

Scope Scope::from(const Library& other) const {
  Scope scope = *this;
  scope.library = &other;
  return scope;
}

Scope scope_of(Kind kind, const Library& library, std::uint32_t component_type) {
  Scope scope;
  scope.library = &library;
  scope.component_type = component_type;
  switch (kind) {
    case Kind::countermeasure:
      scope.kinds = {Kind::countermeasure, Kind::weakness, Kind::risk, Kind::component,
                     Kind::product};
      break;
    case Kind::weakness:
      scope.kinds = {Kind::weakness, Kind::risk, Kind::component, Kind::product};
      break;
    case Kind::risk:
      scope.kinds = {Kind::risk, Kind::component, Kind::product};
      break;
    case Kind::component:
      scope.kinds = {Kind::component, Kind::product};
      break;
    case Kind::product:
    case Kind::run:  // nothing is declared of a run
      scope.kinds = {Kind::product};
      break;
  }
  return scope;
}

Scope scope_of(const std::vector<RecordSlot>& record, const Library& library) {
  Scope scope;
  scope.library = &library;
  scope.record = &record;
  return scope;
}

std::optional<List> list_named(const Name& name, const Scope& scope) {
  if (scope.record != nullptr) return std::nullopt;
  for (std::size_t i = 0; i < scope.kinds.size(); ++i) {
    const bool plain = name.qualifier.empty() && scope.reads_plainly(i);
    if (!plain && name.qualifier != to_string(scope.kinds[i])) continue;
    for (const ListName& list : list_names()) {
      if (list.kind == scope.kinds[i] && list.name == name.text) return list.list;
    }
  }
  return std::nullopt;
}

}  // namespace riskd::dsl
