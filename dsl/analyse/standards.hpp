// The lists of requirements that a `standard` may cite: those that riskd knows, by their ids alone, and
// those that a policy declares.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::dsl {

struct CitationFault {
  std::string message;
  std::string help;
};

// What is wrong with "ASVS 5.0 6.2.1": a list, its version where it has one, and an id of the list.
// `declared` are the policy's own lists: any id of theirs is right. Nothing where the citation is right.
std::optional<CitationFault> fault_of_citation(std::string_view cited,
                                               const std::vector<std::string>& declared);

// The list that riskd knows under this name, with or without its version, as it is cited: "ASVS 5.0";
// empty where it knows none.
std::string known_list(std::string_view name);

}  // namespace riskd::dsl
