// What the tests of a product say now, and which elements they reach: for people who triage results.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/evaluate/model.hpp"
#include "engine/facts/fact.hpp"
#include "engine/facts/product.hpp"

namespace riskd::engine {

class LiveProduct;

// One test, with the result that holds.
struct TestRow {
  std::string suite, source;
  TestKey key;
  std::string title;
  std::vector<int> cwe;
  TestOutcome outcome = TestOutcome::passed;  // as it was listed
  bool absent = false;                        // and the run that holds lists it no more
  Verdict verdict = Verdict::ignored;         // what it means
  bool stale = false;                         // a pass that is too old
  bool false_positive = false;  // somebody decided so, for the product or all of its component
  bool unmatched = false;       // it is about nothing that applies
  std::string severity;         // of a finding, in the tool's own words
  std::string run, url;
  Instant at;                         // of its run, or its own
  std::vector<std::string> elements;  // that are there and that it reaches, sorted
};

// Visits a row of each test: there may be very many. Of every suite, or of the one that is named; by suite, then by
// component, id and scope.
void each_test_row(const LiveProduct& product, std::string_view suite,
                   const std::function<void(TestRow)>& visit);
// The same as a list.
std::vector<TestRow> test_rows(const LiveProduct& product, std::string_view suite = {});

// The first `count` results of a run that are about nothing that applies: those that failed first, then by id.
std::vector<Unmatched> unmatched_of_run(const LiveProduct& product, const std::string& suite,
                                        std::string_view run, std::size_t count);

}  // namespace riskd::engine
