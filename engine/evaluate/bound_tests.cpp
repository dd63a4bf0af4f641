#include "engine/evaluate/bound_tests.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/evaluate/blocks.hpp"
#include "engine/evaluate/decisions.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/evaluate/verdicts.hpp"

namespace riskd::engine {

BoundTests::BoundTests(const Basis& basis, const Scopes& scopes, const Elements& elements,
                       const Decisions& decisions, const Verdicts& verdicts)
    : basis_(basis),
      dependencies_(basis.dependencies),
      scopes_(scopes),
      elements_(elements),
      decisions_(decisions),
      verdicts_(verdicts) {}

void BoundTests::copy(const BoundTests& other) {
  tests_ = other.tests_;
  stale_ends_ = other.stale_ends_;
  read_again();
  for (auto& entry : tests_) {
    BoundTest& test = entry.second;
    index(test, true);
    const auto bring = [&]<typename T>(std::vector<T*>& reached) {
      for (T*& each : reached) {
        each = scopes_.twin(*each->scope).template place<T>(each->definition);
        each->results.add(*test.holds);
      }
    };
    bring(test.weaknesses);
    bring(test.countermeasures);
  }
}

void BoundTests::read_again() {
  for (auto& [key, test] : tests_) {
    test.key = &key;
    test.listed = &basis_.product->suites.find(key.suite)->second.tests.find(key.test)->second;
  }
}

void BoundTests::wait_for_stale(BoundTest& test) {
  const std::optional<Instant> end = verdicts_.stale_from(*test.holds);
  if (!end) return;
  test.holds->stale = basis_.now >= *end;
  if (test.holds->stale) return;
  test.stale_at = end;
  stale_ends_.insert(*end);
}

void BoundTests::stop_waiting(BoundTest& test) {
  if (test.stale_at) stale_ends_.erase(stale_ends_.find(*test.stale_at));
  test.stale_at.reset();
}

void BoundTests::pass_time(Instant now) {
  if (stale_ends_.empty() || *stale_ends_.begin() > now) return;
  stale_ends_.erase(stale_ends_.begin(), stale_ends_.upper_bound(now));
  for (auto& [key, test] : tests_) {
    if (!test.stale_at || *test.stale_at > now) continue;
    test.stale_at.reset();
    test.holds->stale = true;
    for (const WeaknessInstance* each : test.weaknesses) elements_.touch(*each);
    for (const CountermeasureInstance* each : test.countermeasures) elements_.touch(*each);
  }
}

std::optional<Instant> BoundTests::next_stale() const {
  return stale_ends_.empty() ? std::nullopt : std::optional(*stale_ends_.begin());
}

void BoundTests::index(BoundTest& test, bool add) {
  const auto enter = [&](TestsAbout& tests, const std::vector<std::uint32_t>& definitions) {
    for (const std::uint32_t each : definitions) {
      if (add)
        tests.add(each, test);
      else
        tests.remove(each, test);
    }
  };
  // Nothing of a component that is not there applies; when it comes, all is computed anew.
  const std::string& component = test.key->test.component;
  ScopeInstance* const scope = component.empty() ? nullptr : scopes_.named(component);
  if (test.stays && !component.empty() && scope == nullptr) return;
  TestsByElement& tests = !test.stays ? moving_ : scope == nullptr ? staying_ : scope->tests;
  enter(tests.weaknesses, test.about.weaknesses);
  enter(tests.countermeasures, test.about.countermeasures);
  enter(tests.weaknesses, test.about.by_cwe);
}

void BoundTests::withdraw(BoundTest& test) {
  const auto leave = [&](auto& instances) {
    for (auto* instance : instances) {
      instance->results.remove(*test.holds);
      elements_.touch(*instance);
    }
    instances.clear();
  };
  leave(test.weaknesses);
  leave(test.countermeasures);
  test.unmatched = false;
}

// Withdraws it, and forgets what holds of it.
void BoundTests::unbind(BoundTest& test) {
  if (!test.holds) return;
  withdraw(test);
  index(test, false);
  stop_waiting(test);
  test.holds.reset();
}

// Of the component; empty: everywhere.
bool BoundTests::is_false_positive(const BoundTest& test, const std::string& component) const {
  if (!decisions_.has_false_positives()) return false;
  const TestResult& result = test.holds->result();
  const std::string prefix = component.empty() ? "" : component + "/";
  const auto decided = [&](const std::string& id) {
    return decisions_.false_positive(prefix + test.holds->source + ":" + id) != nullptr;
  };
  return decided(result.id) || std::any_of(result.aliases.begin(), result.aliases.end(), decided);
}

void BoundTests::reach(BoundTest& test) {
  const BoundResult& bound = *test.holds;
  const std::string& component = test.key->test.component;
  test.ignored =
      is_false_positive(test, "") || (!component.empty() && is_false_positive(test, component));
  if (test.ignored) return;

  bool reached = false;
  // Every element of the definitions, where the result may reach it.
  const auto take_all = [&]<typename T>(const std::vector<std::uint32_t>& definitions,
                                        std::vector<T*>& list) {
    for (const std::uint32_t definition : definitions) {
      const auto look = [&](ScopeInstance& scope) {
        T* found = test.stays ? scope.place<T>(definition) : scope.find<T>(definition);
        if (found == nullptr) return;
        reached = true;
        const bool ignored =
            component.empty() && !scope.id.empty() && is_false_positive(test, scope.id);
        if (ignored || !found->results.add(bound)) return;
        list.push_back(found);
        elements_.touch(*found);
      };
      if (component.empty()) {
        for (const auto& scope : scopes_) look(*scope);
      } else if (ScopeInstance* scope = scopes_.named(component)) {
        look(*scope);
      }
    }
  };
  take_all(test.about.weaknesses, test.weaknesses);
  take_all(test.about.countermeasures, test.countermeasures);
  if (!reached) take_all(test.about.by_cwe, test.weaknesses);
  test.unmatched = !reached;
}

void BoundTests::bring_to(Block& block) {
  ScopeInstance& scope = block.scope();
  const auto bring = [&]<typename T>(const TestsAbout& tests, std::vector<T*> BoundTest::*reached) {
    for (T& element : block.all<T>()) {
      tests.each(element.definition, [&](BoundTest& test) {
        const bool ignored =
            test.ignored || (!scope.id.empty() && is_false_positive(test, scope.id));
        if (!ignored && element.results.add(*test.holds)) (test.*reached).push_back(&element);
      });
    }
  };
  for (const TestsByElement* tests : {&staying_, &scope.tests}) {
    bring(tests->weaknesses, &BoundTest::weaknesses);
    bring(tests->countermeasures, &BoundTest::countermeasures);
  }
}

namespace {

// Whether it is about the same elements, whatever it says of them.
bool is_about_the_same(const TestResult& a, const TestResult& b) {
  const bool reports = a.outcome != TestOutcome::absent && b.outcome != TestOutcome::absent;
  return reports && tool_of(a) == tool_of(b) &&
         std::tie(a.id, a.component, a.scope, a.aliases, a.cwe, a.tags, a.title) ==
             std::tie(b.id, b.component, b.scope, b.aliases, b.cwe, b.tags, b.title);
}

}  // namespace

void BoundTests::bind_again(BoundTest& test, const SuiteFacts& suite, const Runs& runs) {
  std::optional<BoundResult> now = verdicts_.holding(test, suite, runs);
  if (now && test.holds && !test.moving && now->source == test.holds->source &&
      is_about_the_same(now->result(), test.holds->result())) {
    stop_waiting(test);
    *test.holds = std::move(*now);
    wait_for_stale(test);
    for (const WeaknessInstance* each : test.weaknesses) elements_.touch(*each);
    for (const CountermeasureInstance* each : test.countermeasures) elements_.touch(*each);
    return;
  }
  test.moving = false;
  unbind(test);
  if (!now) {
    tests_.erase(tests_.find(*test.key));
    return;
  }
  test.holds = std::move(now);
  wait_for_stale(test);
  test.about = dependencies_.tests.about(suite.source, test.holds->result());
  test.stays = test.about.by_cwe.empty();
  index(test, true);
  reach(test);
}

BoundTest& BoundTests::test_of(const TestOf& key, const SuiteFacts& suite) {
  const auto [place, is_new] = tests_.try_emplace(key);
  if (is_new) {
    place->second.key = &place->first;
    place->second.listed = &suite.tests.find(key.test)->second;
  }
  return place->second;
}

const BoundTest* BoundTests::find(const TestOf& key) const {
  const auto found = tests_.find(key);
  return found == tests_.end() ? nullptr : &found->second;
}

BoundTest* BoundTests::find(const TestNamed& name) {
  const auto found = tests_.find(name);
  return found == tests_.end() ? nullptr : &found->second;
}

void BoundTests::bind_all() {
  for (const auto& [name, suite] : basis_.product->suites) {
    const Runs runs = runs_of(suite);
    for (const auto& [key, listed] : suite.tests)
      bind_again(test_of({name, key}, suite), suite, runs);
  }
  for (WeaknessInstance* weakness : elements_.all<WeaknessInstance>())
    weakness->tested = tested_by(weakness->results);
  for (CountermeasureInstance* measure : elements_.all<CountermeasureInstance>())
    measure->tested = tested_by(measure->results);
}

// A check that was made and found nothing is no result that a rule could take.
bool BoundTests::is_unmatched(const BoundTest& test) const {
  if (test.ignored || test.holds->result().outcome == TestOutcome::absent) return false;
  if (!test.stays) return test.unmatched;
  const auto is_any_there = [](const auto& reached) {
    return std::any_of(reached.begin(), reached.end(),
                       [](const auto* each) { return each->is_there; });
  };
  if (is_any_there(test.weaknesses) || is_any_there(test.countermeasures)) return false;
  // It did not reach a component in which it is a false positive.
  if (!decisions_.has_false_positives() || !test.key->test.component.empty()) return true;
  const auto is_there = [&](auto find, const std::vector<std::uint32_t>& definitions) {
    return std::any_of(definitions.begin(), definitions.end(), [&](std::uint32_t definition) {
      return std::any_of(scopes_.begin(), scopes_.end(),
                         [&](const auto& scope) { return find(*scope, definition) != nullptr; });
    });
  };
  const auto weakness = [](const ScopeInstance& scope, std::uint32_t definition) {
    return scope.find<WeaknessInstance>(definition);
  };
  const auto measure = [](const ScopeInstance& scope, std::uint32_t definition) {
    return scope.find<CountermeasureInstance>(definition);
  };
  return !is_there(weakness, test.about.weaknesses) &&
         !is_there(measure, test.about.countermeasures);
}

}  // namespace riskd::engine
