// Expressions of a compiled policy: a table of nodes that refer to each other by index. The same
// expression anywhere in the policy is one node.
#pragma once

#include <cstdint>
#include <limits>

namespace riskd::engine {

using NodeId = std::uint32_t;
inline constexpr NodeId no_node = std::numeric_limits<NodeId>::max();
inline constexpr std::uint32_t no_index = std::numeric_limits<std::uint32_t>::max();

// What an element of the model, or a name, belongs to.
enum class Kind : std::uint8_t { product, component, risk, weakness, countermeasure, run };

enum class Base : std::uint8_t {
  truth,   // yes-no, conditions
  number,  // number; also percent (0.7 is 70%)
  percent,
  choice,  // one-of, states, bands: `of` is the enumeration; a value is the step's index
  scale,   // `of` is the enumeration; a value is the step's number
  set,     // any-of: `of` is the enumeration
  text,
  date,      // seconds since 1970-01-01, a multiple of a day
  duration,  // seconds
  texts,     // a list of texts (labels, tags, failing tests)
  elements,  // a list of elements: `of` is their Kind
};

struct Type {
  Base base = Base::truth;
  std::uint32_t of = 0;
  bool operator==(const Type&) const = default;
};

enum class Op : std::uint8_t {
  constant,        // number (a truth, a number, a step, a date)
  constant_set,    // bits
  constant_text,   // a: index in Program::texts
  question,        // a: question
  answered,        // a: question: somebody answered it, and it is asked
  field,           // a: field
  field_answered,  // a: field
  let,             // a: let
  attribute,       // a: attribute
  rating,          // a: rating
  builtin,         // a: Builtin; b: Kind of the element that is asked
  record,          // a: slot of the outside record (status maps, evidence)
  logic_not,       // kid
  logic_and,       // kids
  logic_or,        // kids
  equal,           // kids: two values of one type
  text_equal,      // kids: two texts; a: 1 where letter case does not count
  less,
  less_equal,
  includes_any,   // kid: a set; bits: at least one of these
  includes_all,   // kid: a set; bits: all of these
  texts_include,  // kids: a list of texts, a text; a: 1 where letter case does not count
  text_matches,   // kids: a text or a list of texts, a pattern with `*`; a: as above
  add,
  subtract,
  multiply,
  divide,
  negate,
  to_day,   // kid: a date that arithmetic moved; the day in which it lies
  minimum,  // kids
  maximum,  // kids
  mean,     // kids
  square_root,
  choose,  // kids: condition, then, else
  match,   // kids: subject, then key, value, key, value…; a: 1 where the last kid is `otherwise`
  today,
  age,        // kid: a date
  aggregate,  // a: Aggregate; b: List; kid: body (no_node for `count(list)`)
  concat,     // kids: texts to be printed one after the other
  print,      // kid: a value of any type, as text; a: List where the kid is one of its items
};

enum class Aggregate : std::uint8_t { any, all, count, sum, product, max, min, mean };

// The lists that an element holds, and whose items an aggregate or an interpolation visits.
enum class List : std::uint8_t {
  product_components,
  product_risks,
  product_undecided,
  component_risks,
  risk_weaknesses,
  risk_countermeasures,
  weakness_risks,
  weakness_countermeasures,
  countermeasure_risks,
  countermeasure_weaknesses,
  none,
};

// What an element has beside its attributes.
enum class Builtin : std::uint8_t {
  id,
  title,
  approved,
  rating,
  band,
  type,
  component,
  inherent,
  current,
  projected,
  accepted_until,
  reason,
  cwe,
  tested,
  failing_tests,
  run,
  state,
  mitigates,
  guide,
  standards,
  run_name,
  run_at,
  run_url,
  accepted_inherent,
  failures,
};

struct Node {
  Op op = Op::constant;
  Type type;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t first_kid = 0;  // in Program::kids
  std::uint32_t kid_count = 0;
  double number = 0;
  std::uint64_t bits = 0;
  bool operator==(const Node&) const = default;
};

}  // namespace riskd::engine
