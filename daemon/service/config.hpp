// riskd.toml, read and checked. Relative paths are relative to the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/limits.hpp"
#include "engine/result.hpp"

namespace riskd::service {

enum class Role : std::uint8_t { read, report, answer, review, tracker, admin };

// [[peer]]: who may do what on the Unix socket. Without any, the daemon's own user may do everything.
struct PeerConfig {
  std::optional<std::uint32_t> uid, gid;  // numbers, or names resolved at start
  std::vector<Role> roles;
  std::vector<std::string> products;  // globs; empty: all
};

struct TrackerConfig {
  std::string name, kind;
  std::string path;  // of a directory tracker
  double poll_seconds = 300;
  std::string open_status = "To Do", close_status = "Done", reopen_status = "To Do";  // transitions
  int line = 0;  // in the file, for messages
};

struct RouteConfig {
  std::string products;  // a glob
  std::string tracker;
};

struct Config {
  std::string file;
  std::vector<std::string> policy_paths;
  std::string rules_folder;  // [policy] rules; empty: beside the program
  std::string store_path;
  std::string socket_path;
  std::string log_level = "info";      // [log] level
  std::size_t effects_per_change = 0;  // [limits] effects-per-change; 0: the built-in limit
  std::size_t warm_products = limits::warm_products;  // [limits] warm-products: kept evaluated
  std::vector<TrackerConfig> trackers;
  std::vector<RouteConfig> routes;
  std::vector<PeerConfig> peers;
};

// Every mistake names `file:line`: an unknown key, a wrong type, a route to no tracker, a kind of
// tracker that this build does not have.
Result<Config> read_config(const std::string& file);

}  // namespace riskd::service
