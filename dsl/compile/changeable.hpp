// What an organisation may change of a library: which things, by which name, and which of their clauses.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dsl/compile/names.hpp"
#include "dsl/syntax/syntax.hpp"
#include "dsl/text/diagnostic.hpp"

namespace riskd::dsl {

// A kind of thing that can be changed.
struct ChangeableKind {
  std::string_view word;      // with which a change names it: "adjust"
  std::string_view shown;     // in messages: "step"
  std::string_view replaced;  // by `override`: "of a step, `for`, …"
  std::string_view added;     // by `extend`: "a pattern by risks"; empty: nothing
};

// `word` is one that the parser takes after `extend`, `override` or `disable`.
const ChangeableKind& changeable_kind(std::string_view word);

// "jira", "jira mobile": the name of a status map, as it is declared and as a change names it.
std::string status_map_name(const Clause& clause);

// What a clause is called in messages about a change. Two clauses of one thing that have the same key are
// the same clause: a step does one thing, a risk has one `ease`.
std::string key_of(const Clause& clause);

bool may_override(std::string_view word, ClauseKind clause);
bool may_extend(std::string_view word, ClauseKind clause);

// The things that can be changed, by library. Refers to the tree, which may change but for its
// declarations' names.
class Changeable {
 public:
  Changeable(const Syntax& syntax, const Libraries& libraries);

  // The declaration that a change names. `nothing` where there is none, more than one, or one of
  // another kind: that is reported.
  ClauseId named_by(const Clause& change, Diagnostics& diagnostics) const;

  // The pattern that holds a risk; `nothing` of everything else.
  ClauseId pattern_of(ClauseId risk) const;
  void add_risk(ClauseId risk, ClauseId pattern) { pattern_of_[risk] = pattern; }

 private:
  using Names = std::unordered_map<std::string, std::vector<ClauseId>>;
  using Tables = std::map<std::string_view, Names>;  // by a change's word; of elements `element`

  void collect(ClauseId id, Tables& out);
  void collect_element(ClauseId id, ClauseId pattern, Tables& out);
  const Names* table(const Library& library, std::string_view word) const;
  void unknown(const Clause& change, const std::string& name, std::vector<std::string> known,
               Diagnostics& diagnostics) const;

  const Syntax& syntax_;
  const Libraries& libraries_;
  std::vector<Tables> all_;  // by library
  std::unordered_map<ClauseId, ClauseId> pattern_of_;
};

}  // namespace riskd::dsl
