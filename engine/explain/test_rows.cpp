#include "engine/explain/test_rows.hpp"

#include <algorithm>

#include "engine/evaluate/evaluator.hpp"
#include "engine/update/apply.hpp"

namespace riskd::engine {
namespace {

TestRow row_of(const std::string& suite, const SuiteFacts& facts, const TestKey& key,
               const TestResult& result) {
  TestRow row;
  row.suite = suite;
  row.source = facts.source;
  row.key = key;
  row.title = result.title;
  row.cwe = result.cwe;
  row.outcome = result.outcome;
  if (result.details) row.severity = result.details->severity;
  return row;
}

TestRow row_of(const BoundTests& tests, const std::string& suite, const SuiteFacts& facts,
               const BoundTest& test) {
  const BoundResult& holds = *test.holds;
  TestRow row = row_of(suite, facts, test.key->test, holds.result());
  row.absent = holds.absent;
  row.verdict = holds.verdict;
  row.stale = holds.verdict == Verdict::passed && holds.stale;
  row.false_positive = test.ignored;
  row.unmatched = tests.is_unmatched(test);
  row.run = holds.run;
  row.url = holds.entry->url;
  row.at = holds.at;
  const auto add = [&](const auto& reached) {
    for (const auto* each : reached) {
      if (each->is_there) row.elements.push_back(each->id.str());
    }
  };
  add(test.weaknesses);
  add(test.countermeasures);
  std::sort(row.elements.begin(), row.elements.end());
  return row;
}

}  // namespace

// Where no result of a test holds, its row is the one that was listed last.
std::vector<TestRow> test_rows(const LiveProduct& product, std::string_view suite) {
  const BoundTests& tests = product.evaluator().tests;
  std::vector<TestRow> rows;
  for (const auto& [name, facts] : product.facts().suites) {
    if (!suite.empty() && name != suite) continue;
    const Runs runs = runs_of(facts);
    for (const auto& [key, listed] : facts.tests) {
      if (const BoundTest* test = tests.find(TestOf{name, key}); test != nullptr && test->holds) {
        rows.push_back(row_of(tests, name, facts, *test));
        continue;
      }
      const std::vector<Statement> said = statements_of(facts, runs, key);
      if (said.empty()) continue;
      TestRow row = row_of(name, facts, key, (*said.front().entry)->result);
      row.absent = said.front().absent;
      row.run = said.front().run;
      row.url = (*said.front().entry)->url;
      row.at = said.front().at;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace riskd::engine
