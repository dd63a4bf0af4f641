// Questions, lets and patterns that a change touches. Used inside engine/update/ only.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "engine/evaluate/evaluator.hpp"
#include "engine/update/touched.hpp"

namespace riskd::engine {

// Computes cells in the order of their ranks, so that each is computed once. What comes out as it was touches nothing
// further.
class CellUpdate {
 public:
  CellUpdate(Evaluator& evaluator, Touched& touched) : evaluator_(evaluator), touched_(touched) {}

  // Facts say something of a question or of a field.
  void touch_answer(ScopeInstance& scope, std::uint32_t question, bool was_answered) {
    answered_.push_back({&scope, question, was_answered});
  }
  void touch_field(ScopeInstance& scope, std::uint32_t field) {
    fields_.emplace_back(&scope, field);
  }
  // What `source` says has changed, and `cells` read it.
  void touch(std::span<const Cell> cells, ScopeInstance& source);

  void compute();
  void reset();

 private:
  struct Answered {
    ScopeInstance* scope = nullptr;
    std::uint32_t question = 0;
    bool before = false;  // it was answered
    auto operator<=>(const Answered&) const = default;
  };

  template <typename Visit>
  void each_scope(const Cell& cell, std::uint32_t type, bool any_component, ScopeInstance& source,
                  const Visit& visit);
  void touch(const Cell& cell, ScopeInstance& source);
  void touch_element(Kind kind, const Cell& cell, ScopeInstance& source);
  void compute_question(std::uint32_t index, ScopeInstance& scope, bool force);
  void compute_let(std::uint32_t index, ScopeInstance& scope);
  void compute_patterns();

  Evaluator& evaluator_;
  Touched& touched_;
  std::vector<Answered> answered_;
  std::vector<InScope> fields_;
  std::set<std::tuple<std::uint32_t, Cell::Kind, std::uint32_t, ScopeInstance*>> queue_;  // by rank
  std::vector<InScope> patterns_;                                                         // by slot
};

}  // namespace riskd::engine
