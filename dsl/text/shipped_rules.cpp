#include "dsl/text/shipped_rules.hpp"

#include <filesystem>
#include <system_error>

namespace riskd::dsl {

namespace fs = std::filesystem;

std::string shipped_rules_folder() {
  std::error_code error;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  while (!error && !folder.empty()) {
    for (const char* name : {"rules", "share/riskd/rules"}) {
      if (fs::exists(folder / name / "core" / "core.risk", error)) return (folder / name).string();
      error.clear();  // a folder that may not be looked into is none
    }
    if (folder == folder.root_path()) break;
    folder = folder.parent_path();
  }
  constexpr const char* installed = "/usr/share/riskd/rules";
  error.clear();
  return fs::is_directory(installed, error) ? installed : "";
}

}  // namespace riskd::dsl
