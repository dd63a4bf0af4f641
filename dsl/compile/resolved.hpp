// What the compiler learns about names on its way, whether or not the policy is sound. dsl/index/index.hpp
// makes it an index.
#pragma once

#include <string>
#include <vector>

#include "dsl/text/source.hpp"

namespace riskd::dsl {

// A name and what it stands for, by the place of the name that declares it (of a library, by its
// whole header).
struct ResolvedName {
  Span use;
  Span definition;
};

// The type of a derived value, which is written nowhere.
struct DerivedType {
  Span definition;
  std::string text;  // "yes-no", "the scale `level`"
  Span first_step;   // of its scale or choices; empty where it has none
};

struct ResolvedNames {
  std::vector<ResolvedName> uses;  // in no order; one place may be there twice
  std::vector<DerivedType> derived;
};

}  // namespace riskd::dsl
