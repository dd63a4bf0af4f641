// What an evaluation holds of one product: its scopes, the elements that apply, what tests say of them.
// Used inside engine/ only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/dependencies.hpp"
#include "engine/flat_index.hpp"
#include "engine/model.hpp"

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

// The product, or one of its components.
struct ScopeInstance {
  std::uint32_t component_type = no_index;
  std::string id;            // of the component; empty: the product
  std::uint32_t number = 0;  // of the component, in id order
  const RawMap* answers = nullptr;
  const RawMap* fields = nullptr;
  FlatIndex<const Stamped<RawValue>> given;  // the newest answers that were not taken back, by slot
  std::vector<std::uint8_t> questions;       // codes, by Dependencies::question_slot
  std::map<std::uint32_t, Value> wide;       // by slot
  std::vector<Applies> asked;     // whether a question is, by slot; where `questions` is set
  std::vector<Applies> patterns;  // by Dependencies::pattern_slot
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

inline ScopeBytes bytes_of(const ScopeInstance& scope) {
  return {scope.questions.data(), scope.component_type};
}

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

struct ByTest {  // by suite and test, which no two results of an element share
  bool operator()(const BoundResult* a, const BoundResult* b) const;
};

struct TestedElement {
  std::set<const BoundResult*, ByTest> results;
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

}  // namespace riskd::engine
