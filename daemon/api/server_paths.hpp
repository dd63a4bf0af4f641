// Paths of riskd's files on this machine: its log names them, its socket does not.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/service/config.hpp"
#include "engine/base/result.hpp"

namespace riskd::api {

class ServerPaths {
 public:
  explicit ServerPaths(const service::Config& config);

  // `text` with the configured folders left out: a file in one is named as from there,
  // "shop/requirement--web.tls.md", and the folder itself by its last part, "tickets".
  std::string hidden(std::string text) const;
  Error hidden(Error error) const;  // its message and its place

  // The store's folder: for an admin, who copies it.
  const std::string& store() const { return store_; }

 private:
  std::string store_;
  std::vector<std::pair<std::string, std::string>> folders_;  // with their names, innermost first
};

}  // namespace riskd::api
