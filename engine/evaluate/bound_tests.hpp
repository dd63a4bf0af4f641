// Test results, and the elements that they reach. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Decisions;
class Elements;
class Scopes;
class Verdicts;

// Owns the tests that have a result and that the policy knows elements for, and brings each result to the elements that
// its test is about. Of the others, which may be very many, nothing is kept: their results are judged when somebody asks.
//
// Between updates: a test that stays (BoundTest::stays) is in the results of every element that it is about and
// that has a place, whether it applies or not; one that moves is in those of the elements that apply. A false
// positive is in none.
class BoundTests {
 public:
  using Tests = std::map<TestOf, BoundTest, TestOrder>;

  BoundTests(const Basis& basis, const Scopes& scopes, const Elements& elements,
             const Decisions& decisions, const Verdicts& verdicts);
  // The same tests as `other` has, of a product with the same facts; its elements are copied before.
  void copy(const BoundTests& other);
  // The facts stand elsewhere now, and are the same.
  void read_again();

  // Judges all that suites say, and sets `tested` of every element.
  void bind_all();
  // Judges a test again, after its suite has said something new about it. `forget` came before, where it has no element.
  void bind(const std::string& suite_name, const SuiteFacts& suite, const Runs& runs,
            const KeptTest& test);
  // Judges all tests of a suite again.
  void bind_suite(const std::string& suite_name);
  // The suite is about to say something new of a test that is not among `all`.
  void forget(const std::string& suite_name, const TestKeyView& key);

  // Takes a test from the elements that it reached, and brings it to those that it is about now.
  void withdraw(BoundTest& test);
  void reach(BoundTest& test);
  // Brings those that stay to places that are new.
  void bring_to(Block& block);

  bool empty() const { return tests_.empty(); }
  Tests& all() { return tests_; }
  const Tests& all() const { return tests_; }
  BoundTest* find(const TestNamed& name);
  // Visits all tests of the suite, also those that are about no element: the test as it is kept, and what holds of it;
  // null: nothing.
  template <typename Visit>  // (const KeptTest&, const BoundTest*)
  void each_of(const std::string& suite_name, const SuiteFacts& suite, const Runs& runs,
               const Visit& visit) const {
    TestOf key;
    BoundTest other;
    for (const KeptTest& test : suite.tests)
      visit(test, look(suite_name, suite, runs, test, key, other));
  }
  // Tests that move and are about a definition.
  const TestsByElement& moving() const { return moving_; }
  // Whether nothing that applies is what the test is about.
  bool is_unmatched(const BoundTest& test) const;

  // Passes that are stale at `now` become so, and touch their elements.
  void pass_time(Instant now);
  std::optional<Instant> next_stale() const;

 private:
  // Tests that are about no element, and pass: how many become stale when. By suite.
  using StaleEnds = std::map<Instant, std::size_t>;

  const BoundTest* look(const std::string& suite_name, const SuiteFacts& suite, const Runs& runs,
                        const KeptTest& test, TestOf& key, BoundTest& other) const;
  void bind_to(BoundTest& test, BoundResult now, TestBindings::About about);
  void index(BoundTest& test, bool add);
  void unbind(BoundTest& test);
  void wait_for_stale(BoundTest& test);
  void stop_waiting(BoundTest& test);
  bool is_false_positive(const BoundTest& test, const std::string& component) const;
  bool is_any_there(const BoundTest& test) const;

  const Basis& basis_;
  const Dependencies& dependencies_;
  const Scopes& scopes_;
  const Elements& elements_;
  const Decisions& decisions_;
  const Verdicts& verdicts_;
  Tests tests_;
  // Tests that are about a definition, whether it applies or not: those of no component that stay
  // (ScopeInstance has those of one), and those that move.
  TestsByElement staying_, moving_;
  std::multiset<Instant> stale_ends_;                     // that are to come
  std::map<std::string, StaleEnds, std::less<>> others_;  // likewise
};

}  // namespace riskd::engine
