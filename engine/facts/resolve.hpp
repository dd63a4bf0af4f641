// Facts from outside, checked against a policy: bare names become qualified ids, answers are held to
// their question's type. A fact that passes can be folded; one that does not is refused with the
// reason, the place in it, and what would have been expected.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/facts/fact.hpp"
#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

struct FactError {
  std::string pointer;  // relative to the fact: "/answers/reach"
  std::string code;     // "unknown-question", "wrong-type", "unknown-choice", …
  std::string message;
  std::vector<std::string> expected;  // for people: the choices, or near names
  // Of a conflict: what somebody else said meanwhile, and who.
  std::optional<Stamped<RawValue>> theirs{};
};

// Resolves `body` in place; returns every error (empty: it may be completed and folded). `product` is
// what the fact is about, with the facts so far: component types are looked up there. `now` is when the
// fact arrives: what has ended by then is refused.
std::vector<FactError> resolve(const Program& program, const Product& product, FactBody& body,
                               Instant now);

}  // namespace riskd::engine
