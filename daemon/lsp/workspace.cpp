#include "daemon/lsp/workspace.hpp"

#include <algorithm>
#include <filesystem>

#include "dsl/compile.hpp"

namespace riskd::lsp {
namespace fs = std::filesystem;
namespace {

std::string canonical(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  return error ? fs::path(path).lexically_normal().string() : real.string();
}

bool is_below(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) &&
         (folder.ends_with('/') || path[folder.size()] == '/');
}

}  // namespace

std::optional<std::uint32_t> Analysis::file(std::string_view uri) const {
  const auto found = std::find(uris.begin(), uris.end(), uri);
  if (found == uris.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - uris.begin());
}

Workspace::Workspace(const std::string& rules_folder, const std::vector<std::string>& paths)
    : rules_folder_(rules_folder.empty() ? "" : canonical(rules_folder)) {
  for (const std::string& path : paths) paths_.push_back(canonical(path));
}

// A rule file of the installation; who works on the shipped rules has their folder as the workspace.
bool Workspace::is_shipped(const std::string& path) const {
  if (rules_folder_.empty() || !is_below(path, rules_folder_)) return false;
  const auto holds = [&](const std::string& each) { return path == each || is_below(path, each); };
  return std::none_of(folders_.begin(), folders_.end(), holds) &&
         std::none_of(paths_.begin(), paths_.end(), holds);
}

void Workspace::add_folder(std::string path) {
  if (!paths_.empty()) return;
  path = canonical(path);
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  folders_.push_back(std::move(path));
  policies_.clear();
}

void Workspace::remove_folder(const std::string& path) {
  folders_.erase(std::remove(folders_.begin(), folders_.end(), canonical(path)), folders_.end());
  policies_.clear();
}

void Workspace::open(Document document) {
  const std::string uri = document.uri;
  documents_[uri] = std::move(document);
  changed(uri);
}

void Workspace::close(const std::string& uri) {
  changed(uri);
  documents_.erase(uri);
}

Document* Workspace::document(const std::string& uri) {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : &found->second;
}

std::string Workspace::root_of(const std::string& uri) const {
  const auto path = path_of(uri);
  if (!path) return uri;
  const std::string file = canonical(*path);
  for (const std::string& each : paths_) {
    if (file == each || is_below(file, each)) return "paths:";
  }
  std::string best;
  for (const std::string& folder : folders_) {
    if (is_below(file, folder) && folder.size() > best.size()) best = folder;
  }
  return best.empty() ? fs::path(file).parent_path().string() : best;
}

std::vector<std::string> Workspace::open_documents() const {
  std::vector<std::string> uris;
  for (const auto& [uri, document] : documents_) uris.push_back(uri);
  return uris;
}

void Workspace::changed(const std::string& uri) { policies_[root_of(uri)].stale = true; }

void Workspace::changed_on_disk() {
  for (auto& [root, policy] : policies_) policy.stale = true;
}

dsl::Sources Workspace::sources_of(const std::string& root) {
  complaint_.clear();
  dsl::Sources sources;
  if (root == "paths:" || root.starts_with('/')) {
    auto read = dsl::read_sources(root == "paths:" ? paths_ : std::vector<std::string>{root});
    if (read)
      sources = std::move(*read);
    else if (read.error().code != ErrorCode::not_found)
      complaint_ = read.error().message + " (" + read.error().where + ")";
  }
  std::map<std::string, std::size_t> on_disk;
  for (std::size_t i = 0; i < sources.size(); ++i) on_disk[canonical(sources[i].name())] = i;
  for (const auto& [uri, document] : documents_) {
    if (root_of(uri) != root) continue;
    const auto path = path_of(uri);
    const std::string name = path ? canonical(*path) : uri;
    const auto known = on_disk.find(name);
    if (known != on_disk.end()) {
      dsl::SourceFile& source = sources[known->second];
      source = dsl::SourceFile(source.name(), document.text);
    } else {
      sources.emplace_back(name, document.text);
    }
  }
  return sources;
}

Analysis& Workspace::analyse_root(const std::string& root) {
  Policy& policy = policies_[root];
  if (!policy.stale && policy.analysis) return *policy.analysis;
  auto made = std::make_unique<Analysis>();
  dsl::Sources sources = sources_of(root);
  const std::size_t own = sources.size();
  auto compiled = dsl::compile_with_rules(sources, rules_folder_);
  if (!compiled) {
    complaint_ = compiled.error().message + " (" + compiled.error().where + ")";
    made->compiled = dsl::compile(std::move(sources));
  } else {
    made->compiled = std::move(*compiled);
  }
  made->names = dsl::index_names(made->compiled);
  std::map<std::string, std::string> open;  // path → the URI that the client calls it by
  for (const auto& [uri, document] : documents_) {
    if (const auto path = path_of(uri)) open[canonical(*path)] = uri;
  }
  for (std::size_t i = 0; i < made->compiled.sources.size(); ++i) {
    const std::string& name = made->compiled.sources[i].name();
    const std::string path = canonical(name);
    const auto known = open.find(path);
    const bool is_file = name.starts_with('/');
    made->uris.push_back(!is_file ? name : known != open.end() ? known->second : uri_of(path));
    made->ours.push_back(i < own && !is_shipped(path));
  }
  policy.analysis = std::move(made);
  policy.stale = false;
  return *policy.analysis;
}

Analysis& Workspace::analyse(const std::string& uri) { return analyse_root(root_of(uri)); }

Analysis& Workspace::last(const std::string& uri) {
  const std::string root = root_of(uri);
  const Policy& policy = policies_[root];
  return policy.analysis ? *policy.analysis : analyse_root(root);
}

const std::vector<std::string>& Workspace::shipped_libraries() {
  if (shipped_) return *shipped_;
  shipped_.emplace();
  if (rules_folder_.empty()) return *shipped_;
  const auto sources = dsl::read_sources({rules_folder_});
  if (!sources) return *shipped_;
  dsl::Diagnostics ignored;
  const dsl::Syntax syntax = dsl::parse(*sources, ignored);
  for (const dsl::Clause& clause : syntax.clauses) {
    if (clause.kind == dsl::ClauseKind::library) shipped_->push_back(clause.name.text);
  }
  std::sort(shipped_->begin(), shipped_->end());
  shipped_->erase(std::unique(shipped_->begin(), shipped_->end()), shipped_->end());
  return *shipped_;
}

}  // namespace riskd::lsp
