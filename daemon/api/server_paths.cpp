#include "daemon/api/server_paths.hpp"

#include <algorithm>
#include <filesystem>

#include "daemon/service/policy.hpp"

namespace riskd::api {

namespace fs = std::filesystem;

namespace {

// Whether a path goes on with this character.
bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

ServerPaths::ServerPaths(const service::Config& config) {
  const auto add = [this](const std::string& given) {
    std::string path = fs::path(given).lexically_normal().string();
    if (path.size() > 1 && path.back() == '/') path.pop_back();
    const std::string name = fs::path(path).filename().string();
    if (!name.empty()) folders_.emplace_back(std::move(path), name);
  };
  for (const std::string& path : config.policy_paths) add(path);
  add(service::find_rules_folder(config));
  add(config.store_path);
  add(config.socket_path);
  std::error_code unknown;
  store_ = fs::absolute(config.store_path, unknown).lexically_normal().string();
  const fs::path file = fs::absolute(config.file, unknown);
  add(file.string());
  add(file.parent_path().string());
  for (const service::TrackerConfig& tracker : config.trackers) {
    add(tracker.path);
    add(tracker.ca_file);
  }
  std::sort(folders_.begin(), folders_.end(),
            [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

std::string ServerPaths::hidden(std::string text) const {
  for (const auto& [folder, name] : folders_) {
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
      const std::size_t end = at + folder.size();
      const bool begins = at == 0 || !(is_of_name(text[at - 1]) || text[at - 1] == '/');
      if (!begins || (end < text.size() && is_of_name(text[end]))) {
        at = end;
        continue;
      }
      const bool is_below = end < text.size() && text[end] == '/';
      const std::string shown = is_below ? "" : name;
      text.replace(at, folder.size() + (is_below ? 1 : 0), shown);
      at += shown.size();
    }
  }
  return text;
}

Error ServerPaths::hidden(Error error) const {
  error.message = hidden(std::move(error.message));
  error.where = hidden(std::move(error.where));
  return error;
}

}  // namespace riskd::api
