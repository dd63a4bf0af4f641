// What a policy declares, beside the program: where each thing stands in the text, and which library
// declares it. The declaring steps write it (declare.hpp); afterwards it is only read.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dsl/compile/names.hpp"
#include "dsl/compile/scope.hpp"
#include "dsl/syntax/syntax.hpp"

namespace riskd::dsl {

// A question, field, attribute, derived value or rating.
struct DeclaredMember {
  ClauseId clause = nothing;
  const Library* library = nullptr;
};

// A pattern, risk, weakness or countermeasure.
struct DeclaredElement {
  ClauseId clause = nothing;
  std::shared_ptr<const Scope> scope;  // in which it stands: one for all that a pattern declares
  bool shared = false;                 // declared at top level
};

struct Declarations {
  // By the indices of the program's tables of the same names.
  std::vector<DeclaredMember> questions, fields, attributes, lets, ratings;
  std::vector<DeclaredElement> patterns, risks, weaknesses, countermeasures;
  // By the index of an enumeration that the policy declares: where each of its steps or choices stands.
  std::map<std::uint32_t, std::vector<Span>> steps;

  // Names whose declaration has a wrong type. That is told, and who uses one need not be told again.
  std::set<std::string> untyped;
  // `risk.inherent` or `product.rating` is declared twice: told.
  bool rated_twice = false;
};

}  // namespace riskd::dsl
