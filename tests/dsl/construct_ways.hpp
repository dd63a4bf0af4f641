// Which ways there are to get each construct of the language wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dsl/syntax/syntax.hpp"

namespace riskd::tests {

enum class Way : std::uint8_t {
  malformed,      // it cannot be read
  missing_part,   // it can be read, and a part that it needs is not there
  unknown_name,   // a name that nothing has
  wrong_kind,     // a name of a thing of another kind
  wrong_type,     // a value of another type
  out_of_range,   // a number, text or date that cannot be
  given_twice,    // the same clause again
  duplicate,      // a name that is taken
  ambiguous,      // a name that two things have
  wrong_place,    // where it may not stand, or reads what is not there
  contradiction,  // never true, hidden, circular, in no order, in the wrong direction
  warning,        // it can be meant, but seldom is
};

std::string to_string(Way way);  // "missing part"

struct Construct {
  std::string name;  // "component-type"; for parts of clauses "condition", "match"
  std::vector<Way> ways;
};

// One for each kind of clause, by its number, then one for each statement of a scenario, then those of what
// clauses are made of. A new kind of clause or statement does not compile until it has its row.
const std::vector<Construct>& constructs();
const std::vector<Construct>& statement_constructs();  // by the alternatives of dsl::Statement
std::vector<dsl::ClauseKind> clause_kinds();
const Construct& construct(dsl::ClauseKind kind);

struct WrongUse {
  std::string construct;
  Way way = Way::malformed;
  std::string code;  // of a warning: "R0501"
};

// Of `wrong: CONSTRUCT / WAY: …` or `wrong: CONSTRUCT / warning R0501: …`.
std::optional<WrongUse> way_of(const std::string& title);

}  // namespace riskd::tests
