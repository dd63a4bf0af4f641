// riskctl: the command line.
#include <exception>
#include <sstream>

#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {

const std::vector<AddCommands>& commands() {
  static const std::vector<AddCommands> all{
      add_check,      add_explain,        add_fmt,        add_test,    add_doc,
      add_lsp,        add_eval,           add_replay,     add_results, add_products,
      add_components, add_answers,        add_ask,        add_model,   add_review,
      add_suite,      add_upload,         add_tickets,    add_past,    add_compare,
      add_history,    add_days,           add_clock,      add_tokens,  add_log,
      add_backup,     add_policy_changes, add_completion, add_manual};
  return all;
}

namespace {

// CLI11 writes its help, or the mistake, which names what was typed; its own codes are not ours.
int answer(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream help, mistake;
  const bool was_asked_for = app.exit(error, help, mistake) == 0;
  print(Text::lines(help.str()));
  if (!was_asked_for) print_error("riskctl: {}", Text::lines(mistake.str()));
  return was_asked_for ? exit_success : exit_usage;
}

int run(int argc, char** argv) {
  CLI::App app("riskctl: threat models from policies and facts, offline and from a running riskd",
               "riskctl");
  SharedOptions options;
  Outcome outcome;
  app.add_option("--socket", options.socket_path, "the daemon's socket (/run/riskd/riskd.sock)")
      ->type_name("FILE");
  app.add_option("--url", options.url,
                 "a riskd over TLS instead: https://riskd.example:8443 ($RISKD_URL)");
  app.add_option(
         "--token-file", options.token_file,
         "file with a token, for --url ($RISKD_TOKEN_FILE, or the token itself in $RISKD_TOKEN)")
      ->type_name("FILE");
  app.add_option("--ca-file", options.ca_file,
                 "authorities that sign its certificate, instead of the system's ($RISKD_CA_FILE)")
      ->type_name("FILE");
  app.add_option("--rules", options.rules_folder, "folder of the shipped rules")->type_name("DIR");
  app.add_option("--color,--colour", options.colour, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--timeout", options.timeout_seconds,
                 "seconds to wait for an answer of the daemon: 10; 40 for sync, trackers check and "
                 "tickets link; 600 for plan, reload, clock repair and upload")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 86'400.0));
  app.add_flag("--json", options.json, "stable JSON instead of text for people");
  app.set_version_flag("--version", std::string("riskctl ") + RISKD_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Examples:\n  riskctl check policy\n  riskctl eval --policy policy --facts facts.json\n"
      "`riskctl COMMAND --help` describes one command.");
  for (const AddCommands add : commands()) add(app, options, outcome);
  app.parse_complete_callback([&options] { use_colour(options.colour); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return answer(app, error);
  }
  return outcome.code;
}

}  // namespace
}  // namespace riskd::riskctl

int main(int argc, char** argv) {
  try {
    return riskd::riskctl::run(argc, argv);
  } catch (const std::exception& error) {
    riskd::riskctl::print_error("riskctl: bug: {}\n", error.what());
    return 70;
  }
}
