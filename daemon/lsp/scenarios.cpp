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

std::string result_of(const Analysis& analysis, dsl::Span scenario) {
  if (!analysis.scenarios) return "not run: the policy has errors";
  const auto& all = analysis.scenarios->scenarios;
  const auto found = std::find_if(all.begin(), all.end(), [&](const dsl::ScenarioResult& each) {
    return each.span.file == scenario.file && each.span.begin == scenario.begin;
  });
  if (found == all.end()) return "not run";
  if (found->failures.empty()) return "passed";
  return "failed: " + found->failures.front().message;
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
    lenses.push_back(json::object{
        {"range", range_of(analysis, clause.head)},
        {"command", json::object{{"title", result_of(analysis, clause.head)}, {"command", ""}}}});
  }
  return lenses;
}

}  // namespace riskd::lsp
