// riskctl lsp: rule files in an editor.
#include <memory>

#include "daemon/lsp/server.hpp"
#include "daemon/riskctl/policy.hpp"

namespace riskd::riskctl {

void add_lsp(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("lsp", "serve an editor: LSP 3.17 on standard input and output");
  const auto paths = std::make_shared<std::vector<std::string>>();
  command->add_option("PATH", *paths,
                      ".risk files or folders that are one policy (each folder of the workspace)");
  command->footer(
      "Editors start it; its output is not for people. Exits 0 after `shutdown` and `exit`, 1 "
      "otherwise.\n\n"
      "Examples:\n  riskctl lsp\n  riskctl lsp policy\n  riskctl --rules /opt/rules lsp");
  command->callback(
      [paths, &options, &outcome] { outcome.code = lsp::serve(rules_folder(options), *paths); });
}

}  // namespace riskd::riskctl
