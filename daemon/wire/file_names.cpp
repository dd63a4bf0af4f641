#include "daemon/wire/file_names.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace riskd::wire {
namespace {

namespace fs = std::filesystem;

// A path in two parts: the folders that a name may borrow, and the name.
struct Split {
  std::vector<std::string> folders;  // of the root, outermost first, without the file system's own
  std::string name;
  std::size_t borrowed = 0;  // folders that stand before the name

  bool can_borrow() const { return borrowed < folders.size(); }
  std::string text() const {
    std::string all;
    for (std::size_t i = folders.size() - borrowed; i < folders.size(); ++i)
      all += folders[i] + "/";
    return all + name;
  }
};

std::string normal(const std::string& path) {
  std::string text = fs::path(path).lexically_normal().string();
  if (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

Split split(const std::string& path, const std::vector<std::string>& roots) {
  std::string innermost;
  for (const std::string& root : roots) {
    const bool holds = root == "." ? !fs::path(path).is_absolute()
                                   : path == root || path.starts_with(root + "/") || root == "/";
    if (holds && root.size() > innermost.size()) innermost = root;
  }
  const bool is_below = !innermost.empty() && innermost != path;
  if (innermost.empty() && !fs::path(path).is_absolute()) return {{}, path};
  const fs::path root = is_below ? fs::path(innermost) : fs::path(path).parent_path();
  Split parts;
  for (const fs::path& folder : root.relative_path()) parts.folders.push_back(folder.string());
  parts.name = root == "." ? path : fs::path(path).lexically_relative(root).string();
  return parts;
}

}  // namespace

std::vector<std::string> short_names(const std::vector<std::string>& paths,
                                     const std::vector<std::string>& roots) {
  std::vector<std::string> folders;
  for (const std::string& root : roots) folders.push_back(normal(root));
  std::vector<Split> splits;
  for (const std::string& path : paths) splits.push_back(split(normal(path), folders));
  for (bool is_clear = false; !is_clear;) {
    is_clear = true;
    std::map<std::string, std::vector<Split*>> named;
    for (Split& each : splits) named[each.text()].push_back(&each);
    for (auto& [name, same] : named) {
      if (same.size() < 2) continue;
      for (Split* each : same) {
        if (!each->can_borrow()) continue;
        ++each->borrowed;
        is_clear = false;
      }
    }
  }
  std::vector<std::string> names;
  for (const Split& each : splits) names.push_back(each.text());
  return names;
}

}  // namespace riskd::wire
