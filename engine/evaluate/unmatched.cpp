// Results that are about nothing that applies, and why.
#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "engine/evaluate/describe.hpp"

namespace riskd::engine {

namespace {

// The patterns in which an element stands.
struct PatternsOf {
  std::map<std::uint32_t, std::set<std::uint32_t>> weakness, countermeasure;

  explicit PatternsOf(const Program& program) {
    for (std::uint32_t pattern = 0; pattern < program.patterns.size(); ++pattern) {
      for (const std::uint32_t risk : program.patterns[pattern].risks) {
        for (const std::uint32_t each : program.risks[risk].weaknesses) {
          weakness[each].insert(pattern);
          for (const std::uint32_t use : program.weaknesses[each].uses)
            countermeasure[program.uses[use].countermeasure].insert(pattern);
        }
      }
    }
  }
};

// "`web.sql-injection` would take it, if `web.queries` were answered".
std::string why_of(const Unmatched& of, bool has_cwe) {
  if (of.takers.empty()) {
    return has_cwe ? "no `test` of the policy names it, and no weakness takes its CWE"
                   : "no `test` of the policy names it, and it has no CWE";
  }
  std::string text = "`" + of.takers.front() + "` would take it, if ";
  if (of.questions.empty()) return text + "`" + of.patterns.front() + "` applied";
  for (std::size_t i = 0; i < of.questions.size(); ++i) {
    if (i != 0) text += i + 1 == of.questions.size() ? " and " : ", ";
    text += "`" + of.questions[i] + "`";
  }
  return text + " were answered";
}

bool is_pattern(std::string_view undecided, std::string_view pattern) {
  return undecided == pattern ||
         (undecided.size() > pattern.size() && undecided.ends_with(pattern) &&
          undecided[undecided.size() - pattern.size() - 1] == '/');
}

// What of the policy would take the result, and what that waits for.
void explain_unmatched(const Program& program, const BoundTest& test, const PatternsOf& where,
                       const std::vector<Undecided>& undecided, Unmatched& out) {
  std::set<std::uint32_t> patterns;
  const auto take = [&](const std::vector<std::uint32_t>& definitions, const auto& elements,
                        const std::map<std::uint32_t, std::set<std::uint32_t>>& of) {
    for (const std::uint32_t each : definitions) {
      const auto found = of.find(each);
      if (found == of.end()) continue;  // no pattern uses it
      out.takers.push_back(elements[each].id);
      patterns.insert(found->second.begin(), found->second.end());
    }
  };
  take(test.about.weaknesses, program.weaknesses, where.weakness);
  take(test.about.countermeasures, program.countermeasures, where.countermeasure);
  if (out.takers.empty()) take(test.about.by_cwe, program.weaknesses, where.weakness);
  std::sort(out.takers.begin(), out.takers.end());
  std::set<std::string> questions;
  for (const std::uint32_t each : patterns) {
    out.patterns.push_back(program.patterns[each].id);
    for (const Undecided& open : undecided) {
      if (is_pattern(open.pattern, program.patterns[each].id))
        questions.insert(open.questions.begin(), open.questions.end());
    }
  }
  std::sort(out.patterns.begin(), out.patterns.end());
  out.questions.assign(questions.begin(), questions.end());
}

void count(const BoundTest& test, TestCounts& counts) {
  if (test.ignored) {
    ++counts.false_positive;
    return;
  }
  switch (test.holds->verdict) {
    case Verdict::ignored:
      break;
    case Verdict::passed:
      ++(test.holds->stale ? counts.stale : counts.passed);
      break;
    case Verdict::untested:
      ++counts.untested;
      break;
    case Verdict::failed:
      ++counts.failed;
      break;
  }
}

// Of a test that is about nothing that applies.
Unmatched describe_unmatched(const Evaluator& evaluator, const BoundTest& test,
                             const PatternsOf& where, const std::vector<Undecided>& undecided) {
  const std::string& component = test.key->test.component;
  const TestResult result = test.holds->result();
  Unmatched row;
  row.suite = test.key->suite;
  row.source = test.holds->source;
  row.id = test.shown_id();
  row.title = sanitize_outside(result.title, 200);
  row.cwe = result.cwe;
  row.run = test.holds->run;
  row.verdict = test.holds->verdict;
  if (result.details) row.severity = sanitize_outside(result.details->severity, 40);
  if (!component.empty() && std::none_of(evaluator.scopes.begin(), evaluator.scopes.end(),
                                         [&](const auto& each) { return each->id == component; })) {
    row.why = "the product has no component `" + component + "`";
    return row;
  }
  explain_unmatched(evaluator.program(), test, where, undecided, row);
  // What is in the policy already needs no hint.
  if (row.takers.empty()) {
    row.hint = "test " + row.source + " ";
    row.hint += row.source == "zap" ? result.id : "\"" + result.id + "\"";
  }
  row.why = why_of(row, !row.cwe.empty());
  return row;
}

}  // namespace

void describe_tests(const Evaluator& evaluator, Model& model) {
  std::vector<Unmatched>& all = model.unmatched;
  std::optional<PatternsOf> where;  // made for the first
  for (const auto& [name, suite] : evaluator.product().suites) {
    const auto take = [&](const KeptTest&, const BoundTest* test) {
      if (test == nullptr) return;
      count(*test, model.tests);
      if (!evaluator.tests.is_unmatched(*test)) return;
      if (!where) where.emplace(evaluator.program());
      all.push_back(describe_unmatched(evaluator, *test, *where, model.undecided));
    };
    evaluator.tests.each_of(name, suite, runs_of(suite), take);
  }
  model.tests.unmatched = all.size();
  for (const Unmatched& each : all) {
    if (each.verdict == Verdict::failed) ++model.tests.unmatched_failed[each.severity];
  }
  std::stable_sort(all.begin(), all.end(), [](const Unmatched& a, const Unmatched& b) {
    return std::tie(a.id, a.suite) < std::tie(b.id, b.suite);
  });
}

std::vector<Unmatched> unmatched_of_run(Evaluator& evaluator, const std::string& suite,
                                        std::string_view run, std::size_t count) {
  const auto facts = evaluator.product().suites.find(suite);
  if (facts == evaluator.product().suites.end() || count == 0) return {};
  const PatternsOf where(evaluator.program());
  Model open;
  describe_open(evaluator, open);
  // Those that did not fail behind the others.
  std::multimap<std::pair<bool, std::string>, Unmatched> first;
  evaluator.tests.each_of(
      suite, facts->second, runs_of(facts->second), [&](const KeptTest&, const BoundTest* test) {
        if (test == nullptr || test->holds->run != run || !evaluator.tests.is_unmatched(*test))
          return;
        std::pair order(test->holds->verdict != Verdict::failed, test->shown_id());
        if (first.size() == count && !(order < first.rbegin()->first)) return;
        first.emplace(std::move(order),
                      describe_unmatched(evaluator, *test, where, open.undecided));
        if (first.size() > count) first.erase(std::prev(first.end()));
      });
  std::vector<Unmatched> rows;
  for (auto& [order, row] : first) rows.push_back(std::move(row));
  return rows;
}

}  // namespace riskd::engine
