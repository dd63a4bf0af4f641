// A policy as a catalogue that people read: patterns with their conditions in words, countermeasures,
// questions and what each one influences, indexes by CWE and standard, steps, rows and tickets.
#pragma once

#include <string>
#include <vector>

#include "dsl/compile/compilation.hpp"

namespace riskd::dsl {

enum class DocFormat { markdown, html };

struct DocPage {
  std::string name;  // "index.html"
  std::string content;
};

// The catalogue of a sound policy, imported libraries included: one page, or several that refer to
// each other, the first of which is the index. The same policy always gives the same bytes. HTML is
// well-formed XML too, holds its style, and needs nothing from elsewhere.
std::vector<DocPage> write_catalogue(const Compilation& policy, DocFormat format, bool one_page);

}  // namespace riskd::dsl
