// What a search for other answers found, on one line.
#pragma once

#include <optional>
#include <string>

#include "engine/explain/what_if.hpp"

namespace riskd::tests {

// "applies: t.a=yes & t.b=no; t.c=x; more"; "nothing" where answers have no part in it.
inline std::string to_text(const std::optional<engine::WhatIf>& found) {
  if (!found) return "nothing";
  std::string all = found->becomes + ":";
  for (const auto& set : found->sets) {
    std::string one;
    for (const engine::OtherAnswer& each : set)
      one += (one.empty() ? " " : " & ") + each.question + "=" + each.value;
    all += one + ";";
  }
  return all + (found->more ? " more" : "") + (found->exhausted ? " exhausted" : "");
}

}  // namespace riskd::tests
