// Why something is so: the cell is evaluated again and its inputs' provenance is read. Nothing is
// stored to be able to explain.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/evaluate/model.hpp"

namespace riskd::engine {

// One reason, with the reasons behind it.
struct Reason {
  std::string text;                // "pattern web.password-login applies"
  std::string value;               // "true", "87.5", "required"; may be empty
  std::string place;               // "rules/web.risk:35" of the rule; may be empty
  std::optional<Provenance> fact;  // who said it and when
  std::vector<Reason> because;
};

// Why `element` is as it is: a risk, weakness, countermeasure, pattern or question of the product, or
// the product itself (empty). nullopt where the policy does not know it.
std::optional<Reason> explain(const Program& program, const Product& product,
                              std::string_view element, Instant now);

// Of an element that explain() does not know, why, and what to write instead: it is ambiguous, it is one of
// components and none is named, its component is not there, or there is nothing of that name.
std::string why_unexplained(const Program& program, const Product& product,
                            std::string_view element, Instant now);

}  // namespace riskd::engine
