// riskctl results --tests and --unmatched, suite.
#include <fmt/format.h>

#include <memory>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_change.hpp"

namespace riskd::riskctl {
namespace {

std::string name_of(const json::value& item) {
  const std::string component = text_at(item, "component");
  const std::string scope = text_at(item, "scope");
  return (component.empty() ? "" : component + "/") + text_at(item, "id") +
         (scope.empty() ? "" : " (" + scope + ")");
}

std::string texts_of(const json::array& list) {
  std::string text;
  for (const json::value& each : list) text += (text.empty() ? "" : ", ") + text_of(each);
  return text;
}

struct SuiteOptions {
  std::string product, suite;
};

int list_suites(const SuiteOptions& given, const SharedOptions& options) {
  const auto items = ask_list(options, product_target(given.product, "/suites"));
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  if (items->empty()) {
    print("no suites: nothing was uploaded for `{}`\n", given.product);
    return exit_success;
  }
  std::vector<Row> rows = {heading({"SUITE", "SOURCE", "TESTS", "RUNS", "NEWEST", "RUN"})};
  for (const json::value& item : *items) {
    const std::string retired = text_at(item, "retired");
    rows.push_back({text_at(item, "suite") +
                        (retired.empty() ? "" : " (retired " + moment_words(retired) + ")"),
                    text_at(item, "source"), text_at(item, "tests"), text_at(item, "runs"),
                    moment_words(text_at(item, "at")), text_at(item, "run")});
  }
  print(table(rows, terminal_width()));
  return exit_success;
}

int remove_suite(const SuiteOptions& given, const SharedOptions& options) {
  Snapshot before = options.json ? Snapshot() : snapshot(options, given.product);
  const auto answer = ask_daemon(
      options, "DELETE", product_target(given.product, "/suites/" + client::encode(given.suite)));
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const Change change = before.apply(*answer);
  print("{}: what `{}` said counts no more\n", given.product, given.suite);
  print("{}{}", rating_line(given.product, change), shown(change));
  return exit_success;
}

}  // namespace

int print_unmatched(const std::string& product, const SharedOptions& options) {
  const auto items = ask_list(options, product_target(product, "/results?unmatched=true"));
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  if (items->empty()) {
    print("every result of `{}` reaches something that applies\n", product);
    return exit_success;
  }
  std::vector<Row> rows = {heading({"MEANS", "SEVERITY", "TEST", "SUITE", "CWE", "WHY"})};
  for (const json::value& item : *items) {
    std::string why = text_at(item, "why");
    if (const std::string hint = text_at(item, "hint"); !hint.empty())
      why += "; `" + hint + "` would bind it";
    rows.push_back({text_at(item, "means"), text_at(item, "severity"),
                    text_at(item, "id") + "  " + text_at(item, "title"), text_at(item, "suite"),
                    texts_of(list_at(item, "cwe")), why});
  }
  print(table(rows, terminal_width()));
  return exit_success;
}

int print_tests(const std::string& product, const SharedOptions& options) {
  const auto items = ask_list(options, product_target(product, "/results"));
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  if (items->empty()) {
    print("no results: nothing was uploaded for `{}`\n", product);
    return exit_success;
  }
  std::vector<Row> rows = {
      heading({"MEANS", "OUTCOME", "SEVERITY", "TEST", "SUITE", "RUN", "REACHES"})};
  for (const json::value& item : *items) {
    rows.push_back({text_at(item, "means"), text_at(item, "outcome"), text_at(item, "severity"),
                    name_of(item), text_at(item, "suite"), text_at(item, "run"),
                    texts_of(list_at(item, "elements"))});
  }
  print(table(rows, terminal_width()));
  return exit_success;
}

void add_suite(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("suite", "the test suites of a product, and their runs");
  command->require_subcommand(1);
  const auto given = std::make_shared<SuiteOptions>();
  CLI::App* list = command->add_subcommand("list", "suites with their newest runs");
  list->add_option("PRODUCT", given->product)->required();
  list->footer("Example:\n  riskctl suite list shop");
  list->callback([given, &options, &outcome] { outcome.code = list_suites(*given, options); });
  CLI::App* remove = command->add_subcommand(
      "rm", "the suite's results so far no longer count; needs the role `retire`");
  remove->add_option("PRODUCT", given->product)->required();
  remove->add_option("SUITE", given->suite)->required();
  remove->footer("Example:\n  riskctl suite rm shop zap/nightly");
  remove->callback([given, &options, &outcome] { outcome.code = remove_suite(*given, options); });
}

}  // namespace riskd::riskctl
