// The syntax tree of one policy: what was written, in the order in which it was written, with places.
// Nodes live in vectors and refer to each other by index. Every file yields a tree, also one with
// errors; what could not be read is left out of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "dsl/text/source.hpp"

namespace riskd::dsl {

using ExprId = std::uint32_t;
using ClauseId = std::uint32_t;
using TextId = std::uint32_t;
inline constexpr std::uint32_t nothing = std::numeric_limits<std::uint32_t>::max();

// `sign-in`, or qualified: `web.throttle-logins`, `product.sensitive`, `reach.internet`.
struct Name {
  std::string qualifier;  // empty where there is none
  std::string text;       // empty: no name was read
  Span span;
  std::string full() const { return qualifier.empty() ? text : qualifier + "." + text; }
};

enum class ExprKind : std::uint8_t {
  invalid,  // was reported; goes with everything
  number,
  percent,
  duration,
  date,
  text,
  yes,
  no,
  today,
  name,
  negate,
  logic_not,
  logic_and,
  logic_or,
  is,
  is_not,
  in,
  not_in,
  matches,
  includes,
  includes_any,
  includes_all,
  is_answered,
  is_not_answered,
  less,
  less_equal,
  greater,
  greater_equal,
  add,
  subtract,
  multiply,
  divide,
  choose,  // if, then, else
  match,   // subject, then key, value, key, value…; flag: the last kid is `otherwise`
  call,    // name(args)
  group,   // ( … ), kept for the layout
};

struct Expr {
  ExprKind kind = ExprKind::invalid;
  bool flag = false;
  Span span;
  double number = 0;  // number; percent as a share; duration in seconds; date in days
  TextId text = nothing;
  Name name;  // of a name or a call
  std::vector<ExprId> kids;
};

struct TextPart {
  std::string text;       // escapes resolved, indentation removed
  ExprId expr = nothing;  // where not nothing, what stands between { and }
};

struct Text {
  Span span;
  bool is_long = false;
  std::vector<TextPart> parts;  // one part without expr where nothing is interpolated
  std::string plain() const;
};

enum class TypeKind : std::uint8_t {
  invalid,
  yes_no,
  one_of,
  any_of,
  number,
  percent,
  text,
  date,
  duration,
  named
};

struct Choice {
  Name name;
  TextId title = nothing;
  std::vector<Name> was;  // former names
};

struct TypeSyntax {
  TypeKind kind = TypeKind::invalid;
  bool ordered = false;
  Name name;  // of a scale
  std::vector<Choice> choices;
  Span span;
};

enum class ClauseKind : std::uint8_t {
  library,         // name, title, text = version
  import,          // name, number = major version or -1
  scale,           // name, title; children: step
  bands,           // name; children: step
  step,            // name, expr (a number)
  field,           // kind, name, title, type, flag = required, expr = default; names = was
  questionnaire,   // name, title, target = component type; children: question
  question,        // name, title, type, expr = ask when, expr2 = default, text = help; names = was
  component_type,  // name, title; names = was
  standard_list,   // name = what stands in the quotes, title
  attributes,      // kind; children: attribute
  attribute,       // name, type, expr = default, title
  let,             // kind, name, expr, expr2 = what it was before a change or nothing
  rating,          // kind, name, expr
  pattern,         // name, title, target = component type; children
  risk,            // name, title; children
  weakness,        // name, number = CWE or 0 (name2.span), title (a use where absent); children
  countermeasure,  // name, title (a use where absent); children
  when,            // expr
  setting,         // name, expr
  mitigates,       // expr
  required,        // expr or nothing
  test,            // name = source, text or name2
  standard,        // text
  guide,           // text
  untested,        // text = reason
  match_cwe,       // `match cwe descendants`, flag: `match cwe never`
  was,             // name
  extend,          // kind_word, name; children
  override_,       // kind_word, name; children; of a rating or let: name2 = its kind, expr;
                   // of a status map: map
  disable,         // kind_word, name, text = reason
  choice,          // of an extended question: name, title; names = was
  ask_when,        // of an overridden question: expr
  default_value,   // of an overridden question: expr
  help,            // of an overridden question: text
  adjust,          // name, text = reason; children: visit, step operations
  visit,           // kind, expr = when or nothing
  reduce,          // expr, flag = of inherent
  restore,
  raise_by,     // expr
  raise_to,     // expr
  cap,          // expr
  after,        // name
  before,       // name
  status_map,   // name = tracker kind, map = its own name or empty; children: row
  evidence,     // name = source; children: row, stale_after
  row,          // expr or nothing; flag = absent; name = result
  stale_after,  // expr (a duration)
  ticket,       // name, kind; children
  open,         // expr
  title,        // text
  body,         // text
  labels,       // children texts in texts
  priority,     // expr
  close,        // expr, text = with
  relate,       // name = template, name2 = list
  update,       // expr, text
  reopen,       // expr
  scenario,     // text = title; children: given, then, expect
  given,
  then,
  expect,          // children: one statement
  fact_today,      // expr
  fact_answers,    // target = component or empty; names + exprs (or nothing for `is unanswered`)
  fact_component,  // name, target = type; children: fact_answers
  fact_decide,     // name, name2 = state or attribute (flag) , expr, text = reason, expr2 = until
  fact_accept,     // name, expr = until, text
  fact_approve,
  fact_ticket,     // name = template, name2 = element, texts: status fields; target = tracker, map;
                   // flag = closed
  scenario_case,   // children: a given, then expects; run as a scenario of its own
  fact_result,     // name = source, text = id, target = component; number: 0 a verdict (flag =
                   // failed), 1 as reported (names + exprs: what it says), 2 absent
  fact_passes,     // expr (a duration)
  expect_pattern,  // name, target, number: 0 applies, 1 does not apply, 2 undecided
  expect_ticket,   // name = template, name2 = element, target, number: 0 open, 1 closed, 2 none
                   // 3 its texts: names + texts, globs where `matches` stands
  expect_value,    // kind, name, target, expr: comparison with `name`'s attributes
};
inline constexpr std::size_t clause_kinds = static_cast<std::size_t>(ClauseKind::expect_value) + 1;

// What few clauses have.
struct ClauseMore {
  Name name2;
  Name kind_word;  // product, risk, … where the construct says a kind
  Name target;     // component type, component or tracker
  Name map;        // the name of a status map; empty: the tracker's own
  std::vector<TextId> texts;
  std::vector<Name> names;
  std::vector<ExprId> exprs;
  std::vector<bool> globs;  // of `texts`, one by one: whether it is a glob
};

struct Clause {
  ClauseKind kind = ClauseKind::library;
  bool flag = false;
  bool broken = false;  // what stands in it could not be read: that is told
  Span span;            // from its keyword to its end
  Span head;            // the keyword and the name, for messages
  Name name;
  TextId title = nothing;
  TextId text = nothing;
  ExprId expr = nothing;
  ExprId expr2 = nothing;
  std::uint32_t type = nothing;
  ClauseId disabled_by = nothing;  // the `disable` of another declaration that names this one
  double number = 0;
  std::vector<ClauseId> children;
  std::unique_ptr<ClauseMore> own_more;  // null: nothing

  const ClauseMore& more() const;
  ClauseMore& make_more();
};

struct Syntax {
  std::vector<Expr> exprs;
  std::vector<Text> texts;
  std::vector<TypeSyntax> types;
  std::vector<Clause> clauses;
  std::vector<std::vector<ClauseId>> files;         // the declarations of each file, in order
  std::array<std::size_t, clause_kinds> written{};  // how many clauses of each kind

  std::size_t count(ClauseKind kind) const { return written[static_cast<std::size_t>(kind)]; }

  const Clause* child(const Clause& clause, ClauseKind kind) const;
};

class Diagnostics;

// Parses every file. Mistakes are reported and stepped over.
Syntax parse(const Sources& sources, Diagnostics& diagnostics);

// Parses the files from number `first` on, which came after `syntax` was made of the others.
void parse_from(std::uint32_t first, const Sources& sources, Syntax& syntax,
                Diagnostics& diagnostics);

}  // namespace riskd::dsl
