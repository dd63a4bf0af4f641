// The threat model of a product at one moment: plain values, sorted by id, ids with their component
// (`web.no-csrf-token`, `api/web.no-csrf-token`).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/element_id.hpp"
#include "engine/base/instant.hpp"
#include "engine/base/rich_text.hpp"
#include "engine/facts/fact.hpp"
#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

// One adjustment that acted, as a line of the waterfall.
struct StepRow {
  std::string step;     // "implemented"
  std::string reason;   // the step's
  std::string element;  // the countermeasure, weakness or risk that it visited
  double change = 0;
  double current = 0;   // after it
  std::string because;  // the fact behind it: "jira SHOP-12 Done, 2026-11-20 14:05"
  bool operator==(const StepRow&) const = default;
};

struct AttributeRow {
  std::string name;
  std::string value;  // as the language writes it: "high", "70%", "yes"
  bool operator==(const AttributeRow&) const = default;
};

struct RiskWeakness {
  std::string id;
  int cwe = 0;
  Tested tested = Tested::untested;
  std::vector<std::string> countermeasures;
  bool operator==(const RiskWeakness&) const = default;
};

// A test that failed, with what people need to mend it.
struct FailingTest {
  std::string suite, run, run_url, source, id, title, component;
  TestDetails details;
  Instant at;
  bool operator==(const FailingTest&) const = default;
};

// An acceptance that has not ended.
struct AcceptanceRow {
  std::optional<double> inherent;  // what was accepted; nullopt: nobody knows
  bool is_exceeded = false;        // the inherent rating is above that now
  Provenance from;
  std::vector<std::string> failed_since;  // tests of its weaknesses that failed after it
};

struct RiskRow {
  std::string id, title, pattern, component;
  double inherent = 0, current = 0, projected = 0;
  std::string band;  // empty where the policy has none
  std::vector<AttributeRow> attributes;
  std::vector<StepRow> steps;
  std::vector<RiskWeakness> weaknesses;
  std::optional<Date> accepted_until;
  std::string reason;
  std::optional<AcceptanceRow> acceptance;  // there where `accepted_until` is
  bool approved = false;
  std::vector<std::string> changed;  // attributes that are not as they were when it was approved
  std::uint32_t definition = 0;      // in Program::risks
};

struct WeaknessRow {
  std::string id, title, component;
  int cwe = 0;
  Tested tested = Tested::untested;
  std::vector<std::string> failing_tests;
  std::vector<FailingTest> failures;  // the same, with what they say
  std::string run;                    // of the newest result that counts: "zap/nightly 4711"
  std::string run_url;
  bool approved = false;
  std::vector<std::string> changed;  // as RiskRow::changed
  std::uint32_t definition = 0;
};

struct CountermeasureRow {
  std::string id, title, component, guide;
  std::vector<std::string> standards;
  State state = State::recommended;
  State demanded = State::recommended;  // by decisions and rules, whatever its ticket says
  std::string why;                      // one line: "required by web.password-login"
  std::string reason;  // of the decision that holds, or what a person wrote in the ticket
  std::optional<Provenance> decided;  // who decided so, where a decision holds
  std::string place;                  // of the rule, where a rule says so: "web/sign-in.risk:35"
  double mitigates = 0;               // the greatest share of its uses
  Tested tested = Tested::untested;
  bool approved = false;
  std::vector<std::string> changed;  // as RiskRow::changed
  std::uint32_t definition = 0;
};

enum class Desired : std::uint8_t { open, closed };

// A ticket that exists, or should. Only tickets that are open, or that are known.
struct TicketRow {
  std::string ticket;   // template
  std::string element;  // "web.throttle-logins", "api/web.no-csrf-token"
  Desired desired = Desired::open;
  bool known = false;  // the tracker has it; only then the next ones
  bool is_open = false;
  bool is_read = true;    // a row of the status map reads its status, and not only `otherwise`
  bool own = false;       // riskd set the status
  bool disputed = false;  // it should be open, and a person closed it twice
  std::string by,
      remark;        // the person who set the status, and what they wrote, where that is known
  Provenance since;  // when the status was said first
  std::string tracker, key, url;
  std::string status;            // as the tracker has it: its status, or its state; "deleted"
  std::string how;               // its resolution, or its reason
  std::string cause;             // why it should be so, one line
  std::uint32_t definition = 0;  // in Program::tickets; no_index where the policy has lost it
};

// Questions by id, fields as "product.release" and "api/component.image". Never empty: where every question is
// answered and a value still cannot be computed, the questions that it is made of.
struct Undecided {
  std::string pattern;  // "web.password-login", "db/web.card-store"
  std::vector<std::string> questions;
};

struct Assumed {
  std::string element, attribute;
  std::vector<std::string> questions;
};

// An answer, or a field's value, that the policy does not take any more: its choice is gone, or its type.
struct LostAnswer {
  std::string question;  // as in Undecided
  std::string answer;    // as it was given; of an any-of only what is gone
  Provenance from;
};

// A result that is about nothing that applies.
struct Unmatched {
  std::string suite, source, id, title;
  std::vector<int> cwe;
  std::string run;
  Verdict verdict = Verdict::ignored;
  std::string severity;  // of a finding, in the tool's own words
  std::string why;       // one line
  // Elements of the policy that would take it, the patterns in which they stand, and the open questions that decide
  // whether these apply; empty where nothing would.
  std::vector<std::string> takers, patterns, questions;
  std::string
      hint;  // the line that would bind it: `test zap 10202`; empty where something would take it
};

// Tests of a product, by what they mean.
struct TestCounts {
  std::size_t failed = 0, passed = 0, stale = 0, untested = 0, false_positive = 0;
  std::size_t unmatched = 0;                            // of these
  std::map<std::string, std::size_t> unmatched_failed;  // by severity
};

struct QuestionRow {
  std::string id;  // "web.reach", "db/web.stores-cards"
  std::string component;
  std::uint32_t definition = 0;
  Value asked;  // true, false or unknown
  bool answered = false;
  bool matters = false;            // something undecided or assumed waits for it
  std::string answer;              // for people; empty where there is none
  std::optional<Provenance> from;  // who answered it, or gave the lost answer, and when
  std::string
      lost;  // the answer, or the chosen of an any-of, that the policy does not take any more
};

struct Model {
  std::string product, title;
  Instant now;
  std::string policy;  // hash
  double rating = 0;
  std::string band;
  bool approved = false;
  std::optional<Provenance> approval;       // the last one
  std::vector<std::string> missing_fields;  // required and without value: they hold back approval
  std::vector<RiskRow> risks;
  std::vector<WeaknessRow> weaknesses;
  std::vector<CountermeasureRow> countermeasures;
  std::vector<TicketRow> tickets;
  std::vector<std::string> applying;  // patterns
  std::vector<Undecided> undecided;
  std::vector<Assumed> assumed;
  std::vector<Unmatched> unmatched;
  TestCounts tests;
  std::vector<QuestionRow> questions;       // of every component too, in the policy's order
  std::vector<std::string> open_questions;  // asked and not answered, and fields that a rule reads
  std::vector<LostAnswer> lost;
  std::optional<Instant> next_change;  // when time alone will change it

  const RiskRow* risk(std::string_view id) const;
  const WeaknessRow* weakness(std::string_view id) const;
  const CountermeasureRow* countermeasure(std::string_view id) const;
  const TicketRow* ticket(std::string_view name, std::string_view element) const;
};

// What a change changed: the line that `replay` and the stream print.
struct RiskChange {
  ElementId id;
  std::string was{};   // the id that it had; empty: the same
  bool whole = false;  // began to apply, or has another id; see LiveProduct::risk
  bool ended = false;
  std::optional<double> inherent, current, projected;
  std::optional<std::string> band;
};

struct StateChange {
  ElementId id;
  std::optional<State> state;    // of a countermeasure
  std::optional<Tested> tested;  // of a weakness
  std::string was{};             // as RiskChange
};

// Where only the id of its element is another, a ticket has no change.
struct TicketChange {
  std::string ticket, element;
  Desired desired = Desired::open;
};

struct Deltas {
  Policy policy;      // whose ids the elements have: it lives as long as they are read
  double rating = 0;  // after the change
  bool rating_changed = false;
  std::vector<RiskChange> risks;
  std::vector<StateChange> states;
  std::vector<TicketChange> tickets;
  bool empty() const {
    return !rating_changed && risks.empty() && states.empty() && tickets.empty();
  }
};

struct Trace;

// The threat model of `product` under `program` at `now`. Pure, deterministic, total. Where there is a
// `trace`, what the evaluation looked at is counted in it.
Model evaluate(const Program& program, const Product& product, Instant now, Trace* trace = nullptr);

// What every approval is of: the ids of all that the model shows, sorted.
std::vector<std::string> approvable(const Model& model);

// What a review shows of every element, sorted by id: of a risk its inherent rating and attributes, of a
// weakness its CWE, of a countermeasure what is demanded and how much it mitigates. What teams and tests
// do is no part of it.
std::vector<SeenElement> reviewed(const Model& model);
SeenElement reviewed(const RiskRow& row);
SeenElement reviewed(const WeaknessRow& row);
SeenElement reviewed(const CountermeasureRow& row);

// Numbers as riskd prints them: two decimals at most, no trailing zeros.
std::string print_number(double value);

}  // namespace riskd::engine
