// What an evaluation holds of one product: its scopes, the elements that apply, what tests say of them.
// Used inside engine/ only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/base/flat_index.hpp"
#include "engine/evaluate/model.hpp"
#include "engine/evaluate/ticket_places.hpp"
#include "engine/plan/dependencies.hpp"
#include "engine/plan/shape.hpp"

namespace riskd::engine {

struct RiskInstance;
struct WeaknessInstance;
struct CountermeasureInstance;
class Block;
struct BoundTest;

// Values by key. Most elements have none and the others few, so the list is searched from its begin.
class Memo {
 public:
  Memo() = default;
  Memo(const Memo& other)
      : values_(other.values_ ? std::make_unique<Values>(*other.values_) : nullptr) {}
  Memo& operator=(const Memo& other) {
    values_ = other.values_ ? std::make_unique<Values>(*other.values_) : nullptr;
    return *this;
  }
  Memo(Memo&&) noexcept = default;
  Memo& operator=(Memo&&) noexcept = default;

  const Value* find(std::uint32_t key) const {
    if (!values_) return nullptr;
    for (const auto& [each, value] : *values_) {
      if (each == key) return &value;
    }
    return nullptr;
  }
  void set(std::uint32_t key, const Value& value) {
    if (!values_) values_ = std::make_unique<Values>();
    for (auto& [each, held] : *values_) {
      if (each == key) {
        held = value;
        return;
      }
    }
    values_->emplace_back(key, value);
  }
  void erase(std::uint32_t key) {
    if (values_) std::erase_if(*values_, [&](const auto& each) { return each.first == key; });
  }
  void clear() {
    if (values_) values_->clear();
  }

 private:
  using Values = std::vector<std::pair<std::uint32_t, Value>>;
  std::unique_ptr<Values> values_;
};

// The keys of what an element's memo holds.
namespace memo_key {
constexpr std::uint32_t of_let(std::uint32_t index) { return 4 * index; }
constexpr std::uint32_t of_rating(std::uint32_t index) { return 4 * index + 1; }
constexpr std::uint32_t of_attribute(std::uint32_t index) { return 4 * index + 2; }
}  // namespace memo_key

// The decisions about an element, under its id and the ids that it had before. They point at entries of the
// product's facts, which keep their places.
using DecisionEntry = std::pair<const DecisionKey, Stamped<DecisionFact>>;
struct Decided {
  std::vector<const DecisionEntry*> all;
  // The `state` decision, cached because it is read most; null where there is none, or where several ids
  // have one.
  const DecisionEntry* state = nullptr;
  bool several_states = false;

  // The newest decision of that aspect; null where there is none.
  const DecisionEntry* find(std::string_view aspect) const {
    const DecisionEntry* newest = nullptr;
    for (const DecisionEntry* each : all) {
      if (each->first.aspect != aspect) continue;
      if (newest == nullptr || is_older(newest->second.from, each->second.from)) newest = each;
    }
    return newest;
  }
  const DecisionEntry* find_state() const { return several_states ? find("state") : state; }
};

// The tests that are about a definition, whether it applies or not.
class TestsAbout {
 public:
  TestsAbout() = default;
  // A copy is empty: tests are entered one by one.
  TestsAbout(const TestsAbout&) {}
  TestsAbout(TestsAbout&&) noexcept = default;
  TestsAbout& operator=(TestsAbout&&) noexcept = default;
  using Tests = std::unordered_set<BoundTest*>;
  void add(std::uint32_t definition, BoundTest& test) {
    Tests* tests = by_definition_.find(definition);
    if (tests == nullptr) {
      owned_.push_back(std::make_unique<Tests>());
      tests = owned_.back().get();
      by_definition_.set(definition, tests);
    }
    tests->insert(&test);
  }
  void remove(std::uint32_t definition, BoundTest& test) {
    if (Tests* tests = by_definition_.find(definition)) tests->erase(&test);
  }
  bool empty() const { return owned_.empty(); }  // true only if nothing was ever added
  template <typename Visit>
  void each(std::uint32_t definition, const Visit& visit) const {
    const Tests* tests = by_definition_.find(definition);
    if (tests == nullptr) return;
    for (BoundTest* test : *tests) visit(*test);
  }

 private:
  FlatIndex<Tests> by_definition_;
  std::vector<std::unique_ptr<Tests>> owned_;
};

struct TestsByElement {
  TestsAbout weaknesses, countermeasures;
};

// The product, or one of its components.
struct ScopeInstance {
  std::uint32_t component_type = no_index;
  std::string id;            // of the component; empty: the product
  std::uint32_t number = 0;  // of the component, in id order
  const Shape* shape = nullptr;
  const RawMap* answers = nullptr;
  const RawMap* fields = nullptr;
  FlatIndex<const Stamped<RawValue>> given;  // the newest answers that were not taken back, by slot
  std::vector<std::uint8_t> questions;       // codes, by Dependencies::question_slot
  std::map<std::uint32_t, Value> wide;       // by slot
  std::vector<Applies> asked;     // whether a question is, by slot; where `questions` is set
  std::vector<Applies> patterns;  // by Dependencies::pattern_slot
  Memo lets, ratings;
  FlatIndex<Block> blocks;  // by number: its elements
  // What was decided of elements, whether they apply or not; by definition.
  FlatIndex<Decided> decided_risks, decided_weaknesses, decided_countermeasures;
  // What is known of their tickets, and wanted; likewise.
  FlatIndex<ElementTickets> risk_tickets, weakness_tickets, countermeasure_tickets;
  TestsByElement tests;                    // of this component alone, BoundTest::stays
  std::vector<RiskInstance*> risks_by_id;  // as Elements::risks_in made it; empty: to be made

  // An element by its definition (blocks.hpp): `find` where it applies, `place` whether it applies or not. Null
  // where there is none.
  template <typename T>
  T* find(std::uint32_t definition) const;
  template <typename T>
  T* place(std::uint32_t definition) const;

  bool is_product() const { return component_type == no_index; }
  ElementId element(const std::string& qualified) const {
    return id.empty() ? ElementId::of_policy(qualified) : ElementId(id + "/" + qualified);
  }
};

inline ScopeBytes bytes_of(const ScopeInstance& scope) {
  return {scope.questions.data(), scope.component_type};
}

// What elements of all kinds have. The neighbours of an element follow from the policy (neighbours.hpp): where an
// element is there, all that stands below it is there too.
struct Instance {
  std::uint32_t definition = no_index;
  // How many risks of a weakness, or uses of a countermeasure, are there. Not counted where Shape::shares_nothing.
  std::uint32_t holders = 0;
  ScopeInstance* scope = nullptr;
  ElementId id;
  const Decided* decided = nullptr;       // null: nobody decided anything of it
  Memo memo;                              // its lets, ratings and attributes
  bool is_there = false;                  // it applies
  bool touched = false;                   // by the update that runs
  bool is_new = false;                    // likewise
  bool tickets_settled = false;           // likewise, and its tickets were looked at
  Tested last_tested = Tested::untested;  // when the last update ended
  void forget() { memo.clear(); }
};

struct RiskInstance : Instance {
  bool adjusted = false;
  double inherent = 0, current = 0, projected = 0;
};

// The result of a test that holds, as the elements that it reached have it.
struct BoundResult {
  Verdict verdict = Verdict::ignored;
  bool stale = false;
  bool absent = false;
  Shared<KeptKey> test;
  Listing listing;  // where `absent`, that of the run before
  Instant at;       // of its run, or its own
  Instant renewed;  // when it was said last
  std::string run;
  std::string suite, source;
  TestKeyView key() const { return test->view(); }
  std::string id() const { return std::string(key().id); }
  TestOutcome outcome() const { return listing.content->outcome; }  // as it was listed
  TestResult result() const { return result_of(key(), *listing.content); }
  // Who said so, and when; of an absence, who listed it last.
  Provenance from() const {
    Provenance whose = listing.said->from;
    whose.at = at;
    return whose;
  }
};

// The results that reached an element, in the order of suites and tests, at most one of each test. Most elements
// have one at most.
class Results {
 public:
  Results() = default;
  // A copy is empty: results are brought to elements one by one.
  Results(const Results&) {}
  Results& operator=(const Results& other) {
    if (this != &other) clear();
    return *this;
  }
  // False where it is there already.
  bool add(const BoundResult& result) {
    if (one_ == nullptr && !many_) {
      one_ = &result;
      return true;
    }
    if (!many_) {
      if (!Before{}(one_, &result) && !Before{}(&result, one_)) return false;
      many_ = std::make_unique<Many>();
      many_->insert(std::exchange(one_, nullptr));
    }
    return many_->insert(&result).second;
  }
  void remove(const BoundResult& result) {
    if (one_ == &result) one_ = nullptr;
    if (many_) many_->erase(&result);
  }
  void clear() {
    one_ = nullptr;
    many_.reset();
  }
  template <typename Visit>
  void each(const Visit& visit) const {
    if (one_ != nullptr) visit(*one_);
    if (many_) {
      for (const BoundResult* result : *many_) visit(*result);
    }
  }

 private:
  struct Before {
    bool operator()(const BoundResult* a, const BoundResult* b) const;
  };
  using Many = std::set<const BoundResult*, Before>;
  const BoundResult* one_ = nullptr;
  std::unique_ptr<Many> many_;  // once there was a second one
};

// The newest of those that make it `tested`; null where it is not.
const BoundResult* deciding(const Results& results, Tested tested);

Tested tested_by(const Results& results);
std::vector<FailingTest> failing_tests(const Results& results);  // by suite and test
RichText failures_text(const Results& results);

// What a state and a verdict are once all that is required is done, and its tests pass.
constexpr std::uint8_t once_done(State state) {
  return static_cast<std::uint8_t>(state == State::required ? State::implemented : state);
}
constexpr std::uint8_t once_done(Tested tested, bool has_test) {
  return static_cast<std::uint8_t>(has_test || tested != Tested::untested ? Tested::passed
                                                                          : Tested::untested);
}

// A cache line each, since there are many of them.
struct alignas(64) WeaknessInstance : Instance {
  Tested tested = Tested::untested;
  Results results;
};

struct alignas(64) CountermeasureInstance : Instance {
  Tested tested = Tested::untested;
  std::optional<State> state;
  Results results;
};
static_assert(sizeof(WeaknessInstance) == 64 && sizeof(CountermeasureInstance) == 64);

struct TestOf {
  std::string suite;
  TestKey test;
  auto operator<=>(const TestOf&) const = default;
};
struct TestNamed {
  std::string_view id, suite, component, scope;
  auto operator<=>(const TestNamed&) const = default;
};
// Tests by id, where they differ first. Reports choose it, so tests are ordered and not hashed.
struct TestOrder {
  using is_transparent = void;
  static TestNamed name(const TestOf& of) {
    return {of.test.id, of.suite, of.test.component, of.test.scope};
  }
  static const TestNamed& name(const TestNamed& test) { return test; }
  bool operator()(const auto& a, const auto& b) const { return name(a) < name(b); }
};

// A test of a suite that has a result: the one that holds, and the elements that it reached.
struct BoundTest {
  const TestOf* key = nullptr;  // as BoundTests has it
  std::optional<BoundResult> holds;
  std::optional<Instant> stale_at;  // when a pass that holds is stale
  TestBindings::About about;
  std::vector<WeaknessInstance*> weaknesses;
  std::vector<CountermeasureInstance*> countermeasures;
  // It is about the elements that a `test` of the policy names, and stays with them whether they apply or not.
  // Otherwise its CWE may lead it to weaknesses too, while none of the former applies. Then it moves when elements
  // come or go.
  bool stays = false;
  bool ignored = false;    // a false positive everywhere
  bool unmatched = false;  // where it moves
  bool reported = false;   // a fact of the update that runs is of it
  bool moving = false;     // the update that runs will bring it to its elements anew
  // As people read it: "api/10202".
  std::string shown_id() const {
    const std::string& component = key->test.component;
    return component.empty() ? key->test.id : component + "/" + key->test.id;
  }
};

// What a row of a status map or of evidence reads.
struct Record {
  std::map<std::uint32_t, std::string> texts;
  std::map<std::uint32_t, std::vector<std::string>> lists;
  std::map<std::uint32_t, bool> truths;
  std::map<std::uint32_t, double> numbers;
  std::set<std::uint32_t> open;  // slots that may hold anything
};

// What an expression is evaluated for.
struct Context {
  ScopeInstance* component = nullptr;
  RiskInstance* risk = nullptr;
  WeaknessInstance* weakness = nullptr;
  CountermeasureInstance* countermeasure = nullptr;
  std::uint32_t use = no_index;
  const Record* record = nullptr;
};

// The element of that kind; null where there is none.
Instance* instance_of(Kind kind, const Context& context);

}  // namespace riskd::engine
