#include "daemon/service/tracker_keys.hpp"

#include <array>

#include "connectors/trackers/web_kinds.hpp"

namespace riskd::service {
namespace {

using Key = std::string_view;

constexpr std::array<Key, 6> of_directories{"name", "kind",        "path",
                                            "poll", "transitions", "status-map"};
constexpr std::array<Key, 13> of_all_on_the_web{
    "name",  "kind",    "url",     "project",    "token-file", "token-env", "poll",
    "proxy", "ca-file", "timeout", "priorities", "status-map", "plain-http"};

}  // namespace

std::vector<std::string> tracker_keys(std::string_view kind) {
  if (kind == "directory") return {of_directories.begin(), of_directories.end()};
  std::vector<std::string> keys(of_all_on_the_web.begin(), of_all_on_the_web.end());
  if (const connectors::WebKind* row = connectors::web_kind(kind))
    keys.insert(keys.end(), row->keys.begin(), row->keys.end());
  return keys;
}

}  // namespace riskd::service
