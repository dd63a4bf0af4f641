#include "daemon/cli/policy.hpp"

#include <filesystem>

#include "daemon/cli/diagnostics.hpp"
#include "daemon/cli/output.hpp"

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
  for (const dsl::Diagnostic& each : compiled->diagnostics) {
    if (dsl::info(each.code).severity == dsl::Severity::warning) continue;
    print_error("{}\n", shown(compiled->sources, each));
  }
  complain({ErrorCode::invalid, "the policy has errors", ""});
  return std::nullopt;
}

}  // namespace riskd::cli
