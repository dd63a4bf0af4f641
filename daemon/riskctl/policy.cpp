#include "daemon/riskctl/policy.hpp"

#include "daemon/riskctl/diagnostics.hpp"
#include "daemon/riskctl/output.hpp"
#include "dsl/compile.hpp"
#include "dsl/text/shipped_rules.hpp"

namespace riskd::riskctl {

std::string rules_folder(const SharedOptions& options) {
  return options.rules_folder.empty() ? dsl::shipped_rules_folder() : options.rules_folder;
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

}  // namespace riskd::riskctl
