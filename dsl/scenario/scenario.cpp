#include "dsl/scenario/scenario.hpp"

#include <algorithm>

#include "dsl/scenario/scenario_runner.hpp"

namespace riskd::dsl {

ScenarioRunner::ScenarioRunner(const Compilation& policy, const ClauseIndex& index, Instant now,
                               Reached& reached)
    : policy_(policy),
      index_(index),
      syntax_(policy.syntax),
      program_(*policy.program),
      now_(now),
      reached_(reached) {
  live_.facts.id = "scenario";
}

// What a `given`, a `then` or an `expect` says. Each line is a step: what it changes is settled before the
// next one, as a daemon would.
void ScenarioRunner::statement(ClauseId id) {
  for (const ClauseId child : clause(id).children) {
    const auto visitor = [&](const auto& said) {
      if constexpr (requires { expect(said, child); }) {
        settle();
        explained_.clear();
        expect(said, child);
      } else {
        say(child);
        settled_ = false;
        settle();
      }
    };
    std::visit(visitor, clause(child).statement());
  }
}

ScenarioResult ScenarioRunner::run(const Clause& scenario, const Clause* one_case) {
  const auto begin = std::chrono::steady_clock::now();
  result_.title = plain(scenario.text);
  result_.span = scenario.head;
  for (const ClauseId id : scenario.children) {
    if (clause(id).kind != ClauseKind::scenario_case) statement(id);
  }
  if (one_case != nullptr) {
    result_.title += " (" + source(clause(one_case->children.front()).span) + ")";
    result_.span = one_case->head;
    for (const ClauseId id : one_case->children) statement(id);
  }
  settle();
  for (std::size_t i = 0; i < program_.patterns.size(); ++i)
    reached_.patterns[i] += applied_.contains(program_.patterns[i].id) ? 1 : 0;
  for (std::size_t i = 0; i < program_.tickets.size(); ++i)
    reached_.tickets[i] += opened_.contains(program_.tickets[i].name) ? 1 : 0;
  result_.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  return std::move(result_);
}

std::string ScenarioRunner::source(Span span) const {
  return on_one_line(text_of(policy_.sources, span), 100);
}

void ScenarioRunner::fail(Span span, std::string message, std::vector<std::string> details) {
  result_.failures.push_back({span, std::move(message), std::move(details)});
}

ScenarioRun run_scenarios(const Compilation& policy, const std::string& filter, Instant now) {
  ScenarioRun run;
  const ClauseIndex index(policy);
  run.reached.patterns.resize(policy.program->patterns.size());
  run.reached.tickets.resize(policy.program->tickets.size());
  const auto start = [&](const Clause& scenario, const Clause* one_case) {
    // The title with its case is known only once the runner has it, and running is cheap to skip.
    const std::string title = policy.syntax.texts[scenario.text].plain();
    std::string full = title;
    if (one_case != nullptr) {
      const Clause& given = policy.syntax.clauses[one_case->children.front()];
      full += " (" + std::string(text_of(policy.sources, given.span)) + ")";
    }
    if (!filter.empty() && full.find(filter) == std::string::npos) return;
    run.scenarios.push_back(
        ScenarioRunner(policy, index, now, run.reached).run(scenario, one_case));
  };
  for (std::size_t file = 0; file < policy.given_files; ++file) {
    for (const ClauseId id : policy.syntax.files[file]) {
      const Clause& scenario = policy.syntax.clauses[id];
      if (scenario.kind != ClauseKind::scenario) continue;
      bool cases = false;
      for (const ClauseId child : scenario.children) {
        const Clause& line = policy.syntax.clauses[child];
        if (line.kind != ClauseKind::scenario_case) continue;
        cases = true;
        start(scenario, &line);
      }
      if (!cases) start(scenario, nullptr);
    }
  }
  for (std::size_t i = 0; i < policy.program->patterns.size(); ++i) {
    const engine::Pattern& pattern = policy.program->patterns[i];
    if (run.reached.patterns[i] == 0 && pattern.place.file < policy.given_files)
      run.uncovered_patterns.push_back(pattern.id);
  }
  return run;
}

}  // namespace riskd::dsl
