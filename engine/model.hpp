// The threat model of a product at one moment: plain values, sorted by id, ids with their component
// (`web.no-csrf-token`, `api/web.no-csrf-token`).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/element_id.hpp"
#include "engine/instant.hpp"
#include "engine/product.hpp"
#include "engine/program.hpp"
#include "engine/rich_text.hpp"

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

struct RiskRow {
  std::string id, title, pattern, component;
  double inherent = 0, current = 0, projected = 0;
  std::string band;  // empty where the policy has none
  std::vector<AttributeRow> attributes;
  std::vector<StepRow> steps;
  std::vector<RiskWeakness> weaknesses;
  std::optional<Date> accepted_until;
  std::string reason;
  bool approved = false;
  std::uint32_t definition = 0;  // in Program::risks
};

struct WeaknessRow {
  std::string id, title, component;
  int cwe = 0;
  Tested tested = Tested::untested;
  std::vector<std::string> failing_tests;
  std::string run;  // of the newest result that counts: "zap/nightly 4711"
  std::string run_url;
  bool approved = false;
  std::uint32_t definition = 0;
};

struct CountermeasureRow {
  std::string id, title, component, guide;
  std::vector<std::string> standards;
  State state = State::recommended;
  std::string why;       // one line: "required by web.password-login (rules/web.risk:35)"
  std::string reason;    // of the decision that holds
  double mitigates = 0;  // the greatest share of its uses
  Tested tested = Tested::untested;
  bool approved = false;
  std::uint32_t definition = 0;
};

enum class Desired : std::uint8_t { open, closed };

// A ticket that exists, or should. Only tickets that are open, or that are known.
struct TicketRow {
  std::string ticket;   // template
  std::string element;  // "web.throttle-logins", "api/web.no-csrf-token"
  Desired desired = Desired::open;
  bool known = false;    // the tracker has it
  bool is_open = false;  // where it is known: whether it is open there
  std::string tracker, key, status;
  std::string cause;             // why it should be so, one line
  std::uint32_t definition = 0;  // in Program::tickets; no_index where the policy has lost it
};

struct Undecided {
  std::string pattern;  // "web.password-login", "db/web.card-store"
  std::vector<std::string> questions;
};

struct Assumed {
  std::string element, attribute;
  std::vector<std::string> questions;
};

struct Unmatched {
  std::string suite, source, id, title;
  std::vector<int> cwe;
  std::string hint;  // the line that would bind it: `test zap 10202`
};

struct QuestionRow {
  std::string id;  // "web.reach", "db/web.stores-cards"
  std::string component;
  std::uint32_t definition = 0;
  Value asked;  // true, false or unknown
  bool answered = false;
  bool matters = false;  // something undecided or assumed waits for it
  std::string answer;    // for people; empty where there is none
};

struct Model {
  std::string product, title;
  Instant now;
  std::string policy;  // hash
  double rating = 0;
  std::string band;
  bool approved = false;
  std::vector<std::string> missing_fields;  // required and without value: they hold back approval
  std::vector<RiskRow> risks;
  std::vector<WeaknessRow> weaknesses;
  std::vector<CountermeasureRow> countermeasures;
  std::vector<TicketRow> tickets;
  std::vector<std::string> applying;  // patterns
  std::vector<Undecided> undecided;
  std::vector<Assumed> assumed;
  std::vector<Unmatched> unmatched;
  std::vector<QuestionRow> questions;       // of every component too, in the policy's order
  std::vector<std::string> open_questions;  // asked and not answered
  std::optional<Instant> next_change;       // when time alone will change it

  const RiskRow* risk(std::string_view id) const;
  const WeaknessRow* weakness(std::string_view id) const;
  const CountermeasureRow* countermeasure(std::string_view id) const;
  const TicketRow* ticket(std::string_view name, std::string_view element) const;
};

// What a change changed: the line that `replay` and the stream print.
struct RiskChange {
  ElementId id;
  bool whole = false;  // began to apply; see LiveProduct::risk
  bool ended = false;
  std::optional<double> inherent, current, projected;
  std::optional<std::string> band;
};

struct StateChange {
  ElementId id;
  std::optional<State> state;    // of a countermeasure
  std::optional<Tested> tested;  // of a weakness
};

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

// Numbers as riskd prints them: two decimals at most, no trailing zeros.
std::string print_number(double value);

}  // namespace riskd::engine
