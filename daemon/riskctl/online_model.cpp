// riskctl model.
#include <memory>

#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_model.hpp"
#include "daemon/riskctl/show_then.hpp"

namespace riskd::riskctl {

void add_model(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  struct ModelOptions {
    std::string product, at;
    bool verbose = false;
  };
  CLI::App* command =
      app.add_subcommand("model", "the threat model with states and ratings, as a tree");
  const auto given = std::make_shared<ModelOptions>();
  command->add_option("PRODUCT", given->product)->required();
  command->add_option("--at", given->at, "with the facts and the policy of this time")
      ->type_name("TIME");
  command->add_flag("--verbose", given->verbose, "show the place of each rule too");
  command->footer(
      "The risks with the highest rating come first. What is new or changed since the last "
      "approval is\n"
      "marked.\n\nExamples:\n  riskctl model shop\n  riskctl model shop --verbose\n"
      "  riskctl model shop --at 2026-11-20\n  riskctl model shop --json");
  command->callback([given, &options, &outcome] {
    std::string target = product_target(given->product, "/model");
    if (!given->at.empty()) target += "?at=" + client::encode(given->at);
    const auto model = ask_daemon(options, "GET", target);
    outcome.code = model ? exit_success : exit_bad_input;
    if (!model) return;
    if (options.json) {
      print_json(*model);
      return;
    }
    if (!given->at.empty()) print("{}\n", shown_then(member_of(*model, "then")));
    print_model(*model, given->verbose);
  });
}

}  // namespace riskd::riskctl
