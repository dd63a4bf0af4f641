#include <fstream>
#include <iostream>
#include <memory>

#include "connectors/report.hpp"
#include "daemon/riskctl/app.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show.hpp"
#include "daemon/wire/json.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::riskctl {
namespace {

struct ResultsOptions {
  std::vector<std::string> files;
  std::string format;
  std::string tests_of, unmatched_of;  // products
};

int results(const ResultsOptions& given, const SharedOptions& options) {
  if (!given.unmatched_of.empty()) return print_unmatched(given.unmatched_of, options);
  if (!given.tests_of.empty()) return print_tests(given.tests_of, options);
  if (given.files.empty()) {
    complain({ErrorCode::invalid, "a report is missing: `riskctl results FILE`", {}});
    return exit_usage;
  }
  int code = exit_success;
  for (const std::string& name : given.files) {
    std::ifstream file;
    if (name != "-") file.open(name, std::ios::binary);
    if (name != "-" && !file) {
      code = complain({ErrorCode::not_found, "`" + name + "` cannot be opened", ""});
      continue;
    }
    const auto report = connectors::read_report(name == "-" ? std::cin : file, name, given.format);
    if (!report) {
      code = complain(report.error());
    } else if (options.json) {
      print_json_text(wire::write_report(*report));
    } else {
      print(shown(*report));
    }
  }
  return code;
}

}  // namespace

void add_results(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("results", "shows a test report as riskd reads it, or a product's tests");
  const auto given = std::make_shared<ResultsOptions>();
  CLI::Option* files =
      command->add_option("FILE", given->files, "reports, or - for standard input");
  CLI::Option* tests =
      command
          ->add_option("--tests", given->tests_of, "the tests of this product, and what they reach")
          ->option_text("PRODUCT");
  CLI::Option* unmatched = command
                               ->add_option("--unmatched", given->unmatched_of,
                                            "its results that reach no element, and why")
                               ->option_text("PRODUCT");
  tests->excludes(unmatched);
  files->excludes(tests)->excludes(unmatched);
  command->add_option(
      "--format", given->format,
      "the reports' format, instead of recognising it: " + engine::listed(engine::source_names()));
  command->footer(
      "Examples:\n  riskctl results zap.xml\n  riskctl results --json --format junit build/*.xml\n"
      "  riskctl results --unmatched shop");
  command->callback([given, &options, &outcome] { outcome.code = results(*given, options); });
}

}  // namespace riskd::riskctl
