// riskctl test: the scenarios of a policy.
#include <fmt/format.h>

#include <memory>

#include "daemon/cli/policy.hpp"
#include "daemon/wire/json.hpp"
#include "dsl/scenario.hpp"

namespace riskd::cli {
namespace {

struct TestOptions {
  std::vector<std::string> paths;
  std::string filter, now;
  bool coverage = false;
};

std::string place_of(const dsl::Compilation& policy, dsl::Span span) {
  const dsl::LineColumn at = policy.sources[span.file].locate(span.begin);
  return fmt::format("{}:{}:{}", policy.sources[span.file].name(), at.line, at.column);
}

void print_json(const dsl::Compilation& policy, const dsl::ScenarioRun& run) {
  fmt::print("{{\"scenarios\":[");
  const char* comma = "";
  for (const dsl::ScenarioResult& scenario : run.scenarios) {
    fmt::print("{}{{\"title\":{},\"place\":{},\"passed\":{},\"failures\":[", comma,
               wire::quote(scenario.title), wire::quote(place_of(policy, scenario.span)),
               scenario.failures.empty());
    const char* inner = "";
    for (const dsl::ScenarioFailure& failure : scenario.failures) {
      fmt::print("{}{{\"place\":{},\"message\":{}}}", inner,
                 wire::quote(place_of(policy, failure.span)), wire::quote(failure.message));
      inner = ",";
    }
    fmt::print("]}}");
    comma = ",";
  }
  fmt::print("],\"uncovered-patterns\":[");
  comma = "";
  for (const std::string& pattern : run.uncovered_patterns) {
    fmt::print("{}{}", comma, wire::quote(pattern));
    comma = ",";
  }
  fmt::print("]}}\n");
}

int test(const TestOptions& chosen, const SharedOptions& options) {
  const auto now = parse_now(chosen.now);
  if (!now) {
    complain(now.error());
    return exit_usage;
  }
  const auto policy = load_sound(chosen.paths, options);
  if (!policy) return exit_bad_input;
  const dsl::ScenarioRun run =
      dsl::run_scenarios(*policy, chosen.filter, now->value_or(system_now()));
  std::size_t failed = 0;
  for (const dsl::ScenarioResult& scenario : run.scenarios)
    failed += scenario.failures.empty() ? 0 : 1;
  if (options.json) {
    print_json(*policy, run);
    return failed == 0 ? exit_success : exit_bad_input;
  }
  const bool colour = options.colour_on_stdout();
  for (const dsl::ScenarioResult& scenario : run.scenarios) {
    if (scenario.failures.empty()) continue;
    fmt::print("{}failed{}: {} ({})\n", colour ? "\x1b[1;31m" : "", colour ? "\x1b[0m" : "",
               scenario.title, place_of(*policy, scenario.span));
    for (const dsl::ScenarioFailure& failure : scenario.failures) {
      fmt::print("  {}: {}\n", place_of(*policy, failure.span), failure.message);
      for (const std::string& detail : failure.details) fmt::print("      {}\n", detail);
    }
  }
  if (chosen.coverage) {
    for (const std::string& pattern : run.uncovered_patterns)
      fmt::print("no scenario reaches {}\n", pattern);
    fmt::print("{} of {} patterns reached\n",
               policy->program->patterns.size() - run.uncovered_patterns.size(),
               policy->program->patterns.size());
  }
  fmt::print("{} passed, {} failed\n", run.scenarios.size() - failed, failed);
  return failed == 0 ? exit_success : exit_bad_input;
}

}  // namespace

void add_test(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("test", "run the scenarios of a policy");
  const auto chosen = std::make_shared<TestOptions>();
  command->add_option("PATH", chosen->paths, ".risk files or folders of them")->required();
  command->add_option("--filter", chosen->filter, "only scenarios whose title contains this");
  command
      ->add_option("--now", chosen->now, "the moment at which scenarios begin that do not say it")
      ->type_name("TIME");
  command->add_flag("--coverage", chosen->coverage, "also say which patterns no scenario reached");
  command->footer(
      "Exits 0 where all pass, 1 otherwise.\n\n"
      "Examples:\n  riskctl test policy\n  riskctl test --coverage rules\n"
      "  riskctl test --filter \"gift cards\" examples/shop/policy");
  command->callback([chosen, &options, &outcome] { outcome.code = test(*chosen, options); });
}

}  // namespace riskd::cli
