// riskctl clock repair.
#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {
namespace {

int repair(const SharedOptions& options) {
  const auto answer = ask_daemon(options, "POST", "/v1/clock/repair", nullptr, Patience::long_run);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const json::value& products = member_of(*answer, "products");
  const auto corrected = products.is_number() ? products.to_number<std::size_t>() : 0;
  if (corrected == 0)
    print("no product has facts from the future: nothing was corrected\n");
  else
    print("the times of {} were corrected\n", counted(corrected, "product"));
  return exit_success;
}

}  // namespace

void add_clock(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("clock", "corrects times that a wrong clock gave to facts");
  command->require_subcommand(1);
  CLI::App* repair_times = command->add_subcommand(
      "repair", "corrects facts from the future to now; first set the machine's clock right");
  repair_times->footer(
      "It appends a correction to each product that has such facts; nothing is overwritten.\n\n"
      "Example:\n  riskctl clock repair");
  repair_times->callback([&options, &outcome] { outcome.code = repair(options); });
}

}  // namespace riskd::riskctl
