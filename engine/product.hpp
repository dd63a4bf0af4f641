// One product's facts, folded: of each thing the fact that holds. A value; the order in which facts of
// different things, or with different times, come does not change it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/fact.hpp"

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
  std::vector<Stamped<TicketFact>> seen;  // by (at, seq), the oldest first
  std::optional<Stamped<ToldFact>> told;
  std::optional<Stamped<ToldFact>> told_departed;
  std::set<std::string> links;  // that were made: "link:requirement:web.tls=KEY"
};

// A test within a suite: id, component and scope.
struct TestKey {
  std::string component;
  std::string id;
  std::string scope;
  auto operator<=>(const TestKey&) const = default;
};

// One thing that a suite said of a test at one time.
struct TestEntry {
  TestResult result;
  std::string run;
  std::string url;
  bool absent = false;  // the run covered the test and did not list it
  Provenance from;
};

struct RunFacts {
  RunFact run;
  Provenance from;
};

struct SuiteFacts {
  std::string source;
  std::vector<RunFacts> runs;                // by (at, run id, seq)
  std::vector<Stamped<ResultFact>> singles;  // result facts, by (at, seq)
  std::optional<Provenance> retired;         // results at or before it do not count
};

struct Product {
  std::string id;
  Stamped<std::string> title;
  Stamped<bool> removed;
  RawMap fields;
  RawMap answers;
  std::map<std::string, ComponentFacts> components;
  std::map<DecisionKey, Stamped<DecisionFact>> decisions;
  std::optional<Stamped<ApproveFact>> approval;
  std::map<TicketKey, TicketFacts> tickets;
  std::map<std::string, SuiteFacts> suites;
  std::uint64_t last_seq = 0;
};

// Adds a fact. Never fails: what a policy does not know is kept and has no effect under it.
void fold(Product& product, const Fact& fact);

// Everything that a suite said of each of its tests, what holds first: the later `at`, then the greater
// run id. Entries with the same time and run stand side by side; the worst verdict of them counts.
// A complete run that did not fail adds an absent entry for every test that it covers and does not
// list: those of earlier runs of the suite and of its component, for ZAP on a site that it names too.
std::map<TestKey, std::vector<TestEntry>> entries_by_test(const SuiteFacts& suite);

// Whether a run of `source` covers what it does not list, where it does not say so itself.
bool complete_by_default(std::string_view source);

}  // namespace riskd::engine
