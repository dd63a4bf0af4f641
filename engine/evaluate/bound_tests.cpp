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
  others_ = other.others_;
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
  for (auto& [key, test] : tests_) test.key = &key;
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
  for (auto& [name, ends] : others_) ends.erase(ends.begin(), ends.upper_bound(now));
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
  std::optional<Instant> next;
  if (!stale_ends_.empty()) next = *stale_ends_.begin();
  for (const auto& [name, ends] : others_) {
    if (!ends.empty() && (!next || ends.begin()->first < *next)) next = ends.begin()->first;
  }
  return next;
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
  const TestResult result = test.holds->result();
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

// Whether it is about the same elements, whatever it says of them: two results of one test.
bool is_about_the_same(const BoundResult& a, const BoundResult& b) {
  if (a.outcome() == TestOutcome::absent || b.outcome() == TestOutcome::absent) return false;
  if (a.source != b.source) return false;
  if (a.listing.content->texts == b.listing.content->texts) return true;
  const auto names = [](const TestResult& of) {
    return std::tie(of.aliases, of.cwe, of.tags, of.title);
  };
  const TestResult one = a.result();
  const TestResult other = b.result();
  return tool_of(one) == tool_of(other) && names(one) == names(other);
}

bool is_about_nothing(const TestBindings::About& about) {
  return about.weaknesses.empty() && about.countermeasures.empty() && about.by_cwe.empty();
}

}  // namespace

void BoundTests::bind(const std::string& suite_name, const SuiteFacts& suite, const Runs& runs,
                      const KeptTest& test) {
  const TestKeyView key = test.key();
  const auto known = tests_.find(TestNamed{key.id, suite_name, key.component, key.scope});
  BoundTest* const bound = known == tests_.end() ? nullptr : &known->second;
  std::optional<BoundResult> now = verdicts_.holding(suite_name, suite, runs, test);
  if (now && bound != nullptr && !bound->moving && is_about_the_same(*now, *bound->holds)) {
    stop_waiting(*bound);
    *bound->holds = std::move(*now);
    wait_for_stale(*bound);
    for (const WeaknessInstance* each : bound->weaknesses) elements_.touch(*each);
    for (const CountermeasureInstance* each : bound->countermeasures) elements_.touch(*each);
    return;
  }
  if (bound != nullptr) unbind(*bound);
  TestBindings::About about;
  if (now) about = dependencies_.tests.about(suite.source, now->result());
  if (is_about_nothing(about)) {
    if (bound != nullptr) tests_.erase(known);
    const std::optional<Instant> end = now ? verdicts_.stale_from(*now) : std::nullopt;
    if (end && basis_.now < *end) ++others_[suite_name][*end];
    return;
  }
  if (bound != nullptr) return bind_to(*bound, std::move(*now), std::move(about));
  const auto place = tests_.try_emplace(TestOf{suite_name, TestKey(key)}).first;
  place->second.key = &place->first;
  bind_to(place->second, std::move(*now), std::move(about));
}

void BoundTests::bind_to(BoundTest& test, BoundResult now, TestBindings::About about) {
  test.moving = false;
  test.holds = std::move(now);
  wait_for_stale(test);
  test.about = std::move(about);
  test.stays = test.about.by_cwe.empty();
  index(test, true);
  reach(test);
}

void BoundTests::bind_suite(const std::string& suite_name) {
  const SuiteFacts& suite = basis_.product->suites.at(suite_name);
  const Runs runs = runs_of(suite);
  others_.erase(suite_name);
  for (const KeptTest& test : suite.tests) bind(suite_name, suite, runs, test);
}

void BoundTests::forget(const std::string& suite_name, const TestKeyView& key) {
  const auto ends = others_.find(suite_name);
  if (ends == others_.end() || ends->second.empty()) return;
  const SuiteFacts& suite = basis_.product->suites.at(suite_name);
  const KeptTest* test = suite.tests.find(key);
  if (test == nullptr) return;
  const Runs runs = suite.runs.empty() ? Runs{} : runs_of(suite);
  const std::optional<BoundResult> held = verdicts_.holding(suite_name, suite, runs, *test);
  const std::optional<Instant> end = held ? verdicts_.stale_from(*held) : std::nullopt;
  const auto waiting = end ? ends->second.find(*end) : ends->second.end();
  if (waiting != ends->second.end() && --waiting->second == 0) ends->second.erase(waiting);
}

// What holds of a test of the suite: one of `all`, or `other`, which is made so.
const BoundTest* BoundTests::look(const std::string& suite_name, const SuiteFacts& suite,
                                  const Runs& runs, const KeptTest& test, TestOf& key,
                                  BoundTest& other) const {
  const TestKeyView of = test.key();
  const auto known = tests_.find(TestNamed{of.id, suite_name, of.component, of.scope});
  if (known != tests_.end()) return &known->second;
  other.holds = verdicts_.holding(suite_name, suite, runs, test);
  if (!other.holds) return nullptr;
  const std::optional<Instant> end = verdicts_.stale_from(*other.holds);
  other.holds->stale = end && basis_.now >= *end;
  key = {suite_name, TestKey(of)};
  other.key = &key;
  other.stays = true;
  other.ignored = is_false_positive(other, "") ||
                  (!key.test.component.empty() && is_false_positive(other, key.test.component));
  return &other;
}

BoundTest* BoundTests::find(const TestNamed& name) {
  const auto found = tests_.find(name);
  return found == tests_.end() ? nullptr : &found->second;
}

void BoundTests::bind_all() {
  for (const auto& [name, suite] : basis_.product->suites) bind_suite(name);
  for (WeaknessInstance* weakness : elements_.all<WeaknessInstance>())
    weakness->tested = tested_by(weakness->results);
  for (CountermeasureInstance* measure : elements_.all<CountermeasureInstance>())
    measure->tested = tested_by(measure->results);
}

// A check that was made and found nothing is no result that a rule could take.
bool BoundTests::is_unmatched(const BoundTest& test) const {
  if (test.ignored || test.holds->outcome() == TestOutcome::absent) return false;
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
