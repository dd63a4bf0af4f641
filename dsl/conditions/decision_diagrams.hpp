// Binary decision diagrams: functions of yes-no variables in a form in which equal functions are equal
// handles. The library behind it is BuDDy, of which nothing shows here.
//
// BuDDy has one table for the whole process. An object of this class holds it, and a second one waits
// until the first is gone; use it from the thread that made it.
#pragma once

#include <cstdint>
#include <vector>

namespace riskd::dsl {

using Diagram = int;  // valid until the next start()

inline constexpr Diagram nowhere = 0;     // the function that is true nowhere
inline constexpr Diagram everywhere = 1;  // and the one that is true everywhere

class DecisionDiagrams {
 public:
  DecisionDiagrams();
  ~DecisionDiagrams();
  DecisionDiagrams(const DecisionDiagrams&) = delete;
  DecisionDiagrams& operator=(const DecisionDiagrams&) = delete;

  // Begins anew: no variables, all diagrams invalid, not too large.
  void start();

  // A variable below all earlier ones.
  Diagram variable();
  std::uint32_t variables() const { return next_variable_; }  // made so far

  Diagram both(Diagram a, Diagram b);
  Diagram either(Diagram a, Diagram b);
  Diagram without(Diagram a, Diagram b);  // a and not b
  Diagram negated(Diagram a);
  // `a` where the variables of `cube`, a conjunction of literals, are as it says.
  Diagram where(Diagram a, Diagram cube);

  // Whether a limit (limits::diagram_nodes, limits::diagram_variables) was passed since start(). From
  // then on every result is `never` and means nothing.
  bool too_large() const { return too_large_; }

  // An assignment for which `a`, which is not `never`, is true: for each variable 0, 1, or -1 where it
  // does not matter.
  std::vector<signed char> example(Diagram a) const;
  // The value of `a` for an assignment; what does not matter counts as 0.
  static bool holds(Diagram a, const std::vector<signed char>& assignment);

 private:
  Diagram apply(Diagram a, Diagram b, int op);

  std::uint32_t next_variable_ = 0;
  bool too_large_ = false;
};

}  // namespace riskd::dsl
