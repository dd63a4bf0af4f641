// Aggregates over lists of elements, and the lists themselves. Used inside engine/ only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/counter.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Elements;
class RiskRatings;
class Scopes;
class Values;

// What is asked of all risks or all components is kept from change to change: the greatest and the least rating,
// and of how many components a condition is true.
class Aggregates {
 public:
  Aggregates(const Basis& basis, const Scopes& scopes, Elements& elements, Values& values,
             RiskRatings& ratings);
  void copy(const Aggregates& other);  // what it kept

  Value value(const Node& aggregate, const Context& context);
  std::vector<Context> items(List list, const Context& context);  // of a list, in id order

  // What the scope's own cells say has changed: it is counted again.
  void forget_counted(const ScopeInstance& source);
  // The risk ends, with the values that it has.
  void forget_extreme(const RiskInstance& risk);
  // The risk has other values; these are those that it had.
  void enter_extremes(const RiskInstance& risk, double inherent, double current, double projected);
  void forget_extremes() { extremes_.clear(); }

 private:
  std::optional<Value> extreme_of(const Node& node);
  std::optional<Value> counted(const Node& node, const Context& context);

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

  const Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Scopes& scopes_;
  Elements& elements_;
  Values& values_;
  RiskRatings& ratings_;
  std::vector<Extreme> extremes_;
  std::vector<Counter> counters_;  // by Dependencies::counted, once one was asked for
};

}  // namespace riskd::engine
