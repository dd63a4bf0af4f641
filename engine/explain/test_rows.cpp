#include "engine/explain/test_rows.hpp"

#include <algorithm>

#include "engine/evaluate/describe.hpp"
#include "engine/update/apply.hpp"

namespace riskd::engine {
namespace {

TestRow row_of(const std::string& suite, const SuiteFacts& facts, const TestResult& result) {
  TestRow row;
  row.suite = suite;
  row.source = facts.source;
  row.key = {result.component, result.id, result.scope};
  row.title = result.title;
  row.cwe = result.cwe;
  row.outcome = result.outcome;
  if (result.details) row.severity = result.details->severity;
  return row;
}

TestRow row_of(const BoundTests& tests, const std::string& suite, const SuiteFacts& facts,
               const BoundTest& test) {
  const BoundResult& holds = *test.holds;
  TestRow row = row_of(suite, facts, holds.result());
  row.absent = holds.absent;
  row.verdict = holds.verdict;
  row.stale = holds.verdict == Verdict::passed && holds.stale;
  row.false_positive = test.ignored;
  row.unmatched = tests.is_unmatched(test);
  row.run = holds.run;
  row.url = holds.listing.said->url;
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
void each_test_row(const LiveProduct& product, std::string_view suite,
                   const std::function<void(TestRow)>& visit) {
  const BoundTests& tests = product.evaluator().tests;
  for (const auto& each : product.facts().suites) {
    const std::string& name = each.first;
    const SuiteFacts& facts = each.second;
    if (!suite.empty() && name != suite) continue;
    const Runs runs = runs_of(facts);
    tests.each_of(name, facts, runs, [&](const KeptTest& kept, const BoundTest* test) {
      if (test != nullptr) return visit(row_of(tests, name, facts, *test));
      const std::vector<Statement> said = statements_of(facts, runs, kept);
      if (said.empty()) return;
      TestRow row = row_of(name, facts, kept.result(*said.front().listing));
      row.absent = said.front().absent;
      row.run = said.front().run;
      row.url = said.front().listing->said->url;
      row.at = said.front().at;
      visit(std::move(row));
    });
  }
}

std::vector<TestRow> test_rows(const LiveProduct& product, std::string_view suite) {
  std::vector<TestRow> rows;
  each_test_row(product, suite, [&](TestRow row) { rows.push_back(std::move(row)); });
  return rows;
}

std::vector<Unmatched> unmatched_of_run(const LiveProduct& product, const std::string& suite,
                                        std::string_view run, std::size_t count) {
  return unmatched_of_run(product.evaluator(), suite, run, count);
}

}  // namespace riskd::engine
