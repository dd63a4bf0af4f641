// The results of scenarios as code lenses.
#include <algorithm>
#include <chrono>

#include "daemon/lsp/features.hpp"

namespace riskd::lsp {
namespace {

Instant now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

using dsl::ScenarioResult;

std::string verdict(const ScenarioResult& result) {
  return result.failures.empty() ? "passed" : "failed: " + result.failures.front().message;
}

json::object lens(const Analysis& analysis, dsl::Span place, const std::string& title) {
  return json::object{{"range", range_of(analysis, place)},
                      {"command", json::object{{"title", title}, {"command", ""}}}};
}

// Of a scenario one lens; of a table one for the table, and one for each of its cases.
void add_lenses(const Analysis& analysis, const dsl::Clause& scenario, json::array& lenses) {
  if (!analysis.scenarios)
    return lenses.push_back(lens(analysis, scenario.head, "not run: the policy has errors"));
  std::vector<const ScenarioResult*> results;
  for (const ScenarioResult& each : analysis.scenarios->scenarios) {
    if (each.span.file == scenario.span.file && each.span.begin >= scenario.span.begin &&
        each.span.begin < scenario.span.end)
      results.push_back(&each);
  }
  if (results.empty()) return lenses.push_back(lens(analysis, scenario.head, "not run"));
  if (results.size() == 1 && results.front()->span.begin == scenario.head.begin)
    return lenses.push_back(lens(analysis, scenario.head, verdict(*results.front())));
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const auto* each) { return !each->failures.empty(); });
  const std::string cases =
      std::to_string(results.size()) + (results.size() == 1 ? " case" : " cases");
  lenses.push_back(lens(
      analysis, scenario.head,
      failed == 0 ? "passed: " + cases : "failed: " + std::to_string(failed) + " of " + cases));
  for (const ScenarioResult* each : results)
    lenses.push_back(lens(analysis, each->span, verdict(*each)));
}

}  // namespace

json::value scenario_lenses(Analysis& analysis, std::uint32_t file) {
  const dsl::Syntax& syntax = analysis.compiled.syntax;
  json::array lenses;
  for (const dsl::ClauseId id : syntax.files[file]) {
    const dsl::Clause& clause = syntax.clauses[id];
    if (clause.kind != dsl::ClauseKind::scenario || clause.text == dsl::nothing) continue;
    if (!analysis.scenarios && analysis.compiled.sound())
      analysis.scenarios = dsl::run_scenarios(analysis.compiled, "", now());
    add_lenses(analysis, clause, lenses);
  }
  return lenses;
}

}  // namespace riskd::lsp
