// One product, evaluated: scopes, the elements that apply, and the values of expressions, computed when
// first asked for and kept until a change touches them. Used inside engine/ only.
//
// After a batch of facts `update` finds, along the program's dependencies, what may have another value,
// forgets it, and computes it again; what comes out as it was touches nothing further (incremental.cpp).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/dependencies.hpp"
#include "engine/flat_index.hpp"
#include "engine/model.hpp"
#include "engine/trace.hpp"

namespace riskd::engine {

struct RiskInstance;
struct WeaknessInstance;
struct CountermeasureInstance;

// Values by index: few of them, so they stand in a row.
class Memo {
 public:
  const Value* find(std::uint32_t index) const {
    for (const auto& [each, value] : values_) {
      if (each == index) return &value;
    }
    return nullptr;
  }
  void set(std::uint32_t index, const Value& value) {
    for (auto& [each, held] : values_) {
      if (each == index) {
        held = value;
        return;
      }
    }
    values_.emplace_back(index, value);
  }
  void erase(std::uint32_t index) {
    std::erase_if(values_, [&](const auto& each) { return each.first == index; });
  }
  void clear() { values_.clear(); }

 private:
  std::vector<std::pair<std::uint32_t, Value>> values_;
};

// What a question is worth, in a byte; 0…63 is the choice or truth with that number.
namespace question_code {
inline constexpr std::uint8_t wide = 252;  // stands in ScopeInstance::wide
inline constexpr std::uint8_t none = 253;
inline constexpr std::uint8_t unknown = 254;  // as far as its type goes
inline constexpr std::uint8_t unset = 255;    // not computed
}  // namespace question_code

enum class Applies : std::uint8_t { no, yes, undecided };

// The product, or one of its components.
struct ScopeInstance {
  std::uint32_t component_type = no_index;
  std::string id;  // of the component; empty: the product
  const RawMap* answers = nullptr;
  const RawMap* fields = nullptr;
  std::vector<std::uint8_t> questions;  // codes, by Dependencies::question_slot
  std::map<std::uint32_t, Value> wide;  // by slot
  std::vector<Applies> asked;           // whether a question is, by slot; where `questions` is set
  std::vector<Applies> patterns;        // by Dependencies::pattern_slot
  Memo lets, ratings;
  std::vector<RiskInstance*> risks;  // by id
  FlatIndex<RiskInstance> risk_of;   // these by definition
  FlatIndex<WeaknessInstance> weaknesses;
  FlatIndex<CountermeasureInstance> countermeasures;
  bool is_product() const { return component_type == no_index; }
  std::string element(const std::string& qualified) const {
    return id.empty() ? qualified : id + "/" + qualified;
  }
};

// What every element of the model has for the evaluator.
struct Instance {
  std::uint32_t definition = 0;
  std::uint32_t slot = 0;  // its place in its store
  std::uint32_t rank = 0;  // of its id, within its scope
  ScopeInstance* scope = nullptr;
  std::string id;
  bool decided = false;                   // somebody may have decided something of it
  bool touched = false;                   // by the update that runs
  bool is_new = false;                    // likewise
  Tested last_tested = Tested::untested;  // when the last update ended
  Memo lets, ratings, attributes;
  void forget() {
    lets.clear();
    ratings.clear();
    attributes.clear();
  }
};

// A risk's use of a countermeasure, through a weakness.
struct RiskUse {
  std::uint32_t use = 0;  // in Program::uses
  CountermeasureInstance* countermeasure = nullptr;
  WeaknessInstance* weakness = nullptr;
};

struct RiskInstance : Instance {
  std::vector<WeaknessInstance*> weaknesses;  // by id
  std::vector<RiskUse> uses;                  // by countermeasure, then weakness
  bool adjusted = false;
  double inherent = 0, current = 0, projected = 0;
};

// What holds of a test, and came to an element.
struct BoundResult {
  Verdict verdict = Verdict::ignored;
  bool stale = false;
  TestEntry entry;
  std::string suite, source;
};

struct TestedElement {
  std::vector<const BoundResult*> results;  // by suite and test
  Tested tested = Tested::untested;
  const BoundResult* deciding = nullptr;  // the newest that made it so
};

struct WeaknessInstance : Instance {
  std::vector<RiskInstance*> risks;  // by id
  std::vector<std::pair<std::uint32_t, CountermeasureInstance*>>
      uses;  // Program::uses, by countermeasure id
  TestedElement tests;
};

struct CountermeasureInstance : Instance {
  std::vector<std::pair<std::uint32_t, WeaknessInstance*>> uses;  // by weakness id
  TestedElement tests;
  std::optional<State> state;
};

// Why a countermeasure is in its state.
struct StateReason {
  std::string why, because, reason;
};

struct TestOf {
  std::string suite;
  TestKey test;
  auto operator<=>(const TestOf&) const = default;
};

// A test of a suite: what holds of it, and whom it reached.
struct BoundTest {
  const TestOf* key = nullptr;  // as Evaluator::tests_ has it
  std::optional<BoundResult> holds;
  std::optional<Instant> stale_at;  // when a pass that holds is stale
  Dependencies::About about;
  std::vector<WeaknessInstance*> weaknesses;
  std::vector<CountermeasureInstance*> countermeasures;
  bool unmatched = false;
  bool moving = false;  // the update that runs will bring it to its elements anew
};

// What a row of a status map or of evidence reads.
struct Record {
  std::map<std::uint32_t, std::string> texts;
  std::map<std::uint32_t, std::vector<std::string>> lists;
  std::map<std::uint32_t, bool> truths;
  std::map<std::uint32_t, double> numbers;
};

// Of what an expression is asked.
struct Context {
  ScopeInstance* component = nullptr;
  RiskInstance* risk = nullptr;
  WeaknessInstance* weakness = nullptr;
  CountermeasureInstance* countermeasure = nullptr;
  std::uint32_t use = no_index;
  const Record* record = nullptr;
};

// A known ticket, read by the status map.
struct KnownTicket {
  const TicketFacts* facts = nullptr;
  const Stamped<TicketFact>* newest = nullptr;
  State mapped = State::required;
  bool open = true;
  bool closed_by_person = false;
  Provenance closing;
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

  // Whether one of `patterns` applies, or waits for an answer. Nothing else is evaluated.
  static bool any_is_possible(const Program& program, const Product& product, Instant now,
                              const std::vector<std::uint32_t>& patterns);

  Model model();
  RiskRow describe(RiskInstance& risk);

  // Brings the evaluation to `now`, after facts were folded into the product. Before that, `expect`
  // has seen each fact.
  void expect(const Fact& fact);
  Deltas update(Instant now);
  // Computes everything, for updates to come; the deltas to a product of which nothing was known.
  Deltas begin();
  // What is different from `before`, of the same product, perhaps under another program; both have
  // begun. From nothing where it is null.
  Deltas difference_from(const Evaluator* before);

  // Values
  Value eval(NodeId node, const Context& context);
  RichText text(NodeId node, const Context& context);
  std::optional<std::string> plain_text(NodeId node,
                                        const Context& context);  // nullopt: unknown or none
  std::vector<std::string> texts(NodeId node, const Context& context);
  bool holds(NodeId node, const Context& context, bool absent = false);
  Value question(std::uint32_t index, ScopeInstance& scope);
  Value asked(std::uint32_t index, ScopeInstance& scope);
  bool answered(std::uint32_t index, const ScopeInstance& scope) const;
  Value attribute(std::uint32_t index, const Context& context, bool* assumed = nullptr);
  double rating_of(std::uint32_t index, const Context& context, bool* assumed = nullptr);
  Applies applies(std::uint32_t pattern, const ScopeInstance& scope) const;
  // The open questions that keep `node` from being known.
  void waiting_for(NodeId node, const Context& context, std::vector<std::string>& questions,
                   int depth = 0);

  // Elements
  Context context_of(RiskInstance& risk);
  Context context_of(WeaknessInstance& weakness);
  Context context_of(CountermeasureInstance& countermeasure);
  State state(CountermeasureInstance& countermeasure);
  StateReason why(CountermeasureInstance& countermeasure);
  // The first use that requires it, in Program::uses, and its risk.
  std::optional<std::pair<std::uint32_t, RiskInstance*>> requiring(
      CountermeasureInstance& countermeasure);
  void adjust(RiskInstance& risk);
  std::vector<StepRow> steps(RiskInstance& risk);  // the waterfall
  double share(std::uint32_t use, RiskInstance& risk, WeaknessInstance& weakness,
               CountermeasureInstance& countermeasure, bool* assumed = nullptr);
  bool approved(const std::string& element) const;
  const Stamped<DecisionFact>* decision(const std::string& element,
                                        const std::string& aspect) const;
  const Stamped<DecisionFact>* decision(const Instance& element, const char* aspect) const {
    return element.decided ? decision(element.id, aspect) : nullptr;
  }
  std::optional<KnownTicket> known_ticket(const TicketKey& key);

  std::vector<Context> items(List list, const Context& context);  // of a list, in id order

  // For every element of a template's kind: its id and context.
  std::vector<std::pair<std::string, Context>> elements_of(Kind kind);
  std::vector<TicketRow> ticket_rows();
  bool wants_reopen(const TicketTemplate& ticket, const KnownTicket& known, const Context& context);

  const Program& program() const { return program_; }
  const Product& product() const { return *product_; }
  Instant now() const { return now_; }
  ScopeInstance& product_scope() { return *scopes_.front(); }
  const std::vector<std::unique_ptr<ScopeInstance>>& scopes() const { return scopes_; }
  const std::vector<RiskInstance*>& risks();     // of all scopes, by id
  std::vector<std::string> element_ids() const;  // of risks, weaknesses and countermeasures, sorted
  double rating();                               // of the product
  std::vector<std::string> missing_fields() const;
  std::optional<Instant> next_change() const;

 private:
  template <typename T>
  using Store = std::vector<std::unique_ptr<T>>;

  struct ConditionsOnly {};
  Evaluator(const Program& program, const Product& product, Instant now, ConditionsOnly only);

  // elements.cpp
  void add_scopes();
  void build(const Evaluator* shadow_of);
  void add_scope(std::uint32_t type, const std::string& id, const RawMap& answers,
                 const RawMap& fields);
  std::uint32_t type_of(const ComponentFacts& component) const;
  void add_elements(ScopeInstance& scope, std::uint32_t pattern);
  void remove_elements(ScopeInstance& scope, std::uint32_t pattern);
  void order_uses(RiskInstance& risk);
  template <typename T>
  T& make(Store<T>& store, Store<T>& spare, std::uint32_t definition, std::uint32_t rank,
          ScopeInstance& scope, const std::string& id);
  template <typename T>
  static void discard(Store<T>& store, Store<T>& spare, T& instance);
  Applies compute_applies(std::uint32_t pattern, ScopeInstance& scope);
  ScopeInstance* scope_of(const std::string& component);

  // evidence.cpp
  void bind_results();
  void bind_result(const TestOf& test, const SuiteFacts& suite, const std::vector<Run>& runs);
  void withdraw(BoundTest& test);
  void unbind(BoundTest& test);
  void hold(const TestOf& key, const SuiteFacts& suite, const std::vector<Run>& runs,
            BoundTest& test);
  void reach(BoundTest& test);
  void touch(const WeaknessInstance& weakness);
  void touch(const CountermeasureInstance& countermeasure);
  void index(BoundTest& test, bool add);
  Verdict judge(const Evidence* evidence, const std::string& source, const TestResult& result,
                bool absent);
  void count_row(const Evidence& evidence, const EvidenceRow& row);
  void settle(TestedElement& element);
  std::vector<Unmatched> unmatched() const;

  Value compute(NodeId node, const Context& context);
  Value eval_present(NodeId node, const Context& context);
  std::optional<Value> extreme_of(const Node& node);
  Value compute_question(std::uint32_t index, ScopeInstance& scope);
  Value raw_value(Type type, const RawValue& raw) const;
  Value field(std::uint32_t index, const Context& context);
  Value builtin(const Node& node, const Context& context);
  Value aggregate(const Node& node, const Context& context);
  Value match(const Node& node, const Context& context);
  Value record_value(const Node& node, const Context& context) const;
  const std::string* raw_text(const Node& node, const Context& context) const;
  RichText builtin_text(const Node& node, const Context& context);
  static Instance* instance_of(Kind kind, const Context& context);
  Context own_context(Kind kind, const Context& context);
  std::optional<KnownTicket> telling_ticket(const CountermeasureInstance& countermeasure);
  struct StepVisit;
  double run_steps(RiskInstance& risk, bool projected, std::vector<StepRow>* rows);
  static double run(const Program& program, double inherent, const std::vector<StepVisit>& visits,
                    std::size_t count);
  std::string because(const StepVisit& visit, const Adjust& step, RiskInstance& risk);
  void describe(Model& model);
  void describe_questions(Model& model);
  void describe_assumed(Model& model);
  std::string place(const Place& place) const;
  TicketRow ticket_row(const TicketKey& key, std::uint32_t definition, Desired desired,
                       const std::optional<KnownTicket>& known, std::string cause) const;
  std::optional<TicketRow> wanted_ticket(std::uint32_t definition, const std::string& element,
                                         const Context& context);
  std::optional<TicketRow> departed_ticket(const TicketKey& key);

  // incremental.cpp, begin.cpp
  struct Update;
  friend struct Update;
  Update& pending();
  Deltas rebuild();
  void compute_all();
  void forget_late();
  void forget_extreme(const RiskInstance& risk);
  void enter_extremes(const RiskInstance& risk, double inherent, double current, double projected);
  static void sort(Deltas& deltas);

  const Program& program_;
  const Product* product_;
  const Dependencies& dependencies_;
  Instant now_;
  bool without_defaults_ = false;
  bool projecting_ = false;
  Trace* trace_ = nullptr;  // where set, what is looked at is counted in it
  std::vector<std::unique_ptr<ScopeInstance>> scopes_;  // the product, then components by id
  Store<RiskInstance> risk_store_;
  Store<WeaknessInstance> weakness_store_;
  Store<CountermeasureInstance> countermeasure_store_;
  Store<RiskInstance> spare_risks_;  // to be used again
  Store<WeaknessInstance> spare_weaknesses_;
  Store<CountermeasureInstance> spare_countermeasures_;
  std::vector<RiskInstance*> risks_;  // what risks() made last; empty: to be made
  std::map<TestOf, BoundTest> tests_;
  // Tests that are about a definition, whether it applies or not.
  using TestsAbout = std::unordered_map<std::uint32_t, std::vector<BoundTest*>>;
  TestsAbout about_weakness_, about_countermeasure_;
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
  std::map<TicketKey, Desired> tickets_;  // once an update asked for them
  double rating_ = 0;                     // when `update` ended last
  std::unique_ptr<Update> pending_;       // what facts will touch
  Update* running_ = nullptr;

  friend struct Explainer;
};

// A known value as the language writes it: `high`, `70%`, `yes`, `2026-11-23`; empty where it is unknown.
std::string print_value(const Program& program, Type type, const Value& value);

// Any value as explanations show it: `true`, `high`, `low … high`, `unknown`, `not asked`.
std::string print_inspected(const Program& program, Type type, const Value& value);

// Of a rating; empty where the policy has no bands.
std::string band_name(const Program& program, double rating);

// `pattern` with `*` for any characters, as `test junit` names a test.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace riskd::engine
