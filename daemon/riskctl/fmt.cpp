// riskctl fmt: the one layout of rule files.
#include <memory>

#include "daemon/riskctl/app.hpp"
#include "daemon/riskctl/diagnostics.hpp"
#include "daemon/riskctl/diff.hpp"
#include "daemon/riskctl/output.hpp"
#include "dsl/format/format.hpp"
#include "dsl/syntax/syntax.hpp"
#include "dsl/text/diagnostic.hpp"
#include "engine/base/limits.hpp"

namespace riskd::riskctl {
namespace {

struct FormatOptions {
  std::vector<std::string> paths;
  bool check = false;
  bool diff = false;
};

// Prints what is wrong with the syntax of a file that cannot be laid out.
void print_mistakes(const dsl::SourceFile& file) {
  const dsl::Sources sources{file};
  dsl::Diagnostics diagnostics;
  dsl::parse(sources, diagnostics);
  for (const dsl::Diagnostic& each : diagnostics.take_sorted())
    print_error("{}\n", shown(sources, each));
}

int format_stdin(const FormatOptions& chosen) {
  auto text = read_file("-", limits::source_file_bytes);
  if (!text) return complain(text.error());
  const dsl::SourceFile file("-", std::move(*text));
  const auto laid_out = dsl::format(file);
  if (!laid_out) {
    print_mistakes(file);
    return exit_bad_input;
  }
  if (chosen.diff) print(Text::lines(unified_diff(file.text(), *laid_out, "-")));
  if (!chosen.check && !chosen.diff) print_file(*laid_out);
  return chosen.check && *laid_out != file.text() ? exit_bad_input : exit_success;
}

int format_files(const FormatOptions& chosen) {
  if (chosen.paths == std::vector<std::string>{"-"}) return format_stdin(chosen);
  const auto sources = dsl::read_sources(chosen.paths);
  if (!sources) return complain(sources.error());
  std::size_t changed = 0;
  bool broken = false;
  for (const dsl::SourceFile& file : *sources) {
    const auto laid_out = dsl::format(file);
    if (!laid_out) {
      print_mistakes(file);
      broken = true;
      continue;
    }
    if (*laid_out == file.text()) continue;
    ++changed;
    if (chosen.diff) print(Text::lines(unified_diff(file.text(), *laid_out, file.name())));
    if (chosen.check) {
      if (!chosen.diff) print("{} is laid out otherwise\n", file.name());
    } else if (!chosen.diff) {
      if (const auto written = write_atomically(file.name(), *laid_out); !written)
        return complain(written.error());
      print("{}\n", file.name());
    }
  }
  if (broken) return exit_bad_input;
  return chosen.check && changed > 0 ? exit_bad_input : exit_success;
}

}  // namespace

void add_fmt(CLI::App& app, SharedOptions&, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("fmt", "lay out rule files, in place");
  const auto chosen = std::make_shared<FormatOptions>();
  command->add_option("PATH", chosen->paths, ".risk files or folders of them; - for standard input")
      ->required();
  command->add_flag("--check", chosen->check, "change nothing; exit 1 if a file would change");
  command->add_flag("--diff", chosen->diff, "change nothing; show what would change");
  command->footer(
      "Prints the files that it changed. A file with syntax errors is left alone, and the exit "
      "status is 1.\n\nExamples:\n  riskctl fmt policy\n  riskctl fmt --check --diff policy\n"
      "  riskctl fmt - < web.risk");
  command->callback([chosen, &outcome] { outcome.code = format_files(*chosen); });
}

}  // namespace riskd::riskctl
