// One product's facts, folded: of each thing the fact that holds. A value; the order in which facts of
// different things, or with different times, come does not change it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/facts/closed_runs.hpp"
#include "engine/facts/fact.hpp"
#include "engine/facts/kept_tests.hpp"

namespace riskd::engine {

template <typename T>
struct Stamped {
  T value{};
  Provenance from;
};

using RawMap = std::map<std::string, Stamped<RawValue>>;

struct ComponentFacts {
  Stamped<std::string> type;
  Stamped<bool> removed;  // the newest word on whether it exists
  bool declared = false;  // somebody said that it exists (or existed)
  RawMap answers;
  RawMap fields;
  bool exists() const { return declared && !removed.value; }
};

// state of a countermeasure, acceptance, each attribute, false positive: the newest of each holds.
struct DecisionKey {
  std::string element;
  std::string aspect;  // "state", "accepted", "false-positive", "set:ease"
  auto operator<=>(const DecisionKey&) const = default;
};

struct TicketKey {
  std::string ticket;
  std::string element;
  auto operator<=>(const TicketKey&) const = default;
};

struct TicketFacts {
  // By (at, seq), the oldest first: the newest limits::ticket_observations.
  std::vector<Stamped<TicketFact>> seen;
  std::optional<Stamped<ToldFact>> told;
  std::optional<Stamped<ToldFact>> told_departed;
  std::set<std::string> links;  // that were made: "link:requirement:web.tls=KEY"
};

// A listing as others read it.
struct TestEntry {
  TestResult result;
  std::string run;
  std::string url;
  bool absent = false;
  Provenance from;
  std::uint32_t upload = Saying::single;
};
TestEntry entry_of(const KeptTest& test, const Listing& listing);

// One upload.
struct RunFacts {
  RunFact run;              // without its results: they stand in SuiteFacts::tests
  std::size_t results = 0;  // that it listed
  Provenance from;
};

struct SuiteFacts {
  std::string source;      // as its newest fact says it
  Provenance source_from;  // that fact
  // Of each test the newest limits::test_listings, among them at most limits::test_absences absences that reports list
  // themselves. Older ones are forgotten, so a suite that runs for years takes no more memory than one that runs for a
  // month.
  KeptTests tests;
  // Uploads, as they came, whose runs can matter to a test (engine/facts/close_runs.hpp): no more than
  // limits::suite_uploads.
  std::map<std::uint32_t, RunFacts> runs;
  std::uint32_t next_upload = 0;
  std::size_t singles = 0;            // results that came alone
  std::optional<Provenance> retired;  // results at or before it do not count
  ClosedRuns closed;                  // runs that are not in `runs` any more
};

// A run: the uploads with one run id and component, or one upload without run id. All of it was said at one instant,
// that of its first part.
struct Run {
  std::string id;
  std::string component;
  Instant at;             // of its first upload
  std::uint64_t seq = 0;  // of that: of two runs at one instant the one that arrived later holds
  Instant renewed;        // of its last upload: what it says is as fresh as that
  bool complete = true;   // and all its parts are here
  bool failed = false;
  std::vector<std::string> scopes;
};

// The runs of a suite that count, the newest first.
struct Runs {
  std::vector<Run> newest_first;
  std::map<std::uint32_t, std::uint32_t> of_upload;  // which of them it is part of
};

// What one run says of a test, or a result that came alone. Points into the suite and the runs. Of the parts of a run
// the later one stands first.
struct Statement {
  const KeptTest* test = nullptr;
  const Listing* listing =
      nullptr;  // as it was listed; where `absent`, as the run before listed it
  Instant at;   // of its run, or its own
  std::uint64_t seq = 0;
  Instant renewed;
  std::string_view run;
  bool absent = false;
  // Whether both were said at once: then the worst counts.
  bool is_beside(const Statement& other) const { return at == other.at && seq == other.seq; }
  TestEntry as_entry() const;
};

Runs runs_of(const SuiteFacts& suite);

// The statements about a test of the suite, the one that holds first. Of the runs that covered the test and did not
// list it, only the newest makes a statement.
std::vector<Statement> statements_of(const SuiteFacts& suite, const Runs& runs,
                                     const KeptTest& test);

struct Product {
  std::string id;
  Stamped<std::string> title;
  Stamped<bool> removed;
  RawMap fields;
  RawMap answers;
  std::map<std::string, ComponentFacts> components;
  std::map<std::string, std::string> renamed_components;  // earlier id, present id
  std::map<DecisionKey, Stamped<DecisionFact>> decisions;
  std::optional<Stamped<ApproveFact>> approval;
  std::map<TicketKey, TicketFacts> tickets;
  std::map<std::string, SuiteFacts> suites;
  std::uint64_t last_seq = 0;
};

// Whether the one holds more: the later `at`, then the later `seq`.
bool is_older(const Provenance& a, const Provenance& b);

// The aspect of DecisionKey that a decision is of.
std::string aspect_of(const DecisionFact& decision);

// The present id of a component that may have been renamed (ComponentFact::was).
const std::string& present_component(const Product& product, const std::string& id);

// Puts the present ids of components into a fact that may name earlier ones.
void name_present_components(const Product& product, FactBody& body);

// Adds to what was said of a test, in the order in which it holds; forgets what passes the limits.
void add_listing(KeptTest& test, Listing listing);

// Forgets what passes the limit.
void forget_oldest(std::vector<Stamped<TicketFact>>& seen);

// Adds a fact. Never fails: what a policy does not know is kept and has no effect under it.
void fold(Product& product, Fact fact);

// Everything that a suite said of each of its tests, what holds first: the later `at` of runs and of results that came
// alone, then what arrived later. Entries of one run, or of one fact, stand side by side; the worst verdict of them counts.
// The newest complete run that did not fail, covers a test and does not list it adds an absent entry:
// tests whose check its report lists as made, and tests of earlier runs of the suite and of its
// component, for ZAP on a site that it names too.
std::map<TestKey, std::vector<TestEntry>> entries_by_test(const SuiteFacts& suite);

// Whether a run of `source` covers what it does not list, where it does not say so itself.
bool complete_by_default(std::string_view source);

}  // namespace riskd::engine
