#include "daemon/service/tracker_keys.hpp"

#include <algorithm>
#include <array>

namespace riskd::service {
namespace {

using Key = std::string_view;

constexpr std::array<Key, 6> of_directories{"name", "kind",        "path",
                                            "poll", "transitions", "status-map"};
constexpr std::array<Key, 12> of_all_on_the_web{
    "name", "kind",  "url",     "project", "token-file", "token-env",
    "poll", "proxy", "ca-file", "timeout", "priorities", "status-map"};

// A key that some kinds on the web take.
struct SpecialKey {
  Key name;
  std::array<Key, 5> kinds;
};

// GitHub and GitLab have no types and no transitions; Redmine has neither labels nor webhooks.
constexpr std::array<SpecialKey, 10> special_keys{{
    {"user", {"jira"}},
    {"type", {"azure", "jira", "redmine"}},
    {"api", {"jira"}},
    {"marker-field", {"azure", "redmine"}},
    {"markup", {"redmine"}},
    {"label", {"azure", "github", "gitlab", "jira"}},
    {"webhook-secret-file", {"azure", "github", "gitlab", "jira"}},
    {"webhook-secret-env", {"azure", "github", "gitlab", "jira"}},
    {"transitions", {"azure", "jira", "redmine"}},
    {"link-type", {"azure", "gitlab", "jira", "redmine"}},
}};

}  // namespace

std::vector<std::string> tracker_keys(std::string_view kind) {
  if (kind == "directory") return {of_directories.begin(), of_directories.end()};
  std::vector<std::string> keys(of_all_on_the_web.begin(), of_all_on_the_web.end());
  for (const SpecialKey& each : special_keys) {
    if (std::find(each.kinds.begin(), each.kinds.end(), kind) != each.kinds.end())
      keys.emplace_back(each.name);
  }
  return keys;
}

}  // namespace riskd::service
