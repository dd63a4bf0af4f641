// What a name without its library may stand for: "reach" for "web.reach". Earlier names lead there too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/program/node.hpp"

namespace riskd::engine {

struct Program;

struct BareNames {
  // Indices in Program::questions, ascending.
  std::unordered_map<std::string, std::vector<std::uint32_t>> questions;
  // Each once, in no order that means anything.
  struct Element {
    std::optional<Kind> kind;  // nullopt: a pattern
    std::uint32_t index = 0;   // in the program's table of the kind
    bool operator==(const Element&) const = default;
  };
  std::unordered_map<std::string, std::vector<Element>> elements;
};

BareNames bare_names_of(const Program& program);

// "reach" of "web.reach".
std::string bare_name(const std::string& id);

}  // namespace riskd::engine
