#include <memory>

#include "daemon/riskctl/diagnostics.hpp"
#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/policy.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::riskctl {
namespace {

Text closing_line(const dsl::Compilation& compiled) {
  std::size_t errors = 0;
  for (const dsl::Diagnostic& each : compiled.diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::error) ++errors;
  }
  const std::size_t warnings = compiled.diagnostics.size() - errors;
  if (!compiled.sound()) {
    Text line = counted(errors, "error");
    if (warnings > 0) line += text(", {}", counted(warnings, "warning"));
    return line;
  }
  const engine::Program& program = *compiled.program;
  Text line = text("checked {}: {}, {}, {}, {}", counted(compiled.sources.size(), "file"),
                   counted(program.patterns.size(), "pattern"),
                   counted(program.weaknesses.size(), "weakness", "weaknesses"),
                   counted(program.countermeasures.size(), "countermeasure"),
                   counted(program.questions.size(), "question"));
  if (warnings > 0) line += text("; {}", counted(warnings, "warning"));
  return line;
}

int check(const std::vector<std::string>& paths, const SharedOptions& options) {
  // Kept until the process ends, and not taken apart then: of a large policy that costs as much as a
  // tenth of the check.
  static const auto* const kept = new auto(load(paths, options));
  const auto& compiled = *kept;
  if (!compiled) return complain(compiled.error());
  if (options.json) {
    print_json_text(wire::write_diagnostics(*compiled));
  } else {
    for (const dsl::Diagnostic& each : compiled->diagnostics) {
      print("{}\n", shown(compiled->sources, each));
    }
    print("{}\n", closing_line(*compiled));
  }
  return compiled->sound() ? exit_success : exit_bad_input;
}

}  // namespace

void add_check(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("check", "parse, resolve, type and analyse a policy");
  const auto paths = std::make_shared<std::vector<std::string>>();
  command->add_option("PATH", *paths, ".risk files or folders of them")->required();
  command->footer(
      "Exits 0 if the policy is sound, 1 if it has errors.\n\n"
      "Examples:\n  riskctl check policy\n  riskctl check --json policy/shop.risk");
  command->callback([paths, &options, &outcome] { outcome.code = check(*paths, options); });
}

}  // namespace riskd::riskctl
