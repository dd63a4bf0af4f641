// What one change touches, gathered on its way through the parts of an evaluation. Used inside engine/update/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/instances.hpp"
#include "engine/evaluate/model.hpp"

namespace riskd::engine {

// An element by what it is, since it may come or go meanwhile.
struct ElementAt {
  ScopeInstance* scope = nullptr;
  Kind kind = Kind::risk;
  std::uint32_t definition = 0;
};

// A question, field or pattern of a scope, by its place in the program or its slot.
using InScope = std::pair<ScopeInstance*, std::uint32_t>;

// Elements that are computed again, with what they were.
struct TouchedRisk {
  RiskInstance* instance = nullptr;
  double inherent = 0, current = 0, projected = 0;
};
struct TouchedWeakness {
  WeaknessInstance* instance = nullptr;
  Tested tested = Tested::untested;
};
struct TouchedMeasure {
  CountermeasureInstance* instance = nullptr;
  std::optional<State> state;
  Tested tested = Tested::untested;
};

// Each part of an update reads what those before it wrote; FactTouches begins, TicketUpdate ends. Empty between
// changes.
struct Touched {
  bool everything =
      false;  // components come, go or change their type: what is touched cannot be followed
  bool approvals = false;             // what is approved
  bool late = false;                  // lets and ratings that read the model
  bool all_elements = false;          // a step, or what is derived of all, reads what changed
  std::vector<ElementAt> elements;    // that are to be computed again
  std::set<std::uint32_t> templates;  // of tickets: all of their tickets
  std::vector<InScope> begins, ends;  // patterns that apply now, or no longer
  std::vector<BoundTest*> moving;     // tests that may reach other elements than before; each once
  bool has_risk_ended = false;
  std::vector<ElementAt> gone;  // elements that left, or may have
  std::vector<TouchedRisk> risks;
  std::vector<TouchedWeakness> weaknesses;
  std::vector<TouchedMeasure> measures;
  std::set<TicketKey> tickets;  // that facts are of
  Deltas deltas;                // what is reported

  // Whether something of the model may have another value.
  bool is_model_touched() const {
    return late || has_risk_ended || !risks.empty() || !weaknesses.empty() || !measures.empty();
  }

  void move(BoundTest& test) {
    if (test.moving) return;
    test.moving = true;
    moving.push_back(&test);
  }
  // For the next change; lists keep their memory.
  void clear();
};

// Of a list that is empty as a rule there is nothing to do.
void clear_all(auto&... lists) { ((lists.empty() ? void() : lists.clear()), ...); }

}  // namespace riskd::engine
