// Test results: what they mean by the evidence blocks, and which elements they reach.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "engine/evaluator.hpp"

namespace riskd::engine {

bool glob_matches(std::string_view pattern, std::string_view text) {
  // Two pointers; after a mismatch the last `*` takes one character more.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

namespace {

Record record_of(const std::string& source, const TestResult& result) {
  static constexpr std::array<std::pair<std::string_view, EvidenceSlot>, 12> slots{
      {{"class", EvidenceSlot::test_class},
       {"name", EvidenceSlot::name},
       {"suite", EvidenceSlot::suite},
       {"feature", EvidenceSlot::feature},
       {"risk", EvidenceSlot::risk},
       {"confidence", EvidenceSlot::confidence},
       {"alert", EvidenceSlot::alert},
       {"severity", EvidenceSlot::severity},
       {"category", EvidenceSlot::category},
       {"level", EvidenceSlot::level},
       {"kind", EvidenceSlot::kind},
       {"rule", EvidenceSlot::rule}}};
  static constexpr std::array<std::string_view, 5> outcomes{"passed", "failed", "skipped", "error",
                                                            "absent"};
  Record record;
  record.texts[static_cast<std::uint32_t>(EvidenceSlot::outcome)] =
      outcomes[static_cast<std::size_t>(result.outcome)];
  for (const auto& [name, value] : result.attributes) {
    for (const auto& [slot_name, slot] : slots) {
      if (slot_name != name) continue;
      record.texts[static_cast<std::uint32_t>(slot)] = value;
      if (source == "fortify" && slot == EvidenceSlot::confidence) {
        record.numbers[static_cast<std::uint32_t>(slot)] = std::strtod(value.c_str(), nullptr);
      }
    }
    if (name == "suppressed")
      record.truths[static_cast<std::uint32_t>(EvidenceSlot::suppressed)] =
          value == "true" || value == "yes";
  }
  record.lists[static_cast<std::uint32_t>(EvidenceSlot::tags)] = result.tags;
  std::vector<std::string> cwe;
  for (const int number : result.cwe) cwe.push_back("CWE-" + std::to_string(number));
  record.lists[static_cast<std::uint32_t>(EvidenceSlot::cwe)] = std::move(cwe);
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
  if (evidence == nullptr) return Verdict::ignored;
  const Record record = record_of(source, result);
  Context context;
  context.record = &record;
  for (const EvidenceRow& row : evidence->rows) {
    if (row.absent || !holds(row.when, context, true)) continue;
    count_row(*evidence, row);
    return row.verdict;
  }
  return Verdict::ignored;
}

// What holds of a test: the newest that says something; of several at one time the worst.
void Evaluator::hold(const TestOf& key, const SuiteFacts& suite, const Runs& runs,
                     BoundTest& test) {
  const Evidence* evidence = program_.evidence_of(suite.source);
  const std::vector<Said> said = said_of(suite, runs, key.test);
  const Said* holding = nullptr;
  Verdict verdict = Verdict::ignored;
  for (const Said& each : said) {
    if (holding != nullptr && (each.at != holding->at || each.run != holding->run)) break;
    const Verdict judged = judge(evidence, suite.source, each.entry->result, each.absent);
    if (judged <= verdict) continue;
    verdict = judged;
    holding = &each;
  }
  if (holding == nullptr) return;
  test.holds = BoundResult{verdict, false, holding->as_entry(), key.suite, suite.source};
  if (verdict != Verdict::passed || evidence == nullptr || evidence->stale_after <= 0) return;
  const Instant end{holding->at.ms + static_cast<std::int64_t>(evidence->stale_after * 1000) + 1};
  test.holds->stale = now_ >= end;
  if (test.holds->stale) return;
  test.stale_at = end;
  stale_ends_.insert(end);
}

void Evaluator::index(BoundTest& test, bool add) {
  const auto enter = [&](TestsAbout& tests, const std::vector<std::uint32_t>& definitions) {
    for (const std::uint32_t each : definitions) {
      if (add)
        tests[each].insert(&test);
      else
        tests[each].erase(&test);
    }
  };
  enter(about_weakness_, test.about.weaknesses);
  enter(about_countermeasure_, test.about.countermeasures);
  enter(about_weakness_, test.about.by_cwe);
}

// Takes a test from the elements that it reached.
void Evaluator::withdraw(BoundTest& test) {
  const auto leave = [&](auto& instances) {
    for (auto* instance : instances) {
      instance->tests.results.erase(&*test.holds);
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
  if (test.stale_at) stale_ends_.erase(stale_ends_.find(*test.stale_at));
  test.stale_at.reset();
  test.holds.reset();
}

bool ByTest::operator()(const BoundResult* a, const BoundResult* b) const {
  const auto order = [](const BoundResult& each) {
    const TestResult& of = each.entry.result;
    return std::tie(each.suite, of.component, of.id, of.scope);
  };
  return order(*a) < order(*b);
}

// Brings a test of which something holds to the elements that it is about.
void Evaluator::reach(BoundTest& test) {
  const BoundResult& bound = *test.holds;
  const TestResult& result = bound.entry.result;
  const auto is_false_positive = [&](const std::string& component) {
    if (product_->decisions.empty()) return false;
    const std::string prefix = component.empty() ? "" : component + "/";
    const auto decided = [&](const std::string& id) {
      return decision(prefix + bound.source + ":" + id, "false-positive") != nullptr;
    };
    return decided(result.id) || std::any_of(result.aliases.begin(), result.aliases.end(), decided);
  };
  const std::string& component = test.key->test.component;
  if (is_false_positive("") || (!component.empty() && is_false_positive(component))) return;

  const auto take = [&](auto* instance, auto& list) {
    if (!instance->tests.results.insert(&bound).second) return;
    list.push_back(instance);
    touch(*instance);
  };
  bool reached = false;
  // Every element of the definitions, where the result may reach it.
  const auto take_all = [&](const auto& instances_of, const std::vector<std::uint32_t>& definitions,
                            auto& list) {
    for (const std::uint32_t definition : definitions) {
      const auto look = [&](ScopeInstance& scope) {
        auto* found = instances_of(scope).find(definition);
        if (found == nullptr) return;
        reached = true;
        const bool ignored = component.empty() && !scope.id.empty() && is_false_positive(scope.id);
        if (!ignored) take(found, list);
      };
      if (component.empty()) {
        for (const auto& scope : scopes_) look(*scope);
      } else if (ScopeInstance* scope = scope_of(component)) {
        look(*scope);
      }
    }
  };
  const auto weaknesses_of = [](ScopeInstance & scope) -> auto& { return scope.weaknesses; };
  const auto measures_of = [](ScopeInstance & scope) -> auto& { return scope.countermeasures; };
  take_all(weaknesses_of, test.about.weaknesses, test.weaknesses);
  take_all(measures_of, test.about.countermeasures, test.countermeasures);
  if (!reached) take_all(weaknesses_of, test.about.by_cwe, test.weaknesses);
  // A check that was made and found nothing is no result that somebody could bind.
  test.unmatched = !reached && result.outcome != TestOutcome::absent;
}

void Evaluator::bind_result(const TestOf& key, const SuiteFacts& suite, const Runs& runs) {
  const auto place = tests_.try_emplace(key).first;
  BoundTest& test = place->second;
  test.key = &place->first;
  test.moving = false;
  unbind(test);
  hold(key, suite, runs, test);
  if (!test.holds) {
    tests_.erase(place);
    return;
  }
  test.about = dependencies_.about(suite.source, test.holds->entry.result);
  index(test, true);
  reach(test);
}

void Evaluator::bind_results() {
  for (const auto& [name, suite] : product_->suites) {
    const Runs runs = runs_of(suite);
    for (const auto& [key, listed] : suite.tests) bind_result({name, key}, suite, runs);
  }
  for (const auto& weakness : weakness_store_) settle(weakness->tests);
  for (const auto& measure : countermeasure_store_) settle(measure->tests);
}

std::vector<Unmatched> Evaluator::unmatched() const {
  std::vector<Unmatched> all;
  for (const auto& [key, test] : tests_) {
    if (!test.unmatched) continue;
    const TestResult& result = test.holds->entry.result;
    std::string hint = "test " + test.holds->source + " ";
    hint += test.holds->source == "zap" ? result.id : "\"" + result.id + "\"";
    const std::string id =
        key.test.component.empty() ? result.id : key.test.component + "/" + result.id;
    all.push_back({key.suite, test.holds->source, id, sanitize_outside(result.title, 200),
                   result.cwe, std::move(hint)});
  }
  return all;
}

void Evaluator::settle(TestedElement& element) {
  element.tested = Tested::untested;
  element.deciding = nullptr;
  const auto rank = [](const BoundResult& result) {
    if (result.verdict == Verdict::failed) return Tested::failed;
    return result.stale ? Tested::stale : Tested::passed;
  };
  for (const BoundResult* result : element.results)
    element.tested = std::max(element.tested, rank(*result));
  for (const BoundResult* result : element.results) {
    if (rank(*result) != element.tested) continue;
    if (element.deciding == nullptr ||
        std::tie(element.deciding->entry.from.at, element.deciding->entry.run) <
            std::tie(result->entry.from.at, result->entry.run)) {
      element.deciding = result;
    }
  }
}

}  // namespace riskd::engine
