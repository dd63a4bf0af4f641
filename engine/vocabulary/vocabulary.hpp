// The words of the outside world that a policy may use: the sources of test results with what a row of an `evidence`
// block may ask of each, and the kinds of trackers with what a row of a `status-map` may ask.
//
// These tables are the only place where such a word stands. The parser, the checker, the evaluator, the readers of
// reports, completion, the catalogue and the reference page read them. A new format is: a reader, a row here, golden
// files, docs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::engine {

// What a field holds.
enum class FieldType : std::uint8_t {
  text,
  texts,  // a list of texts
  number,
  truth,
  word,  // one of a closed list
};

// Where the value of a source's field stands in a TestResult.
enum class FieldOrigin : std::uint8_t {
  attribute,  // in `attributes`, under the field's name; a number or truth as text
  outcome,
  tags,
  cwe,        // as "CWE-79"
  locations,  // in `details`: of results that failed or were an error
};

struct SourceField {
  std::string_view name;
  FieldType type = FieldType::text;
  std::string_view meaning;                   // one line, for people
  std::span<const std::string_view> words{};  // of FieldType::word
  bool ordered = false;                       // words: the least first, so that a row may use `>=`
  FieldOrigin origin = FieldOrigin::attribute;

  bool has_word(std::string_view word) const;
};

struct TestSource {
  std::string_view name;   // "junit"
  std::string_view title;  // "JUnit XML"
  // What the name in a `test` clause of this source stands for, for people: "a category".
  std::string_view test_name_meaning;
  bool has_globs = false;   // whether such a name may hold `*`
  bool names_tool = false;  // whether `test … by` may ask for the tool
  bool names_tags = false;  // whether `test` may also be a tag of the result, or its title
  // Whether the attribute `suite` tells two results of one id apart: `test` may also be "suite.id", and where a run has
  // both, each is a test of its own.
  bool names_suites = false;
  // Whether a run covers what it does not list, where its upload does not say.
  bool covers_absent = false;
  // A record's slot is the place of its field here.
  std::span<const SourceField> fields;

  const SourceField* field(std::string_view name) const;
};

// All, in the order in which people are shown them.
std::span<const TestSource> test_sources();
const TestSource* test_source(std::string_view name);  // null: there is none

// What a row of a status map may ask of a ticket: the members of TicketFact.
enum class StatusSlot : std::uint8_t { status, resolution, labels, state, reason, closed };

struct StatusField {
  std::string_view name;
  StatusSlot slot = StatusSlot::status;
  FieldType type = FieldType::text;
};

struct TrackerKind {
  std::string_view name;   // "jira"
  std::string_view title;  // "Jira"
  std::span<const StatusField> fields;
  // The statuses, or states, that the tracker as it ships counts as finished. Read where it does not report `closed`.
  std::span<const std::string_view> finished{};

  bool has(StatusSlot slot) const;
};

std::span<const TrackerKind> tracker_kinds();
const TrackerKind* tracker_kind(std::string_view name);

// Their names, in order: for messages and closed lists.
std::vector<std::string_view> source_names();
std::vector<std::string_view> tracker_names();

// The names of a list with its last separator: "junit, zap and sarif".
std::string listed(std::span<const std::string_view> names);

}  // namespace riskd::engine
