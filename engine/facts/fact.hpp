// Facts: what people, trackers and tests said. They are kept as they were posted, by qualified ids and
// independent of any policy's types, so that a changed policy can read them anew.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/instant.hpp"

namespace riskd::engine {

// An answer, a field or a set attribute as it was posted. monostate takes it back.
using RawValue = std::variant<std::monostate, bool, double, std::string, std::vector<std::string>>;

// Who said it, and when. Of two facts about one thing the later `at` holds, then the later `seq`.
struct Provenance {
  std::uint64_t seq = 0;
  Instant at;  // the time that it speaks of; never later than `received`
  std::string poster;
  // When it arrived, where that is another time than `at`; zero otherwise.
  Instant received{};
};

struct ProductFact {
  std::optional<std::string> title;
  bool removed = false;
};

// Answers or fields; of the product where `component` is empty. Questions by qualified id, fields by name.
struct AnswersFact {
  std::string component;
  std::vector<std::pair<std::string, RawValue>> answers;
};
struct FieldsFact {
  std::string component;
  std::vector<std::pair<std::string, RawValue>> fields;
};

struct ComponentFact {
  std::string id;
  std::string type;  // "web.database"; empty: the component keeps the type that it has
  bool removed = false;
  std::vector<std::pair<std::string, RawValue>> answers;
  std::vector<std::pair<std::string, RawValue>> fields;
  std::string was{};  // an earlier id: all that was or will be said of that one is said of this one
};

enum class DecisionState : std::uint8_t {
  required,
  recommended,
  rejected,
  not_applicable,
  implemented,
  not_implemented,  // of a countermeasure
  accepted,         // of a risk; always with an end
  false_positive,   // of a test: the element is "zap:10202" or "api/zap:10202"
  set,              // of an attribute
};
std::string_view to_string(DecisionState state);
std::optional<DecisionState> decision_state(std::string_view text);

struct DecisionFact {
  std::string element;  // "web.throttle-logins", "api/web.no-csrf-token"
  DecisionState state = DecisionState::required;
  std::string attribute;  // of `set`
  RawValue value;         // of `set`
  std::string reason;
  std::optional<Date> until;  // the last day on which it holds
  // Of `accepted`: the inherent rating that was accepted; nullopt where nobody knows it.
  std::optional<double> accepted_inherent{};
};

// What a review showed of an element: attributes with their values, as people read them.
struct SeenElement {
  std::string element;
  std::vector<std::pair<std::string, std::string>> values;
  bool operator==(const SeenElement&) const = default;
};

struct ApproveFact {
  std::vector<std::string> elements{};  // that the approver saw
  bool all = false;                     // all that the model shows when it arrives; see `complete`
  // Of `elements`, as they were then; empty where nobody knows that.
  std::vector<SeenElement> seen{};
};

// A ticket as its tracker, or an integration, said it is.
struct TicketFact {
  std::string ticket;   // the template: "requirement"
  std::string element;  // "web.throttle-logins"
  std::string tracker;  // as configured
  std::string kind;     // "jira"; picks the status map
  std::string key;
  std::string status, resolution, state, reason;
  std::vector<std::string> labels;
  std::string url;
  bool own = false;              // riskd set the status
  bool deleted = false;          // gone from the tracker: counts as closed by a person
  std::string map{};             // the status map that reads it; empty: the kind's own
  std::optional<bool> closed{};  // whether the tracker counts it as finished, where it tells
  std::string by{};              // the person who set the status, where the tracker tells
  std::string remark{};          // what that person wrote beside it
};

// The note that a ticket was last told (see TicketTemplate::update_watch).
struct ToldFact {
  std::string ticket;
  std::string element;
  std::string watched;    // the value that it told; "link:…": that it was linked
  bool departed = false;  // told that its element has left the model
};

// `absent` only in a run: the report lists the check as one that it made, and no result of it.
enum class TestOutcome : std::uint8_t { passed, failed, skipped, error, absent };
std::string_view to_string(TestOutcome outcome);

// What a report tells of a result for people, beside its title. Kept of results that failed.
struct TestDetails {
  std::string message;                 // why it failed
  std::string severity;                // in the tool's own words
  std::string url;                     // where the tool explains it
  std::vector<std::string> locations;  // "src/login.js:12", an address
  bool operator==(const TestDetails&) const = default;
};

// One test's result. A `verdict` was judged by whoever posted it; otherwise the evidence block judges.
struct TestResult {
  std::string id;
  std::vector<std::string> aliases;
  std::string title;
  std::string component;  // empty: every matching element of the product
  std::string scope;      // ZAP: the site
  std::vector<int> cwe;
  TestOutcome outcome = TestOutcome::passed;
  bool verdict = true;
  std::vector<std::pair<std::string, std::string>> attributes;  // what evidence rows read
  std::vector<std::string> tags;
  std::shared_ptr<const TestDetails> details{};  // never changed; null: there are none
};

// The tool that a report says it is of; empty where its source does not tell.
std::string_view tool_of(const TestResult& result);

struct ResultFact {
  std::string suite;
  std::string source;
  TestResult result;
};

struct RunFact {
  std::string suite;
  std::string run;  // id; uploads with the same one are parts of one run
  std::string source;
  std::string component;  // of every result that names none
  std::string url;
  std::optional<bool> complete;  // nullopt: as the source has it by default
  bool failed = false;           // covers nothing
  bool more = false;  // other parts of the run follow: it covers nothing until they are here
  std::vector<std::string> scopes;  // ZAP: the sites that the report names
  std::vector<TestResult> results;
};

struct SuiteFact {  // retires a suite
  std::string suite;
};

// A correction: the clock was ahead. What was said before this fact of times after `latest` counts as said
// at `latest`.
struct ClockFact {
  Instant latest;
};

using FactBody =
    std::variant<ProductFact, AnswersFact, FieldsFact, ComponentFact, DecisionFact, ApproveFact,
                 TicketFact, ToldFact, ResultFact, RunFact, SuiteFact, ClockFact>;

struct Fact {
  Provenance from;
  FactBody body;
};

}  // namespace riskd::engine
