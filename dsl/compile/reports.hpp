// What several steps report alike: what is missing, declared twice, ambiguous, or in another library.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dsl/compile/policy_text.hpp"

namespace riskd::dsl {

// A clause that is not there, unless something in `clause` could not be read: then that is the one
// message.
void missing(const PolicyText& policy, const Clause& clause, std::string message, std::string help);

// A second declaration of `name`; `what` is what it would be: "the scale".
void duplicate(const PolicyText& policy, const std::string& what, const Name& name, Span first);

// Told at the one of the two that can be mended.
void declared_twice(const PolicyText& policy, Span at, Span first, std::string message,
                    std::string help = {});

// What a policy has once, whatever the library. `change` is what a library that imports the other may
// write: "`override bands …`"; empty: nothing.
void once_in_a_policy(const PolicyText& policy, Span at, Span first, std::string message,
                      const std::string& change = {});

// A former name that is a name, or another's former name.
void former_taken(const PolicyText& policy, const Name& was, Span owner);

// A name that several imported libraries declare.
void ambiguous(const PolicyText& policy, const Name& name,
               const std::vector<std::pair<const Library*, Span>>& declared, std::string help);
template <typename T>
void ambiguous(const PolicyText& policy, const Name& name, const std::vector<Found<T>>& found) {
  std::vector<std::pair<const Library*, Span>> places;
  for (const Found<T>& each : found) places.emplace_back(each.library, each.what.span);
  ambiguous(policy, name, places,
            "say which: `" + found.front().library->name + "." + name.text + "`");
}

// Help: the library that declares a name which nothing here has, and which is not imported; or empty.
std::string import_for(const PolicyText& policy, NameSpace of, const std::string& name,
                       const Library& from);

}  // namespace riskd::dsl
