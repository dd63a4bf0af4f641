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

}  // namespace

// Where no result of a test holds, its row is the one that was listed last.
std::vector<TestRow> Evaluator::test_rows(std::string_view suite) const {
  std::vector<TestRow> rows;
  for (const auto& [name, facts] : product_->suites) {
    if (!suite.empty() && name != suite) continue;
    const Runs runs = runs_of(facts);
    for (const auto& [key, listed] : facts.tests) {
      const auto found = tests_.find(TestOf{name, key});
      if (found == tests_.end() || !found->second.holds) {
        const std::vector<Said> said = said_of(facts, runs, key);
        if (said.empty()) continue;
        TestRow row = row_of(name, facts, key, (*said.front().entry)->result);
        row.absent = said.front().absent;
        row.run = said.front().run;
        row.url = (*said.front().entry)->url;
        row.at = said.front().at;
        rows.push_back(std::move(row));
        continue;
      }
      const BoundTest& test = found->second;
      TestRow row = row_of(name, facts, key, test.holds->result());
      row.absent = test.holds->absent;
      row.verdict = test.holds->verdict;
      row.stale = test.holds->verdict == Verdict::passed && test.holds->stale;
      row.false_positive = test.ignored;
      row.unmatched = is_unmatched(test);
      row.run = test.holds->run;
      row.url = test.holds->entry->url;
      row.at = test.holds->at;
      const auto add = [&](const auto& reached) {
        for (const auto* each : reached) {
          if (each->is_there) row.elements.push_back(each->id.str());
        }
      };
      add(test.weaknesses);
      add(test.countermeasures);
      std::sort(row.elements.begin(), row.elements.end());
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<TestRow> test_rows(const LiveProduct& product, std::string_view suite) {
  return product.evaluator().test_rows(suite);
}

}  // namespace riskd::engine
