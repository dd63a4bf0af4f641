// The evaluation of one product at one moment: scopes, the elements that apply, and the values of
// expressions, computed when first asked for. Used inside engine/ only.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/model.hpp"
#include "engine/trace.hpp"

namespace riskd::engine {

struct RiskInstance;
struct WeaknessInstance;
struct CountermeasureInstance;

// The product, or one of its components.
struct ScopeInstance {
  std::uint32_t component_type = no_index;
  std::string id;  // of the component; empty: the product
  const RawMap* answers = nullptr;
  const RawMap* fields = nullptr;
  std::map<std::uint32_t, Value> questions, lets, ratings;
  std::vector<std::pair<std::uint32_t, Value>>
      patterns;                      // those of this scope, with their condition
  std::vector<RiskInstance*> risks;  // by id
  std::map<std::uint32_t, WeaknessInstance*> weaknesses;
  std::map<std::uint32_t, CountermeasureInstance*> countermeasures;
  bool is_product() const { return component_type == no_index; }
  std::string element(const std::string& qualified) const {
    return id.empty() ? qualified : id + "/" + qualified;
  }
};

struct Memo {
  std::map<std::uint32_t, Value> lets, ratings, attributes;
};

struct RiskInstance {
  std::uint32_t definition = 0;
  ScopeInstance* scope = nullptr;
  std::string id;
  std::vector<WeaknessInstance*> weaknesses;  // by id
  Memo memo;
  bool adjusted = false;
  double current = 0, projected = 0;
  std::vector<StepRow> steps;
};

// A result that reached an element.
struct BoundResult {
  Verdict verdict = Verdict::ignored;
  bool stale = false;
  const TestEntry* entry = nullptr;
  std::string suite, source;
};

struct TestedElement {
  std::vector<BoundResult> results;  // by suite and test
  Tested tested = Tested::untested;
  const BoundResult* deciding = nullptr;  // the newest that made it so
};

struct WeaknessInstance {
  std::uint32_t definition = 0;
  ScopeInstance* scope = nullptr;
  std::string id;
  std::vector<RiskInstance*> risks;  // by id
  std::vector<std::pair<std::uint32_t, CountermeasureInstance*>>
      uses;  // Program::uses, by countermeasure id
  TestedElement tests;
  Memo memo;
};

struct CountermeasureInstance {
  std::uint32_t definition = 0;
  ScopeInstance* scope = nullptr;
  std::string id;
  std::vector<std::pair<std::uint32_t, WeaknessInstance*>> uses;  // by weakness id
  TestedElement tests;
  Memo memo;
  std::optional<State> state;
  std::string why, because, reason;
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
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  Model model();

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
  // The open questions that keep `node` from being known.
  void waiting_for(NodeId node, const Context& context, std::vector<std::string>& questions,
                   int depth = 0);

  // Elements
  Context context_of(RiskInstance& risk);
  Context context_of(WeaknessInstance& weakness);
  Context context_of(CountermeasureInstance& countermeasure);
  State state(CountermeasureInstance& countermeasure);
  void adjust(RiskInstance& risk);
  double share(std::uint32_t use, RiskInstance& risk, WeaknessInstance& weakness,
               CountermeasureInstance& countermeasure, bool* assumed = nullptr);
  bool approved(const std::string& element) const;
  const Stamped<DecisionFact>* decision(const std::string& element, const std::string& aspect);
  std::optional<KnownTicket> known_ticket(const TicketKey& key);

  std::vector<Context> items(List list, const Context& context);  // of a list, in id order

  // For every element of a template's kind: its id and context.
  std::vector<std::pair<std::string, Context>> elements_of(Kind kind);
  std::vector<TicketRow> ticket_rows();
  bool wants_reopen(const TicketTemplate& ticket, const KnownTicket& known, const Context& context);

  const Program& program() const { return program_; }
  const Product& product() const { return product_; }
  Instant now() const { return now_; }
  ScopeInstance& product_scope() { return *scopes_.front(); }
  std::vector<std::unique_ptr<ScopeInstance>>& scopes() { return scopes_; }
  std::vector<RiskInstance*>& risks() { return risks_; }
  std::vector<std::string> missing_fields() const;
  std::optional<Instant> next_change() const { return next_change_; }
  const std::vector<Unmatched>& unmatched() const { return unmatched_; }

 private:
  void build(const Evaluator* shadow_of);
  void build_elements(ScopeInstance& scope, std::uint32_t pattern);
  void bind_results();
  Verdict judge(const Evidence* evidence, const std::string& source, const TestEntry& entry,
                bool& stale);
  void count_row(const Evidence& evidence, const EvidenceRow& row);
  void settle(TestedElement& element);
  Value compute(NodeId node, const Context& context);
  Value raw_value(Type type, const RawValue& raw) const;
  Value field(std::uint32_t index, const Context& context);
  Value builtin(const Node& node, const Context& context);
  Value aggregate(const Node& node, const Context& context);
  Value match(const Node& node, const Context& context);
  Value record_value(const Node& node, const Context& context) const;
  Value memoised(std::map<std::uint32_t, Value>& memo, std::uint32_t index, NodeId node,
                 const Context& context);
  const std::string* raw_text(const Node& node, const Context& context) const;
  void changes_at(Instant moment);
  RichText builtin_text(const Node& node, const Context& context);
  static Memo* memo_of(Kind kind, const Context& context);
  double run_steps(RiskInstance& risk, bool projected, std::vector<StepRow>* rows);
  void describe(Model& model);
  void describe_questions(Model& model);
  void describe_assumed(Model& model);
  std::string place(const Place& place) const;

  const Program& program_;
  const Product& product_;
  Instant now_;
  bool without_defaults_ = false;
  bool projecting_ = false;
  Trace* trace_ = nullptr;  // where set, what is looked at is counted in it
  std::vector<std::unique_ptr<ScopeInstance>> scopes_;
  std::deque<RiskInstance> risk_store_;
  std::deque<WeaknessInstance> weakness_store_;
  std::deque<CountermeasureInstance> countermeasure_store_;
  std::vector<RiskInstance*> risks_;  // of all scopes, by id
  std::map<std::string, std::map<TestKey, std::vector<TestEntry>>> entries_;  // by suite
  std::vector<Unmatched> unmatched_;
  std::optional<Instant> next_change_;

  friend struct Explainer;
};

// A known value as the language writes it: `high`, `70%`, `yes`, `2026-11-23`; empty where it is unknown.
std::string print_value(const Program& program, Type type, const Value& value);

// Any value as explanations show it: `true`, `high`, `low … high`, `unknown`, `not asked`.
std::string print_inspected(const Program& program, Type type, const Value& value);

// `pattern` with `*` for any characters, as `test junit` names a test.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace riskd::engine
