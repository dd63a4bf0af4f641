// The syntax tree of one policy: what was written, in the order in which it was written, with places.
// Nodes live in vectors and refer to each other by index. Every file yields a tree, also one with
// errors; what could not be read is left out of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "dsl/syntax/constructs.hpp"
#include "dsl/syntax/name.hpp"
#include "dsl/syntax/statements.hpp"
#include "dsl/text/source.hpp"

namespace riskd::dsl {

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

// The parts that a construct shares with others are those of Clause; what it has of its own is its struct in
// constructs.hpp, which is named here in braces.
enum class ClauseKind : std::uint8_t {
  library,         // name, title, text = version
  import,          // name {ImportSyntax}
  scale,           // name, title; children: step
  bands,           // name; children: step
  step,            // name, expr (a number)
  field,           // name, title, type, expr = default {FieldSyntax}
  questionnaire,   // name, title; children: question {QuestionnaireSyntax}
  question,        // name, title, type, expr = ask when, text = help {QuestionSyntax}
  component_type,  // name, title {ComponentTypeSyntax}
  standard_list,   // name = what stands in the quotes, title
  attributes,      // children: attribute {AttributesSyntax}
  attribute,       // name, type, expr = default, title
  let,             // name, expr {LetSyntax}
  rating,          // name, expr {RatingSyntax}
  pattern,         // name, title; children
  risk,            // name, title; children
  weakness,        // name, title (a use where absent); children {WeaknessSyntax}
  countermeasure,  // name, title (a use where absent); children
  when,            // expr
  setting,         // name, expr
  mitigates,       // expr
  required,        // expr or nothing
  test,            // {TestSyntax}
  standard,        // text
  guide,           // text
  untested,        // text = reason
  match_cwe,       // {CweMatchSyntax}
  was,             // name
  extend,          // name; children {ChangeSyntax}
  override_,       // name, expr (of a rating or a derived value); children {ChangeSyntax}
  disable,         // name, text = reason {ChangeSyntax}
  choice,          // of an extended question: name, title {ChoiceSyntax}
  ask_when,        // of an overridden question: expr
  default_value,   // of an overridden question: expr
  help,            // of an overridden question: text
  adjust,          // name, text = reason; children: visit, step operations
  visit,           // expr = when or nothing {VisitSyntax}
  reduce,          // expr {ReduceSyntax}
  restore,
  raise_by,       // expr
  raise_to,       // expr
  cap,            // expr
  after,          // name
  before,         // name
  status_map,     // name = tracker kind; children: row {StatusMapSyntax}
  evidence,       // name = source; children: row, stale_after
  row,            // name = result, expr or nothing {RowSyntax}
  stale_after,    // expr (a duration)
  ticket,         // name; children {TicketSyntax}
  open,           // expr
  title,          // text
  body,           // text
  labels,         // {LabelsSyntax}
  priority,       // expr
  close,          // expr, text = with
  relate,         // name = template {RelationSyntax}
  update,         // expr, text
  reopen,         // expr
  scenario,       // text = title; children: given, then, expect, scenario_case
  given,          // children: one statement
  then,           // children: one statement
  expect,         // children: one statement
  scenario_case,  // children: a given, then expects; run as a scenario of its own
  statement,      // what a given, then or expect says {Statement}
};
inline constexpr std::size_t clause_kinds = static_cast<std::size_t>(ClauseKind::statement) + 1;

struct Clause {
  ClauseKind kind = ClauseKind::library;
  bool broken = false;  // what stands in it could not be read: that is told
  Span span;            // from its keyword to its end
  Span head;            // the keyword and the name, for messages
  Name name;
  TextId title = nothing;
  TextId text = nothing;
  ExprId expr = nothing;
  std::uint32_t type = nothing;
  ClauseId disabled_by = nothing;  // the `disable` of another declaration that names this one
  std::vector<ClauseId> children;
  std::unique_ptr<Construct> own;  // new_construct(kind), and what was read

  // What the clause has of its own, by the struct of its kind.
  template <typename T>
  const T& as() const {
    return std::get<T>(*own);
  }
  template <typename T>
  T& as() {
    return std::get<T>(*own);
  }
  // The same of a clause that may be of another kind, or an editor's: null where it is.
  template <typename T>
  const T* find() const {
    return own == nullptr ? nullptr : std::get_if<T>(own.get());
  }
  const Statement& statement() const { return as<Statement>(); }
  // The statement where it is one of this kind, otherwise null.
  template <typename T>
  const T* said() const {
    const auto* all = find<Statement>();
    return all == nullptr ? nullptr : std::get_if<T>(all);
  }
};

// The kind of thing that a declaration says: `risk` of `let risk.reachable`. Empty where it says none.
std::string kind_said(const Clause& clause);

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
