// What would change it: the smallest sets of answers under which something would be otherwise. Found by
// replay: other answers are applied to a copy of the product, and nothing is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/update/apply.hpp"

namespace riskd::engine {

struct OtherAnswer {
  std::string question;  // "web.reach", "api/web.reach"; of a field "field owner"
  std::string value;     // as the language writes it: "internet", "yes", "{ card, personal }"
  bool operator==(const OtherAnswer&) const = default;
};

struct WhatIf {
  std::string becomes;  // what it would be: "applies", "required by the rules", "not in the model"
  // Each set changes it, and none is smaller; at most limits::what_if_shown.
  std::vector<std::vector<OtherAnswer>> sets;
  bool more = false;       // there are more of that size
  bool exhausted = false;  // limits::what_if_tries came before everything was tried
};

// For a pattern, or an element that is not in the model: what would bring it; for one that is there:
// what would take it away, and for a countermeasure what would make the rules require it, or no longer
// (decisions and tickets stand above them). Choices are tried each, numbers and dates around what the rules compare them with. nullopt where answers have
// no part in it, or the policy does not know the element.
std::optional<WhatIf> what_would_change(const LiveProduct& product, std::string_view element);

}  // namespace riskd::engine
