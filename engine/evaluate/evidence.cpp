// Test results: what they mean by the evidence blocks, and which elements they reach.
#include <algorithm>
#include <cstdlib>

#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

namespace {

std::string_view attribute_of(const TestResult& result, std::string_view name) {
  for (const auto& [each, value] : result.attributes) {
    if (each == name) return value;
  }
  return {};
}

void read_attribute(Record& record, std::uint32_t slot, const SourceField& field,
                    const std::string& value) {
  switch (field.type) {
    case FieldType::number:
      record.numbers[slot] = std::strtod(value.c_str(), nullptr);
      return;
    case FieldType::truth:
      record.truths[slot] = value == "true" || value == "yes";
      return;
    case FieldType::text:
    case FieldType::texts:
    case FieldType::word:
      record.texts[slot] = value;
      return;
  }
}

std::vector<std::string> cwe_texts(const std::vector<int>& numbers) {
  std::vector<std::string> texts;
  texts.reserve(numbers.size());
  for (const int number : numbers) texts.push_back("CWE-" + std::to_string(number));
  return texts;
}

Record record_of(const TestSource& source, const TestResult& result) {
  Record record;
  for (std::uint32_t slot = 0; slot < source.fields.size(); ++slot) {
    const SourceField& field = source.fields[slot];
    switch (field.origin) {
      case FieldOrigin::attribute:
        if (const std::string_view value = attribute_of(result, field.name); !value.empty())
          read_attribute(record, slot, field, std::string(value));
        break;
      case FieldOrigin::outcome:
        record.texts[slot] = to_string(result.outcome);
        break;
      case FieldOrigin::tags:
        record.lists[slot] = result.tags;
        break;
      case FieldOrigin::cwe:
        record.lists[slot] = cwe_texts(result.cwe);
        break;
      case FieldOrigin::locations:
        record.lists[slot] =
            result.details ? result.details->locations : std::vector<std::string>();
        break;
    }
  }
  return record;
}

}  // namespace

void Evaluator::count_row(const Evidence& evidence, const EvidenceRow& row) {
  if (trace_ == nullptr) return;
  ++trace_->evidence[{static_cast<std::uint32_t>(&evidence - program_.evidence.data()),
                      static_cast<std::uint32_t>(&row - evidence.rows.data())}];
}

Verdict Evaluator::judge(const Evidence* evidence, const std::string& source,
                         const TestResult& result, bool absent) {
  if (absent) {
    // Without an evidence block, what a complete run no longer finds is gone; what none ever found
    // says nothing.
    const bool was_found = result.outcome != TestOutcome::absent;
    Verdict verdict = evidence == nullptr && was_found ? Verdict::passed : Verdict::ignored;
    if (evidence != nullptr) {
      for (const EvidenceRow& row : evidence->rows) {
        if (!row.absent) continue;
        verdict = row.verdict;
        count_row(*evidence, row);
      }
    }
    return verdict;
  }
  if (result.verdict) {
    return result.outcome == TestOutcome::failed   ? Verdict::failed
           : result.outcome == TestOutcome::passed ? Verdict::passed
                                                   : Verdict::ignored;
  }
  const TestSource* known = test_source(source);
  if (evidence == nullptr || known == nullptr) return Verdict::ignored;
  const Record record = record_of(*known, result);
  Context context;
  context.record = &record;
  for (const EvidenceRow& row : evidence->rows) {
    if (row.absent || !holds(row.when, context, true)) continue;
    count_row(*evidence, row);
    return row.verdict;
  }
  return Verdict::ignored;
}

namespace {

// What a suite said of a test, what holds first, until `takes` gives false. Where no upload is kept the
// entries stand in that order.
template <typename Takes>
void each_said(const SuiteFacts& suite, const Runs& runs, const BoundTest& test,
               const Takes& takes) {
  if (suite.runs.empty() && !suite.retired) {
    for (auto each = test.said->rbegin(); each != test.said->rend(); ++each) {
      const TestEntry& entry = **each;
      const Said said{&*each, entry.from.at, entry.from.seq, entry.from.at, entry.run, false};
      if (!entry.absent && !takes(said)) return;
    }
    return;
  }
  for (const Said& each : said_of(suite, runs, test.key->test)) {
    if (!takes(each)) return;
  }
}

}  // namespace

// What holds of a test: the newest that says something; of several that are said at once the worst.
std::optional<BoundResult> Evaluator::holding(const BoundTest& test, const SuiteFacts& suite,
                                              const Runs& runs) {
  const Evidence* evidence = program_.evidence_of(suite.source);
  std::optional<Said> holding;
  Verdict verdict = Verdict::ignored;
  each_said(suite, runs, test, [&](const Said& each) {
    if (holding && !each.is_beside(*holding)) return false;
    const Verdict judged = judge(evidence, suite.source, (*each.entry)->result, each.absent);
    if (judged > verdict) {
      verdict = judged;
      holding = each;
    }
    return true;
  });
  if (!holding) return std::nullopt;
  return BoundResult{verdict,
                     false,
                     holding->absent,
                     *holding->entry,
                     holding->at,
                     holding->renewed,
                     std::string(holding->run),
                     test.key->suite,
                     suite.source};
}

// From when on a pass that holds is stale, and who is woken then.
void Evaluator::wait_for_stale(BoundTest& test) {
  const Evidence* evidence = program_.evidence_of(test.holds->source);
  if (test.holds->verdict != Verdict::passed || evidence == nullptr || evidence->stale_after <= 0)
    return;
  const Instant end{test.holds->renewed.ms +
                    static_cast<std::int64_t>(evidence->stale_after * 1000) + 1};
  test.holds->stale = now_ >= end;
  if (test.holds->stale) return;
  test.stale_at = end;
  stale_ends_.insert(end);
}

void Evaluator::stop_waiting(BoundTest& test) {
  if (test.stale_at) stale_ends_.erase(stale_ends_.find(*test.stale_at));
  test.stale_at.reset();
}

void Evaluator::index(BoundTest& test, bool add) {
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
  ScopeInstance* const scope = component.empty() ? nullptr : scope_of(component);
  if (test.stays && !component.empty() && scope == nullptr) return;
  TestsByElement& tests = !test.stays ? moving_ : scope == nullptr ? staying_ : scope->tests;
  enter(tests.weaknesses, test.about.weaknesses);
  enter(tests.countermeasures, test.about.countermeasures);
  enter(tests.weaknesses, test.about.by_cwe);
}

// Takes a test from the elements that it reached.
void Evaluator::withdraw(BoundTest& test) {
  const auto leave = [&](auto& instances) {
    for (auto* instance : instances) {
      instance->results.remove(*test.holds);
      touch(*instance);
    }
    instances.clear();
  };
  leave(test.weaknesses);
  leave(test.countermeasures);
  test.unmatched = false;
}

// And forgets what holds of it.
void Evaluator::unbind(BoundTest& test) {
  if (!test.holds) return;
  withdraw(test);
  index(test, false);
  stop_waiting(test);
  test.holds.reset();
}

bool Results::Before::operator()(const BoundResult* a, const BoundResult* b) const {
  const auto order = [](const BoundResult& each) {
    const TestResult& of = each.result();
    return std::tie(each.suite, of.component, of.id, of.scope);
  };
  return order(*a) < order(*b);
}

// Of the component; empty: everywhere.
bool Evaluator::is_false_positive(const BoundTest& test, const std::string& component) const {
  if (false_positives_ == 0) return false;
  const TestResult& result = test.holds->result();
  const std::string prefix = component.empty() ? "" : component + "/";
  const auto decided = [&](const std::string& id) {
    return false_positive(prefix + test.holds->source + ":" + id) != nullptr;
  };
  return decided(result.id) || std::any_of(result.aliases.begin(), result.aliases.end(), decided);
}

// Brings a test of which something holds to the elements that it is about.
void Evaluator::reach(BoundTest& test) {
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
        touch(*found);
      };
      if (component.empty()) {
        for (const auto& scope : scopes_) look(*scope);
      } else if (ScopeInstance* scope = scope_of(component)) {
        look(*scope);
      }
    }
  };
  take_all(test.about.weaknesses, test.weaknesses);
  take_all(test.about.countermeasures, test.countermeasures);
  if (!reached) take_all(test.about.by_cwe, test.weaknesses);
  test.unmatched = !reached;
}

// Brings those that stay to places that are new.
void Evaluator::bring_tests(Block& block) {
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

// What holds of it now, of a test of the suite.
void Evaluator::bind_again(BoundTest& test, const SuiteFacts& suite, const Runs& runs) {
  std::optional<BoundResult> now = holding(test, suite, runs);
  if (now && test.holds && !test.moving && now->source == test.holds->source &&
      is_about_the_same(now->result(), test.holds->result())) {
    stop_waiting(test);
    *test.holds = std::move(*now);
    wait_for_stale(test);
    for (const WeaknessInstance* each : test.weaknesses) touch(*each);
    for (const CountermeasureInstance* each : test.countermeasures) touch(*each);
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

// Made where there is none; the suite has said something of it.
BoundTest& Evaluator::test_of(const TestOf& key, const SuiteFacts& suite) {
  const auto [place, is_new] = tests_.try_emplace(key);
  if (is_new) {
    place->second.key = &place->first;
    place->second.said = &suite.tests.find(key.test)->second;
  }
  return place->second;
}

// Where the product that is read has what was said of the tests.
void Evaluator::find_listings() {
  for (auto& [key, test] : tests_) {
    test.key = &key;
    test.said = &product_->suites.find(key.suite)->second.tests.find(key.test)->second;
  }
}

void Evaluator::bind_results() {
  for (const auto& [name, suite] : product_->suites) {
    const Runs runs = runs_of(suite);
    for (const auto& [key, listed] : suite.tests)
      bind_again(test_of({name, key}, suite), suite, runs);
  }
  for (WeaknessInstance* weakness : all_weaknesses())
    weakness->tested = tested_by(weakness->results);
  for (CountermeasureInstance* measure : all_countermeasures())
    measure->tested = tested_by(measure->results);
}

// Whether nothing that applies is what it is about. A check that was made and found nothing is no result
// that somebody could bind.
bool Evaluator::is_unmatched(const BoundTest& test) const {
  if (test.ignored || test.holds->result().outcome == TestOutcome::absent) return false;
  if (!test.stays) return test.unmatched;
  const auto is_any_there = [](const auto& reached) {
    return std::any_of(reached.begin(), reached.end(),
                       [](const auto* each) { return each->is_there; });
  };
  if (is_any_there(test.weaknesses) || is_any_there(test.countermeasures)) return false;
  // It did not reach a component in which it is a false positive.
  if (false_positives_ == 0 || !test.key->test.component.empty()) return true;
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

namespace {

Tested said_by(const BoundResult& result) {
  if (result.verdict == Verdict::failed) return Tested::failed;
  if (result.verdict == Verdict::untested) return Tested::untested;
  return result.stale ? Tested::stale : Tested::passed;
}

}  // namespace

Tested tested_by(const Results& results) {
  Tested worst = Tested::untested;
  results.each([&](const BoundResult& result) { worst = std::max(worst, said_by(result)); });
  return worst;
}

const BoundResult* deciding(const Results& results, Tested tested) {
  const BoundResult* newest = nullptr;
  results.each([&](const BoundResult& result) {
    if (said_by(result) != tested) return;
    if (newest == nullptr || std::tie(newest->at, newest->run) < std::tie(result.at, result.run))
      newest = &result;
  });
  return newest;
}

}  // namespace riskd::engine
