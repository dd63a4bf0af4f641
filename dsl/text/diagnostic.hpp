// Messages about a policy. Each kind has a stable code with a page in docs/diagnostics.
//
// Wording: lower case, no full stop, what was written in backticks; the message says what is wrong,
// the help what to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/text/source.hpp"

namespace riskd::dsl {

enum class Severity : std::uint8_t { error, warning };

enum class Code : std::uint16_t {
  // 01: characters and syntax
  unexpected_character = 101,
  unclosed_string = 102,
  bad_escape = 103,
  bad_number = 104,
  bad_name = 105,
  minus_needs_blanks = 106,
  syntax = 107,
  too_deep = 108,
  too_large = 109,
  not_utf8 = 110,
  chained_comparison = 111,
  equals_sign = 112,
  reserved_word = 113,
  // 02: names
  unknown_name = 201,
  duplicate_name = 202,
  ambiguous_name = 203,
  unknown_library = 204,
  circular_import = 205,
  no_library = 206,
  wrong_kind = 207,
  libraries_disagree = 208,
  // 03: types
  type_mismatch = 301,
  unknown_choice = 302,
  out_of_range = 303,
  not_constant = 304,
  out_of_scope = 305,
  bad_order = 306,
  // 04: structure and analysis
  circular = 401,
  incomplete_match = 402,
  hidden_row = 403,
  missing_clause = 404,
  repeated_clause = 405,
  unordered_steps = 406,
  not_monotone = 407,
  never_true = 408,
  changed_twice = 409,
  changed_disabled = 410,
  decided_comparison = 411,
  untested_with_test = 412,
  // 05: warnings
  unread_question = 501,
  uncovered_pattern = 502,
  untested_requirement = 503,
  no_cwe = 504,
  unused_definition = 505,
  always_true = 506,
  no_evidence = 507,
  idle_scenario = 508,
  scenario_twice = 509,
  hidden_attribute = 510,
  no_weakness = 514,
  unlisted_standard = 515,
  hidden_value = 516,
};

struct CodeInfo {
  Code code;
  Severity severity;
  std::string_view title;  // "unknown name"
};

// All codes, ascending.
const std::vector<CodeInfo>& all_codes();
const CodeInfo& info(Code code);

// "R0201".
std::string to_string(Code code);

struct Related {
  Span span;
  std::string message;
};

struct Diagnostic {
  Code code = Code::syntax;
  Span span;
  std::string message;
  std::string help;
  std::vector<Related> related;
};

void sort_by_place(std::vector<Diagnostic>& diagnostics);

class Diagnostics {
 public:
  // Further diagnostics of one span and code are dropped, and so is what passes the limit.
  Diagnostic& add(Code code, Span span, std::string message, std::string help = {});

  // By file and place.
  std::vector<Diagnostic> take_sorted();
  bool has_errors() const { return errors_ > 0; }
  std::size_t errors() const { return errors_; }
  const std::vector<Diagnostic>& list() const { return list_; }

 private:
  std::vector<Diagnostic> list_;
  std::size_t errors_ = 0;
  Diagnostic dropped_;
};

// The diagnostic as people read it: place, message, the line with the span underlined, help and
// related places. `colour` uses ANSI escapes.
std::string render(const Sources& sources, const Diagnostic& diagnostic, bool colour);

// The closest of `candidates` to `name`, by edits; empty where none is close.
std::string closest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace riskd::dsl
