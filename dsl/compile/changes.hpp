// An organisation's changes to a library that it did not write: extend, override, disable.
#pragma once

#include "dsl/compile/names.hpp"
#include "dsl/syntax/syntax.hpp"
#include "dsl/text/diagnostic.hpp"

namespace riskd::dsl {

// Carries out every change on the tree: what `extend` adds and `override` replaces becomes part of the
// declaration that it names, and what is disabled is marked. A clause keeps the place where it was
// written, and its names are looked up from the library of that place.
// Reported, each at the change: names that are not there, things of another kind, a clause that does
// not belong there, a clause changed twice, a change to what is disabled.
void apply_changes(Syntax& syntax, const Libraries& libraries, Diagnostics& diagnostics);

}  // namespace riskd::dsl
