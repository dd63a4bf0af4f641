// One product, evaluated: scopes, the elements that apply, and the values of expressions, computed when
// first asked for and kept until a change touches them. Used inside engine/ only.
//
// After a batch of facts an Update finds, along the program's dependencies, what may have another value,
// forgets it, and computes it again; what comes out as it was touches nothing further (engine/update/).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/evaluate/blocks.hpp"
#include "engine/evaluate/counter.hpp"
#include "engine/evaluate/instances.hpp"
#include "engine/evaluate/model.hpp"
#include "engine/evaluate/neighbours.hpp"
#include "engine/evaluate/ticket_reader.hpp"
#include "engine/evaluate/trace.hpp"
#include "engine/plan/dependencies.hpp"

namespace riskd::engine {

struct TestRow;

// Is told which elements a change touches, while it is made.
class ElementWatch {
 public:
  virtual ~ElementWatch() = default;
  // The pattern brings it; it may have been there.
  virtual void brought(RiskInstance& risk) = 0;
  virtual void brought(WeaknessInstance& weakness) = 0;
  virtual void brought(CountermeasureInstance& countermeasure) = 0;
  // It stays, and what it is made of does not.
  virtual void touched(const WeaknessInstance& weakness) = 0;
  virtual void touched(const CountermeasureInstance& countermeasure) = 0;
};

class Evaluator {
 public:
  Evaluator(const Program& program, const Product& product, Instant now,
            const Evaluator* shadow_of = nullptr, Trace* trace = nullptr);
  // The same evaluation, of a product that has the same facts.
  Evaluator(const Evaluator& other, const Product& product);
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;
  ~Evaluator();
  // From now on it reads `product`, which has the same facts.
  void read_from(const Product& product);

  // In how many scopes one of `patterns` applies, and in how many it waits for an answer. Nothing else is
  // evaluated.
  struct Applying {
    std::size_t yes = 0, undecided = 0;
  };
  static Applying applying(const Program& program, const Product& product, Instant now,
                           const std::vector<std::uint32_t>& patterns);

  // For Dependencies::fixed_inherent, which `dependencies` does not have yet.
  static std::vector<double> fixed_inherent(const Program& program,
                                            const Dependencies& dependencies);

  Model model();
  std::vector<TestRow> test_rows(std::string_view suite) const;
  RiskRow describe(RiskInstance& risk);
  RiskInstance* risk_named(std::string_view id);  // null: it does not apply

  // Computes everything, for updates to come (update/update.hpp).
  void compute_all();
  // Becomes `fresh`, which computed everything of the same product.
  void take_over(Evaluator& fresh);
  // What compute_all() and updates left.
  const Blocks& blocks() const { return blocks_; }
  const Dependencies& dependencies() const { return dependencies_; }
  std::map<TicketKey, Desired> wanted_tickets() const;
  double settled_rating() const { return rating_; }

  // Values
  Value eval(NodeId node, const Context& context);
  RichText text(NodeId node, const Context& context);
  std::optional<std::string> plain_text(NodeId node,
                                        const Context& context);  // nullopt: unknown or none
  std::vector<std::string> texts(NodeId node, const Context& context);
  Value text_matches(const Node& node, const Context& context);
  bool holds(NodeId node, const Context& context, bool absent = false);
  // A condition, asked of the product or of a component.
  Applies truth_of(NodeId node, ScopeInstance& scope);
  Value question(std::uint32_t index, ScopeInstance& scope);
  Value asked(std::uint32_t index, ScopeInstance& scope);
  bool answered(std::uint32_t index, const ScopeInstance& scope) const;
  // The newest answer, under the question's id or one that it had; null where there is none, or it does not
  // fit the question as it is now.
  const Stamped<RawValue>* answer(std::uint32_t index, const ScopeInstance& scope) const;
  // One that does not fit; null where there is none.
  const Stamped<RawValue>* lost_answer(std::uint32_t index, const ScopeInstance& scope) const;
  Value attribute(std::uint32_t index, const Context& context, bool* assumed = nullptr);
  double rating_of(std::uint32_t index, const Context& context, bool* assumed = nullptr);
  Applies applies(std::uint32_t pattern, const ScopeInstance& scope) const;
  // The open questions and fields that keep `node` from being known, sorted; never none.
  std::vector<std::string> questions_behind(NodeId node, const Context& context);

  // Elements
  Context context_of(RiskInstance& risk);
  Context context_of(WeaknessInstance& weakness);
  Context context_of(CountermeasureInstance& countermeasure);
  State state(CountermeasureInstance& countermeasure);
  StateReason why(CountermeasureInstance& countermeasure);
  // The first use that requires it, in Program::uses, and its risk.
  std::optional<std::pair<std::uint32_t, RiskInstance*>> requiring(
      CountermeasureInstance& countermeasure);
  double fixed_inherent_of(
      const RiskInstance& risk) const;  // NaN if the inherent rating is not fixed
  bool is_required(CountermeasureInstance& countermeasure);
  void adjust(RiskInstance& risk);
  std::vector<StepRow> steps(RiskInstance& risk);  // the waterfall
  double share(std::uint32_t use, RiskInstance& risk, WeaknessInstance& weakness,
               CountermeasureInstance& countermeasure, bool* assumed = nullptr);
  // Whether the last approval lists the element, under its id or one that it had.
  template <typename T>
  bool approved(const T& element) const {
    return is_approved(kind_of<T>(), element);
  }
  // What the approval saw of it; null where it is not approved, or nobody knows.
  template <typename T>
  const SeenElement* seen_at_approval(const T& element) const {
    return seen_of(kind_of<T>(), element);
  }
  // The decision that holds now, of an element and an aspect of DecisionKey; null where there is none.
  const Stamped<DecisionFact>* decision(const Instance& element, std::string_view aspect) const;
  // Of a test, "zap:10202".
  const Stamped<DecisionFact>* false_positive(const std::string& test) const;
  const Stamped<DecisionFact>* holds_now(const Stamped<DecisionFact>& decided) const;
  // What is demanded of a countermeasure, by decisions and rules, whatever its ticket says.
  State demanded(CountermeasureInstance& countermeasure);
  std::optional<KnownTicket> known_ticket(const TicketKey& key);
  // Null where nothing was said of it. Until a fact of the ticket comes.
  const KnownTicket* known_ticket(std::uint32_t ticket, const Instance& element);

  std::vector<Context> items(List list, const Context& context);  // of a list, in id order

  // For every element of a template's kind: its id and context.
  std::vector<std::pair<std::string, Context>> elements_of(Kind kind);
  std::vector<TicketRow> ticket_rows();

  const Program& program() const { return program_; }
  const Product& product() const { return *product_; }
  Instant now() const { return now_; }
  ScopeInstance& product_scope() { return *scopes_.front(); }
  const std::vector<std::unique_ptr<ScopeInstance>>& scopes() const { return scopes_; }
  const std::vector<RiskInstance*>& risks();                         // of all scopes, by id
  const std::vector<RiskInstance*>& risks_in(ScopeInstance& scope);  // by id
  // Of risks, weaknesses and countermeasures, sorted; where there is `today`, the ids that they have there.
  std::vector<std::string> element_ids(const Evaluator* today = nullptr) const;
  // The id that an element of another policy, or of an earlier state of the product, has here.
  std::string present_id(std::string_view id, Kind kind) const;
  TicketKey present_ticket(TicketKey key) const;
  double rating();  // of the product
  std::vector<std::string> missing_fields() const;
  bool is_any_field_missing() const;
  // What was given for a field, under its name or one that it had; null where nobody gave a value, or one
  // that does not fit its type.
  const Stamped<RawValue>* given_field(const Field& field, const ScopeInstance& scope) const;
  std::optional<Instant> next_change() const;

 private:
  struct ConditionsOnly {};
  Evaluator(const Program& program, const Dependencies& dependencies, const Product& product,
            Instant now, ConditionsOnly only);

  // scopes.cpp
  void add_scopes();
  void add_scope(std::uint32_t type, const std::string& id, const RawMap& answers,
                 const RawMap& fields);
  std::uint32_t type_of(const ComponentFacts& component) const;
  void compute_conditions();

  // elements.cpp
  void build(const Evaluator* shadow_of);
  void add_elements(ScopeInstance& scope, std::uint32_t pattern);
  void remove_elements(ScopeInstance& scope, std::uint32_t pattern);
  Block& make_block(ScopeInstance& scope, std::uint32_t number);
  template <typename T>
  T& place(Finder& in, ScopeInstance& scope, std::uint32_t definition);
  template <typename T>
  void enter(T& element);
  template <typename T>
  void leave(T& element);
  auto all_risks() const { return blocks_.all<RiskInstance>(); }
  auto all_weaknesses() const { return blocks_.all<WeaknessInstance>(); }
  auto all_countermeasures() const { return blocks_.all<CountermeasureInstance>(); }
  // What an id names, by Program's definitions; no scope: there is no such component.
  struct NamedElement {
    ScopeInstance* scope = nullptr;
    std::string_view id;  // without the component
    std::uint32_t risk = no_index, weakness = no_index, countermeasure = no_index;
    std::uint32_t of(Kind kind) const {
      return kind == Kind::risk ? risk : kind == Kind::weakness ? weakness : countermeasure;
    }
  };
  template <typename T>
  static constexpr Kind kind_of() {
    return std::is_same_v<T, RiskInstance>       ? Kind::risk
           : std::is_same_v<T, WeaknessInstance> ? Kind::weakness
                                                 : Kind::countermeasure;
  }
  bool is_approved(Kind kind, const Instance& element) const;
  const SeenElement* seen_of(Kind kind, const Instance& element) const;
  NamedElement element_named(std::string_view element);
  void find_decisions();
  void enter_decision(const DecisionEntry& entry);
  Applies compute_applies(std::uint32_t pattern, ScopeInstance& scope);
  // Of a slot of its scope; nobody traces it.
  Applies compute_applies_at(std::uint32_t slot, ScopeInstance& scope);
  ScopeInstance* scope_of(std::string_view component);

  // evidence.cpp
  void bind_results();
  using Tests = std::map<TestOf, BoundTest, TestOrder>;
  BoundTest& test_of(const TestOf& key, const SuiteFacts& suite);
  void bind_again(BoundTest& test, const SuiteFacts& suite, const Runs& runs);
  void find_listings();
  void withdraw(BoundTest& test);
  void unbind(BoundTest& test);
  std::optional<BoundResult> holding(const BoundTest& test, const SuiteFacts& suite,
                                     const Runs& runs);
  void wait_for_stale(BoundTest& test);
  void stop_waiting(BoundTest& test);
  void reach(BoundTest& test);
  void bring_tests(Block& block);
  bool is_false_positive(const BoundTest& test, const std::string& component) const;
  bool is_unmatched(const BoundTest& test) const;
  void touch(const WeaknessInstance& weakness);
  void touch(const CountermeasureInstance& countermeasure);
  void index(BoundTest& test, bool add);
  Verdict judge(const Evidence* evidence, const std::string& source, const TestResult& result,
                bool absent);
  void count_row(const Evidence& evidence, const EvidenceRow& row);
  // unmatched.cpp
  struct PatternsOf;
  void explain_unmatched(const BoundTest& test, const PatternsOf& where,
                         const std::vector<Undecided>& undecided, Unmatched& out) const;
  std::vector<Unmatched> unmatched(const std::vector<Undecided>& undecided) const;
  TestCounts test_counts(const std::vector<Unmatched>& unmatched) const;

  Value compute(NodeId node, const Context& context);
  Truth quick(NodeId node, const Context& context);
  ElementBytes element_bytes(CountermeasureInstance* countermeasure,
                             const WeaknessInstance* weakness, unsigned read);
  std::uint8_t state_code(CountermeasureInstance& countermeasure);
  std::uint8_t tested_code(Tested tested, bool has_test) const;
  Value eval_present(NodeId node, const Context& context);
  std::optional<Value> extreme_of(const Node& node);
  std::optional<Value> counted(const Node& node, const Context& context);
  Value compute_question(std::uint32_t index, ScopeInstance& scope);
  void find_answer(std::uint32_t index, ScopeInstance& scope);
  void find_answers(ScopeInstance& scope);
  const Stamped<RawValue>* fitting_answer(const Question& question,
                                          const ScopeInstance& scope) const;
  Value field(std::uint32_t index, const Context& context);
  Value builtin(const Node& node, const Context& context);
  Value aggregate(const Node& node, const Context& context);
  Value match(const Node& node, const Context& context);
  Value record_value(const Node& node, const Context& context) const;
  const std::string* raw_text(const Node& node, const Context& context) const;
  std::vector<NodeId> texts_of_match(NodeId id, const Context& context);
  RichText attribute_text(std::uint32_t index, const Context& context);
  RichText builtin_text(const Node& node, const Context& context);
  Context own_context(Kind kind, const Context& context);
  // known_tickets.cpp
  std::shared_ptr<const TicketFacts> ticket_facts(const TicketKey& key);
  std::uint32_t definition_of(const TicketKey& key, Kind kind) const;
  std::vector<TicketKey> former_keys(const TicketKey& key) const;
  TicketKey present_key(const TicketKey& key) const;  // under the id that its element has now
  TicketReader reader() { return {*this, trace_}; }
  const KnownTicket* known_ticket(TicketPlace& place);
  const KnownTicket* telling_ticket(const CountermeasureInstance& countermeasure);
  bool outranks(const Stamped<DecisionFact>* decided, const KnownTicket& ticket, Tested tested);
  const KnownTicket* deciding_ticket(const CountermeasureInstance& measure,
                                     const Stamped<DecisionFact>* decided);
  State demanded_by(const Stamped<DecisionFact>* decided, CountermeasureInstance& countermeasure);
  bool is_decided_since(const Provenance& moment, const Instance& element) const;
  bool has_acceptance_ended_since(const Provenance& moment, const RiskInstance& risk) const;
  bool fails_since(const Provenance& moment, const Results& results) const;
  enum class Opening : std::uint8_t { no, yes, disputed };
  Opening wants_opening(const TicketTemplate& ticket, const KnownTicket& known,
                        const Context& context);
  struct StepVisit;
  struct Visited;
  Visited visited_of(const RiskInstance& risk);
  double amount(const Adjust& step, RiskInstance& risk, const Context& context);
  double run_steps(RiskInstance& risk, const Visited& visited, double inherent, bool projected,
                   std::vector<StepRow>* rows);
  static double run(const Program& program, double inherent, std::span<const StepVisit> visits);
  std::string because(const StepVisit& visit, const Adjust& step, RiskInstance& risk);
  void describe(Model& model);
  AcceptanceRow acceptance(RiskInstance& risk, const Stamped<DecisionFact>& accepted);
  template <typename T>
  std::vector<std::string> changed_since_approval(const T& element, const SeenElement& now) const;
  void waiting_for(NodeId node, const Context& context, std::vector<std::string>& questions,
                   int depth = 0);
  void made_of(NodeId node, const Context& context, std::vector<std::string>& inputs, int depth);
  std::span<const Setting> settings_of(Kind kind, std::uint32_t definition) const;
  void describe_questions(Model& model);
  void describe_fields(Model& model, const ScopeInstance& scope);
  void describe_assumed(Model& model);
  std::string place(const Place& place) const;
  bool is_field_missing(const Field& field, const ScopeInstance& scope) const;
  TicketWish wish(std::uint32_t ticket, const KnownTicket* known, const Context& context);
  // Of one whose element, or whose template (no_index), is there no more.
  std::optional<Desired> departed_wish(std::uint32_t ticket, const KnownTicket* known) const;
  TicketRow ticket_row(TicketKey key, std::uint32_t ticket, Desired desired,
                       const KnownTicket* known, std::string cause) const;
  TicketRow departed_row(TicketKey key, std::uint32_t ticket, const KnownTicket& known) const;

  // ticket_places.cpp
  // What a key names, by numbers; no scope, or no definition: nothing that the policy has here.
  struct NumberedTicket {
    std::uint32_t ticket = no_index;
    ScopeInstance* scope = nullptr;
    Kind kind = Kind::risk;
    std::uint32_t definition = no_index;
    explicit operator bool() const { return definition != no_index; }
  };
  NumberedTicket numbered(const TicketKey& key);
  Context context_of(Kind kind, Instance& element);
  ElementTickets& make_tickets(ScopeInstance& scope, Kind kind, std::uint32_t definition);
  void find_tickets();
  void find_ticket(const TicketKey& key);
  void copy_tickets(const Evaluator& other,
                    const std::map<const ScopeInstance*, ScopeInstance*>& scopes);
  void compute_tickets();
  TicketKey key_of(const ElementTickets& element, std::uint32_t ticket) const;
  // Visits the tickets of the facts that have no number, each once: its key today.
  template <typename Visit>
  void each_strange_ticket(const Visit& visit);

  // extremes.cpp
  void forget_late();
  void forget_counted(const ScopeInstance& source);
  void forget_extreme(const RiskInstance& risk);
  void enter_extremes(const RiskInstance& risk, double inherent, double current, double projected);

  const Program& program_;
  const Product* product_;
  const Dependencies& dependencies_;
  Instant now_;
  bool without_defaults_ = false;
  bool projecting_ = false;
  Trace* trace_ = nullptr;  // where set, what is looked at is counted in it
  std::vector<std::unique_ptr<ScopeInstance>> scopes_;  // the product, then components by id
  Blocks blocks_;
  std::vector<RiskInstance*> risks_by_id_;  // what risks() made last; empty: to be made
  std::vector<std::unique_ptr<Decided>> decided_;
  std::size_t false_positives_ = 0;  // decisions, ended ones too
  Tests tests_;
  // Tests that are about a definition, whether it applies or not: those of no component that stay
  // (ScopeInstance has those of one), and those that move.
  TestsByElement staying_, moving_;
  std::multiset<Instant> decision_ends_, stale_ends_;  // that are to come
  // The greatest of `max(risks, current)` and the like, and how many risks have it.
  struct Extreme {
    NodeId node = no_node;
    Builtin of = Builtin::current;
    bool greatest = true;
    double value = 0;
    std::size_t count = 0;
    void add(double other);
    void remove(double other) { count -= other == value ? 1 : 0; }
  };
  std::vector<Extreme> extremes_;
  std::vector<Counter> counters_;  // by Dependencies::counted, once one was asked for
  std::vector<std::unique_ptr<ElementTickets>> tickets_;  // as the scopes find them
  // Of templates and elements that the policy does not have.
  std::map<TicketKey, Desired> strange_tickets_;
  mutable std::optional<bool> field_missing_;  // until facts come in, once it was asked for
  double rating_ = 0;                          // when `update` ended last
  ElementWatch* watch_ =
      nullptr;  // told of elements that come, go or stay otherwise; null: nobody asks

  friend class Update;
  friend struct Explainer;
};

template <typename Visit>
void Evaluator::each_strange_ticket(const Visit& visit) {
  std::set<TicketKey> visited;
  for (const auto& [key, facts] : product_->tickets) {
    if (numbered(key)) continue;
    TicketKey present = present_key(key);
    const std::uint32_t ticket = program_.template_by_name(key.ticket);
    const auto [found, fresh] = visited.insert(std::move(present));
    if (fresh) visit(*found, ticket);
  }
}

// A known value as the language writes it: `high`, `70%`, `yes`, `2026-11-23`; empty where it is unknown.
std::string print_value(const Program& program, Type type, const Value& value);

// A value as it was posted: `yes`, `internet`, `card, health`.
std::string print_raw(const RawValue& value);

// Any value as explanations show it: `true`, `high`, `low … high`, `unknown`, `not asked`.
std::string print_inspected(const Program& program, Type type, const Value& value);

// What was said of a field last; null where nobody gave a value.
const Stamped<RawValue>* newest_field(const Field& field, const ScopeInstance& scope);

// How a field is named among open questions: "product.release", "api/component.image".
std::string field_id(const Field& field, const ScopeInstance& scope);

// Of a rating; empty where the policy has no bands.
std::string band_name(const Program& program, double rating);

}  // namespace riskd::engine
