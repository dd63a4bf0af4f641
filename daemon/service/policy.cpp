#include "daemon/service/policy.hpp"

#include <fmt/format.h>

#include "daemon/wire/file_names.hpp"
#include "dsl/text/shipped_rules.hpp"
#include "engine/evaluate/prepare.hpp"

namespace riskd::service {
namespace {

// The same policy with other names of its files: they are seen in explanations, messages and the
// archive. What is made of the program beside it refers into the program and is made again.
void rename_files(dsl::Compilation& compilation, const std::vector<std::string>& roots) {
  std::vector<std::string> paths;
  for (const dsl::SourceFile& source : compilation.sources) paths.push_back(source.name());
  const std::vector<std::string> names = wire::short_names(paths, roots);
  if (names == paths) return;
  dsl::Sources renamed;
  for (std::size_t i = 0; i < names.size(); ++i)
    renamed.emplace_back(names[i], std::string(compilation.sources[i].text()));
  compilation.sources = std::move(renamed);
  if (!compilation.program) return;
  engine::Program program = *compilation.program;
  program.files = names;
  compilation.program = engine::prepared(std::move(program));
}

}  // namespace

std::string find_rules_folder(const Config& config) {
  return config.rules_folder.empty() ? dsl::shipped_rules_folder() : config.rules_folder;
}

Result<dsl::Compilation> compile_policy(const Config& config, const PolicyFiles& files,
                                        FileNames names) {
  const std::string rules = find_rules_folder(config);
  std::vector<std::string> roots = config.policy_paths;
  roots.push_back(rules);
  dsl::Sources sources;
  for (const auto& [name, text] : files) sources.emplace_back(name, text);
  auto compilation = files.empty() ? dsl::load_policy(config.policy_paths, rules)
                                   : dsl::compile_with_rules(std::move(sources), rules);
  if (compilation && names == FileNames::brief) rename_files(*compilation, roots);
  return compilation;
}

dsl::Compilation compile_archived(const store::PolicyRecord& record) {
  dsl::Sources sources;
  for (const auto& [name, text] : record.files) sources.emplace_back(name, text);
  dsl::Compilation compilation = dsl::compile(std::move(sources));
  rename_files(compilation, {});
  return compilation;
}

PolicyFiles files_of(const dsl::Compilation& compilation) {
  PolicyFiles files;
  for (const dsl::SourceFile& source : compilation.sources) {
    files.emplace_back(source.name(), std::string(source.text()));
  }
  return files;
}

std::string render_all(const dsl::Compilation& compilation) {
  std::string text;
  for (const dsl::Diagnostic& diagnostic : compilation.diagnostics) {
    if (!text.empty()) text += '\n';
    text += dsl::render(compilation.sources, diagnostic, false);
  }
  return text;
}

Status check_status_maps(const Config& config, const engine::Program& program) {
  for (const TrackerConfig& tracker : config.trackers) {
    if (program.status_map(tracker.kind, tracker.status_map) != nullptr) continue;
    const std::string map =
        tracker.kind + (tracker.status_map.empty() ? "" : " ") + tracker.status_map;
    return fail(ErrorCode::invalid,
                fmt::format("tracker `{}` is of kind `{}`, and the policy has no `status-map {}`",
                            tracker.name, tracker.kind, map),
                fmt::format("{}:{}", config.file, tracker.line));
  }
  return Done{};
}

}  // namespace riskd::service
