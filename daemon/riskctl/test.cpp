// riskctl test: the scenarios of a policy.
#include <fmt/chrono.h>

#include <ctime>
#include <memory>

#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/policy.hpp"
#include "daemon/riskctl/test_report.hpp"
#include "daemon/riskctl/watch.hpp"
#include "dsl/scenario/coverage.hpp"

namespace riskd::riskctl {
namespace {

struct TestOptions {
  std::vector<std::string> paths;
  std::string filter, now, junit, lcov;
  bool coverage = false;
  bool watch = false;
};

int test_once(const TestOptions& chosen, const SharedOptions& options, Instant now) {
  const auto policy = load_sound(chosen.paths, options);
  if (!policy) return exit_bad_input;
  const dsl::ScenarioRun run = dsl::run_scenarios(*policy, chosen.filter, now);
  std::size_t failed = 0;
  for (const dsl::ScenarioResult& scenario : run.scenarios)
    failed += scenario.failures.empty() ? 0 : 1;
  std::vector<dsl::CoverageItem> covered;
  if (chosen.coverage || !chosen.lcov.empty()) covered = dsl::coverage(*policy, run.reached);
  if (options.json) {
    print_json_text(run_json(*policy, run, chosen.coverage ? &covered : nullptr));
  } else {
    print(failures_text(*policy, run));
    if (chosen.coverage) print(Text::lines(dsl::coverage_text(*policy, covered)));
    if (!chosen.filter.empty() && run.scenarios.empty())
      print("no scenario's title contains \"{}\"\n", chosen.filter);
    print("{} passed, {} failed\n", run.scenarios.size() - failed, failed);
  }
  if (!chosen.junit.empty()) {
    if (const auto written = write_atomically(chosen.junit, run_junit(*policy, run)); !written)
      return complain(written.error());
  }
  if (!chosen.lcov.empty()) {
    if (const auto written = write_atomically(chosen.lcov, dsl::lcov(*policy, covered)); !written)
      return complain(written.error());
  }
  return failed == 0 ? exit_success : exit_bad_input;
}

int test(const TestOptions& chosen, const SharedOptions& options) {
  const auto now = parse_now(chosen.now);
  if (!now) {
    complain(now.error());
    return exit_usage;
  }
  if (!chosen.watch) return test_once(chosen, options, now->value_or(system_now()));
  stop_watching_on_signals();
  WatchedFiles files(chosen.paths);
  int code = exit_success;
  do {
    const std::time_t time = std::time(nullptr);
    print("── {} ──\n", fmt::format("{:%H:%M:%S}", fmt::localtime(time)));
    code = test_once(chosen, options, now->value_or(system_now()));
    flush_output();
  } while (files.wait_for_change());
  return code;
}

}  // namespace

void add_test(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("test", "run the scenarios of a policy");
  const auto chosen = std::make_shared<TestOptions>();
  command->add_option("PATH", chosen->paths, ".risk files or folders of them")->required();
  command->add_option("--filter", chosen->filter, "only scenarios whose title contains this");
  command->add_option("--now", chosen->now, "when scenarios begin that set no time themselves")
      ->type_name("TIME");
  command->add_flag(
      "--coverage", chosen->coverage,
      "also list the patterns, rows, steps, tickets and branches that no scenario reached");
  command->add_option("--lcov", chosen->lcov, "write the coverage as an LCOV tracefile")
      ->type_name("FILE");
  command->add_option("--junit", chosen->junit, "write the results as JUnit XML")
      ->type_name("FILE");
  command->add_flag("--watch", chosen->watch,
                    "run again whenever a rule file changes, until Ctrl-C");
  command->footer(
      "A failure shows the expected value, the actual one, and the value of every part of the\n"
      "condition behind it. Only scenarios of PATH run, and only PATH counts for coverage, not\n"
      "libraries that are imported from the shipped rules. Exits 0 if all pass, 1 otherwise; with\n"
      "--watch, as the last run did.\n\n"
      "Examples:\n  riskctl test policy\n  riskctl test --coverage rules\n"
      "  riskctl test --filter \"gift cards\" examples/shop/policy\n"
      "  riskctl test --junit scenarios.xml policy\n"
      "  riskctl test --lcov policy.info policy && genhtml --branch-coverage -o report "
      "policy.info\n"
      "  riskctl test --watch policy");
  command->callback([chosen, &options, &outcome] { outcome.code = test(*chosen, options); });
}

}  // namespace riskd::riskctl
