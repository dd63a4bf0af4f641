// What one change touches, gathered on its way through the cells. Used by incremental.cpp,
// update_facts.cpp, update_elements.cpp and update_tickets.cpp only.
#pragma once

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

class Update final : public ElementWatch {
 public:
  // Of an evaluation that computed everything, and that outlives it.
  explicit Update(Evaluator& of);

  // Notes what `fact` will touch, before it is folded into the product. Gives where in the product it belongs, if
  // that is known.
  KnownPlace expect(const Fact& fact);
  // Brings the evaluation to `now`, or to where it is if that is later, after the facts were folded; what is
  // different then. Afterwards nothing is expected.
  Deltas bring_to(Instant now);

 private:
  using NamedElement = Evaluator::NamedElement;

  // An element by what it is, since it may come or go meanwhile.
  struct Element {
    ScopeInstance* scope = nullptr;
    Kind kind = Kind::risk;
    std::uint32_t definition = 0;
  };
  struct Answered {
    ScopeInstance* scope = nullptr;
    std::uint32_t question = 0;
    bool before = false;  // it was answered
    auto operator<=>(const Answered&) const = default;
  };
  using InScope = std::pair<ScopeInstance*, std::uint32_t>;

  void brought(RiskInstance& risk) override { take(&risk); }
  void brought(WeaknessInstance& weakness) override { take(&weakness); }
  void brought(CountermeasureInstance& countermeasure) override { take(&countermeasure); }
  void touched(const WeaknessInstance& weakness) override;
  void touched(const CountermeasureInstance& countermeasure) override;

  Deltas run(Instant now);
  void reset();  // for the next change
  // It will be computed again.
  void take(RiskInstance* risk);
  void take(WeaknessInstance* weakness);
  void take(CountermeasureInstance* measure);

  Evaluator& evaluator;

  // Of facts
  bool everything = false;  // components come, go or change their type
  bool approvals = false;
  std::vector<Answered> answered;
  std::vector<InScope> set_fields;
  std::vector<Element> elements;
  std::vector<const DecisionEntry*> decided_again;
  std::set<const DecisionEntry*> ending;  // those of them that had an end
  std::set<DecisionKey> decided;          // for the first time
  std::set<TicketKey> tickets;
  std::set<std::string> suites;  // all of their tests
  std::set<TestOf> tests;        // of which nothing held
  std::vector<BoundTest*> told;  // of which something does; each once

  const Stamped<RawValue>* answers(ScopeInstance& scope,
                                   const std::vector<std::pair<std::string, RawValue>>& values);
  void fields(ScopeInstance& scope, const std::vector<std::pair<std::string, RawValue>>& values);
  void element(std::string_view id);
  void look_at(const NamedElement& named);
  const Stamped<DecisionFact>* decide(const DecisionFact& fact);
  const std::vector<KeptEntry>* result(const ResultFact& fact);
  void decision_of(const DecisionKey& key);
  void pass_time(Instant now);

  template <typename Visit>
  void each_scope(const Cell& cell, std::uint32_t type, bool any_component, ScopeInstance& source,
                  const Visit& visit);
  void notify(const Cell& cell, ScopeInstance& source);
  void notify(std::span<const Cell> cells, ScopeInstance& source);
  void compute_question(std::uint32_t index, ScopeInstance& scope, bool force);
  void compute_let(std::uint32_t index, ScopeInstance& scope);
  void compute_conditions();
  void compute_patterns();

  void move_tests_about(std::uint32_t pattern);
  void change_elements();
  void end_risks(ScopeInstance& scope, std::uint32_t pattern);
  void bind_tests();

  void move(BoundTest& test);
  void take_all();
  void close_over();
  void compute_elements();
  void tell_risk(const RiskInstance& risk, double inherent, double current, double projected);

  void ticket(std::uint32_t definition, Kind kind, Instance& element, const Context& context);
  void tickets_of(Kind kind, Instance& element);
  void all_tickets(std::uint32_t definition);
  void known_ticket(const TicketKey& key);
  void gone_element(const Element& element);
  void settle(ScopeInstance& scope, Kind kind, std::uint32_t element, std::uint32_t ticket,
              std::optional<Desired> now);
  void settle(const TicketKey& key, std::optional<Desired> now);
  void tell_ticket(const TicketKey& key, std::optional<Desired> before, std::optional<Desired> now);
  void compute_tickets();
  void finish();

  // On the way
  bool late = false;          // lets and ratings that read the model
  bool all_elements = false;  // a step, or what is derived of all, reads what changed
  std::set<std::tuple<std::uint32_t, Cell::Kind, std::uint32_t, ScopeInstance*>> queue;  // by rank
  std::vector<InScope> patterns;                                                         // by slot
  std::vector<InScope> begins, ends;
  std::vector<BoundTest*> moving;  // tests that may reach other elements than before; each once
  std::vector<Element> gone;       // elements that left, or may have
  std::set<std::uint32_t> templates;
  std::vector<Instance*> with_tickets;  // whose tickets were looked at

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
  std::vector<TouchedRisk> risks;
  std::vector<TouchedWeakness> weaknesses;
  std::vector<TouchedMeasure> measures;
  // What is told of elements, in order once all of it is there.
  template <typename Change>
  struct Ranked {
    std::uint32_t rank = 0;
    Change change;
  };
  template <typename Change>
  void tell(std::vector<Ranked<Change>>& changes, std::vector<Change>& out) const;
  std::vector<Ranked<RiskChange>> changed_risks;
  std::vector<Ranked<StateChange>> changed_states;
  Deltas deltas;
};

}  // namespace riskd::engine
