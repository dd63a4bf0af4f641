// What a statement of a scenario says, as facts.
#pragma once

#include <string>
#include <vector>

#include "dsl/compile/compilation.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::dsl {

struct SaidFact {
  engine::FactBody body;
  Span span;  // of the statement that says it
};

// As they would be posted, in their order; none of what moves the clock, and of expectations. The policy
// is sound.
std::vector<SaidFact> facts_of(const Compilation& policy, ClauseId statement);

// The id of the element that a statement names, without its component; empty where it names none.
std::string element_named(const Compilation& policy, ClauseId statement);

// "main-db/web.guessing"; the name alone where no component is said.
std::string in_component(const Name& component, std::string name);

}  // namespace riskd::dsl
