// The only file that knows BuDDy.
#include "dsl/conditions/decision_diagrams.hpp"

#include <bdd.h>
// In C++ these names are macros for the functions of its own class with reference counts.
#undef bdd_init
#undef bdd_ithvar
#undef bdd_setvarnum

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <mutex>

#include "engine/base/limits.hpp"

namespace riskd::dsl {
namespace {

std::mutex table_lock;

// BuDDy collects garbage exactly when its table is full. That is where an operation is given up: the
// hook runs before anything is changed and jumps back to the operation's caller, over frames of C only.
// So nothing is collected while diagrams are in use, and they need no reference counts.
std::jmp_buf full_table;
bool in_operation = false;

extern "C" void before_collection(int before, bddGbcStat*) {
  if (before != 0 && in_operation) std::longjmp(full_table, 1);
}

// Every other error is a wrong call: a bug of ours.
extern "C" void on_error(int) { std::abort(); }

// Once for the process: bdd_done() frees what a new bdd_init() would free again.
void make_table() {
  bdd_init(static_cast<int>(limits::diagram_nodes), static_cast<int>(limits::diagram_nodes / 4));
  bdd_gbc_hook(before_collection);
  bdd_error_hook(on_error);
  bdd_setmaxnodenum(0);
}

}  // namespace

DecisionDiagrams::DecisionDiagrams() {
  table_lock.lock();
  if (bdd_isrunning() == 0) make_table();
}

DecisionDiagrams::~DecisionDiagrams() { table_lock.unlock(); }

void DecisionDiagrams::start() {
  next_variable_ = 0;
  too_large_ = false;
  // What earlier conditions left is kept while there is room: the next one is likely to need it again.
  if (static_cast<std::size_t>(bdd_getnodenum()) > limits::diagram_nodes / 2) bdd_gbc();
}

Diagram DecisionDiagrams::variable() {
  if (next_variable_ == limits::diagram_variables) too_large_ = true;
  if (too_large_) return nowhere;
  const int known = bdd_varnum();
  if (static_cast<int>(next_variable_) == known) {
    // Each takes two nodes that stay.
    const int more = std::min(std::max(64, 2 * known), static_cast<int>(limits::diagram_variables));
    too_large_ = bdd_getnodenum() + 2 * (more - known) >= static_cast<int>(limits::diagram_nodes);
    if (too_large_) return nowhere;
    bdd_setvarnum(more);
  }
  return bdd_ithvar(static_cast<int>(next_variable_++));
}

Diagram DecisionDiagrams::apply(Diagram a, Diagram b, int op) {
  if (too_large_) return nowhere;
  in_operation = true;
  if (setjmp(full_table) != 0) {
    in_operation = false;
    too_large_ = true;
    return nowhere;
  }
  const BDD result = bdd_apply(a, b, op);
  in_operation = false;
  return result;
}

Diagram DecisionDiagrams::both(Diagram a, Diagram b) {
  if (a == nowhere || b == nowhere) return nowhere;
  if (a == everywhere) return b;
  if (b == everywhere || a == b) return a;
  return apply(a, b, bddop_and);
}

Diagram DecisionDiagrams::either(Diagram a, Diagram b) {
  if (a == everywhere || b == everywhere) return everywhere;
  if (a == nowhere) return b;
  if (b == nowhere || a == b) return a;
  return apply(a, b, bddop_or);
}

Diagram DecisionDiagrams::without(Diagram a, Diagram b) {
  if (a == nowhere || b == everywhere || a == b) return nowhere;
  return b == nowhere ? a : apply(a, b, bddop_diff);
}

Diagram DecisionDiagrams::negated(Diagram a) { return without(everywhere, a); }

Diagram DecisionDiagrams::where(Diagram a, Diagram cube) {
  if (too_large_) return nowhere;
  in_operation = true;
  if (setjmp(full_table) != 0) {
    in_operation = false;
    too_large_ = true;
    return nowhere;
  }
  const BDD result = bdd_restrict(a, cube);
  in_operation = false;
  return result;
}

std::vector<signed char> DecisionDiagrams::example(Diagram a) const {
  std::vector<signed char> assignment(next_variable_, -1);
  while (a > everywhere) {
    const bool high = bdd_low(a) == nowhere;
    assignment[static_cast<std::size_t>(bdd_var(a))] = high ? 1 : 0;
    a = high ? bdd_high(a) : bdd_low(a);
  }
  return assignment;
}

bool DecisionDiagrams::holds(Diagram a, const std::vector<signed char>& assignment) {
  while (a > everywhere)
    a = assignment[static_cast<std::size_t>(bdd_var(a))] == 1 ? bdd_high(a) : bdd_low(a);
  return a == everywhere;
}

}  // namespace riskd::dsl
