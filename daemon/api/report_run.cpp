#include "daemon/api/report_run.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "daemon/wire/json.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::api {
namespace {

const engine::SuiteFacts* suite_of(const engine::Product& facts, const std::string& name) {
  const auto found = facts.suites.find(name);
  return found == facts.suites.end() ? nullptr : &found->second;
}

void add_switched_off(engine::RunFact& run, const connectors::Report& report,
                      const engine::SuiteFacts* known) {
  if (known == nullptr || report.switched_off.empty()) return;
  const std::set<std::string> off(report.switched_off.begin(), report.switched_off.end());
  std::set<std::pair<std::string, std::string>> listed;
  for (const engine::TestResult& each : run.results) listed.emplace(each.id, each.scope);
  for (const engine::KeptTest& test : known->tests) {
    if (test.key().component != run.component || test.listed.empty()) continue;
    const engine::TestResult newest = test.result(test.listed.back());
    const bool is_off = off.contains(newest.id) ||
                        std::any_of(newest.aliases.begin(), newest.aliases.end(),
                                    [&](const std::string& alias) { return off.contains(alias); });
    if (!is_off || !listed.emplace(newest.id, newest.scope).second) continue;
    engine::TestResult result;
    result.id = newest.id;
    result.scope = newest.scope;
    result.aliases = newest.aliases;  // by them the next run knows it
    result.title = newest.title;
    result.outcome = engine::TestOutcome::skipped;
    run.results.push_back(std::move(result));
  }
}

// The innermost suite, as the test case has it.
std::string suite_name(const engine::TestResult& result) {
  for (const auto& [name, value] : result.attributes) {
    if (name == "suite") return value;
  }
  return {};
}

bool worse(const engine::TestResult& a, const engine::TestResult& b) {
  const auto rank = [](engine::TestOutcome outcome) {
    return outcome == engine::TestOutcome::failed  ? 3
           : outcome == engine::TestOutcome::error ? 2
                                                   : outcome == engine::TestOutcome::skipped;
  };
  return rank(a.outcome) > rank(b.outcome);
}

// Tells test cases apart that have one class and name: those of a source that names suites (JUnit).
//
// As long as there is only one, its name is the class's and the case's: names of suites change with hosts and folders.
// The test that was known so keeps its name; the others have their suites in it, from then on in every run.
class SuiteNames {
 public:
  SuiteNames(engine::RunFact& run, const engine::SuiteFacts* known) : run_(run), known_(known) {}

  void tell_apart() {
    std::map<std::string, Cases> cases;
    for (engine::TestResult& each : run_.results) cases[each.id][each.scope].push_back(&each);
    bool by_suite = false;
    for (auto& [id, suites] : cases) {
      if (const auto plain = plain_of(id, suites)) {
        for (engine::TestResult* each : suites[*plain]) each->scope.clear();
      }
      by_suite = by_suite || has_scopes(id) || suites.size() > 1;
    }
    // A run covers the suites that it names; which they are matters only to tests that have one in their name.
    if (!by_suite && !knows_scopes()) run_.scopes.clear();
  }

 private:
  using Cases =
      std::map<std::string, std::vector<engine::TestResult*>>;  // by the suites they stand in

  // The suites whose case is the test without suites in its name; nullopt: every test has them.
  std::optional<std::string> plain_of(const std::string& id, const Cases& suites) const {
    const engine::KeptTest* plain = known_test(id, "");
    const bool told_apart = has_scopes(id);
    if (plain == nullptr) {
      if (suites.size() == 1 && !told_apart) return suites.begin()->first;
      return std::nullopt;
    }
    const engine::Listing& newest = plain->listed.back();
    const std::string known_suite = suite_name(plain->result(newest));
    std::optional<std::string> other;
    for (const auto& [scope, results] : suites) {
      if (!scope.empty() && known_test(id, scope) != nullptr) continue;  // known by its suites
      if (suite_name(*results.front()) == known_suite) return scope;
      const bool is_worse = !other || worse(worst(results), worst(suites.at(*other)));
      if (is_worse) other = scope;
    }
    // Another part of the same run has it in another suite.
    if (newest.said->run == run_.run && !run_.run.empty()) return std::nullopt;
    // Its suite has a new name, or is gone.
    return told_apart ? std::nullopt : other;
  }

  static const engine::TestResult& worst(const std::vector<engine::TestResult*>& results) {
    return **std::max_element(results.begin(), results.end(),
                              [](const auto* a, const auto* b) { return worse(*b, *a); });
  }

  const engine::KeptTest* known_test(const std::string& id, const std::string& scope) const {
    return known_ == nullptr ? nullptr : known_->tests.find({run_.component, id, scope});
  }

  // Whether a test of that name has suites in it.
  bool has_scopes(const std::string& id) const {
    if (known_ == nullptr) return false;
    const engine::KeptTest* after = known_->tests.after({run_.component, id, ""});
    return after != nullptr && after->key().component == run_.component && after->key().id == id;
  }

  bool knows_scopes() const {
    return known_ != nullptr &&
           std::any_of(known_->tests.begin(), known_->tests.end(),
                       [](const engine::KeptTest& each) { return !each.key().scope.empty(); });
  }

  engine::RunFact& run_;
  const engine::SuiteFacts* known_;
};

}  // namespace

NamedRun run_of_bytes(const engine::Product& facts, const RunOf& of, const std::string& bytes) {
  NamedRun named{bytes};
  const engine::SuiteFacts* known = suite_of(facts, of.suite);
  if (known == nullptr) return named;
  const auto has_bytes = [&](const std::string& run) {
    return run.starts_with(bytes) && (run.size() == bytes.size() || run[bytes.size()] == '.');
  };
  const engine::Runs runs = engine::runs_of(*known);
  std::size_t before = 0;
  bool first = true;
  for (const engine::Run& run : runs.newest_first) {
    if (run.component != of.component) continue;
    if (has_bytes(run.id)) {
      if (first) return {run.id, true};
      ++before;
    }
    first = false;
  }
  if (before != 0) return {fmt::format("{}.{}", bytes, before + 1), true};
  return named;
}

engine::RunFact run_of_report(const connectors::Report& report, const RunOf& of,
                              const engine::Product& facts) {
  engine::RunFact run = wire::to_run(report, of.suite, of.run, of.component);
  const engine::SuiteFacts* known = suite_of(facts, of.suite);
  const engine::TestSource* source = engine::test_source(report.format);
  if (source != nullptr && source->names_suites) SuiteNames(run, known).tell_apart();
  add_switched_off(run, report, known);
  for (engine::TestResult& result : run.results) result.verdict = false;
  return run;
}

}  // namespace riskd::api
