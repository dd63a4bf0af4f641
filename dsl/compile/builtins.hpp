// What every model has without being declared: the built-in names of each kind, and its lists.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/program/program.hpp"

namespace riskd::dsl {

struct BuiltinName {
  engine::Kind kind;
  std::string_view name;
  engine::Builtin builtin;
  engine::Base base;  // choice: state, tested, bands or component type by the builtin
};
const std::vector<BuiltinName>& builtin_names();

struct ListName {
  engine::Kind kind;
  std::string_view name;
  engine::List list;
  engine::Kind item;
};
const std::vector<ListName>& list_names();

// A function of the language: over the items of a list, of values that stand in the parentheses, or either.
struct FunctionName {
  std::string_view name;
  std::optional<engine::Aggregate> over_list;
  std::optional<engine::Op> of_values;
  std::string_view meaning;  // for hover: "the largest value"
  // The words of the catalogue: "the greatest, over the *, of " for `max(risks, current)`, where `*` stands for the
  // list's name; "the greatest of " for `max(1, 2)`. Empty where the function takes no list, or no values.
  std::string_view phrase_over_list;
  std::string_view phrase_of_values;
};
const std::vector<FunctionName>& function_names();
const FunctionName* function_named(std::string_view name);  // null: there is none

std::string_view to_string(engine::Kind kind);

// Whether a value of this type is one, or some, of a list of choices or steps.
inline bool has_steps(const std::optional<engine::Type>& type) {
  return type && (type->base == engine::Base::choice || type->base == engine::Base::scale ||
                  type->base == engine::Base::set);
}

}  // namespace riskd::dsl
