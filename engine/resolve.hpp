// Facts from outside, checked against a policy: bare names become qualified ids, answers are held to
// their question's type. A fact that passes can be folded; one that does not is refused with the
// reason, the place in it, and what would have been expected.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/fact.hpp"
#include "engine/model.hpp"
#include "engine/product.hpp"
#include "engine/program.hpp"

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

// Puts in what riskd knows of the moment and the poster does not say: the rating that an acceptance
// accepts, what "all" of an approval is, and what its elements were like. `model` is the product's, as
// the poster may have seen it.
void complete(const Model& model, FactBody& body);
// Whether `complete` would put something in.
bool is_incomplete(const FactBody& body);

// Qualified id of an element that is named by `text` ("throttle-logins", "api/web.no-csrf-token"):
// itself, or where a bare name is unique that one's. Empty where it is unknown or ambiguous.
std::string resolve_element(const Program& program, std::string_view text);

}  // namespace riskd::engine
