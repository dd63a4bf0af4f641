// riskctl doc: a policy as a catalogue that people read.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/policy.hpp"
#include "dsl/catalogue/doc.hpp"

namespace riskd::riskctl {
namespace {

struct DocOptions {
  std::vector<std::string> paths;
  std::string folder;
  bool html = false;
};

int doc(const DocOptions& chosen, const SharedOptions& options) {
  const auto policy = load_sound(chosen.paths, options);
  if (!policy) return exit_bad_input;
  const bool one_page = chosen.folder.empty();
  const auto format = chosen.html ? dsl::DocFormat::html : dsl::DocFormat::markdown;
  const auto pages = dsl::write_catalogue(*policy, format, one_page);
  if (one_page) {
    print(Text::lines(pages.front().content));
    return exit_success;
  }
  std::error_code error;
  std::filesystem::create_directories(chosen.folder, error);
  if (error) {
    return complain({ErrorCode::unavailable,
                     fmt::format("`{}` cannot be made: {}", chosen.folder, error.message()), ""});
  }
  for (const dsl::DocPage& page : pages) {
    const auto written =
        write_atomically((std::filesystem::path(chosen.folder) / page.name).string(), page.content);
    if (!written) return complain(written.error());
  }
  print("{} pages, from {}\n", pages.size(),
        (std::filesystem::path(chosen.folder) / pages.front().name).string());
  return exit_success;
}

}  // namespace

void add_doc(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand("doc", "a readable catalogue of a policy");
  const auto chosen = std::make_shared<DocOptions>();
  command->add_option("PATH", chosen->paths, ".risk files or folders of them")->required();
  command->add_flag("--html", chosen->html, "HTML instead of Markdown");
  command->add_option("-o,--output", chosen->folder, "write several linked pages into this folder")
      ->type_name("DIR");
  command->footer(
      "The catalogue has patterns with their conditions in words, countermeasures, questions and\n"
      "what each one influences, indexes by CWE and standard, rating steps, status maps, evidence\n"
      "and tickets, also of imported libraries. Without -o it is one page on standard output. The\n"
      "same policy gives the same bytes. Exits 0, or 1 if the policy has errors.\n\n"
      "Examples:\n  riskctl doc policy > catalogue.md\n  riskctl doc --html policy > "
      "catalogue.html\n"
      "  riskctl doc --html -o site examples/shop/policy");
  command->callback([chosen, &options, &outcome] { outcome.code = doc(*chosen, options); });
}

}  // namespace riskd::riskctl
