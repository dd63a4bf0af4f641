#include "daemon/cli/policy.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

namespace riskd::cli {

namespace fs = std::filesystem;

std::string rules_folder(const SharedOptions& options) {
  if (!options.rules_folder.empty()) return options.rules_folder;
  std::error_code error;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  while (!error && !folder.empty()) {
    for (const char* name : {"rules", "share/riskd/rules"}) {
      if (fs::exists(folder / name / "core" / "core.risk", error)) return (folder / name).string();
      error.clear();
    }
    if (folder == folder.root_path()) break;
    folder = folder.parent_path();
  }
  return "/usr/share/riskd/rules";
}

Result<dsl::Compilation> load(const std::vector<std::string>& paths, const SharedOptions& options) {
  return dsl::load_policy(paths, rules_folder(options));
}

std::optional<dsl::Compilation> load_sound(const std::vector<std::string>& paths,
                                           const SharedOptions& options) {
  auto compiled = load(paths, options);
  if (!compiled) {
    complain(compiled.error());
    return std::nullopt;
  }
  if (compiled->sound()) return std::move(*compiled);
  const bool colour =
      options.colour == "always" || (options.colour == "auto" && ::isatty(STDERR_FILENO) == 1);
  for (const dsl::Diagnostic& each : compiled->diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::warning) continue;
    fmt::print(stderr, "{}\n", dsl::render(compiled->sources, each, colour));
  }
  complain({ErrorCode::invalid, "the policy has errors", ""});
  return std::nullopt;
}

}  // namespace riskd::cli
