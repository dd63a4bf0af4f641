// riskd.toml, read and checked. Relative paths are relative to the file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.hpp"
#include "engine/base/result.hpp"

namespace riskd::service {

enum class Role : std::uint8_t { read, report, retire, answer, review, tracker, admin };

const std::vector<std::string>& role_names();
std::string_view to_string(Role role);
std::optional<Role> role_named(std::string_view name);

// [[peer]]: who may do what. Without any, the daemon's own user may do everything on the Unix socket.
struct PeerConfig {
  // A user of this machine: numbers, or names resolved at start; of the groups one is enough.
  std::optional<std::uint32_t> uid, gid;
  std::vector<Role> roles;
  std::vector<std::string> products;  // globs; empty: all
  // Instead of a user: a person whom a proxy names, or a group of it.
  std::string person = {}, group = {};
  std::string certificate = {};  // instead of all of these: the subject of a client's certificate
};

// Whether a request to this address shows its token to others: it goes over plain HTTP to another machine.
bool shows_token(std::string_view url);

// The kinds of tracker that this build has.
const std::vector<std::string>& tracker_kinds();

struct TrackerConfig {
  std::string name, kind;
  double poll_seconds = 300;
  // transitions: of a tracker on the web, the statuses that lead there, the last one where it ends; empty:
  // Azure DevOps finds them out
  std::string open_status = "To Do";  // of a directory tracker
  std::vector<std::string> close_path{"Done"}, reopen_path{"To Do"};
  int line = 0;            // in the file, for messages
  std::string status_map;  // the policy's map of this name reads its tickets; empty: the kind's own

  std::string path;  // of a directory tracker

  // Of a tracker on the web.
  std::string url, user, project;
  std::string token;        // what `token-file` or the variable `token-env` held
  std::string ticket_type;  // `type`
  std::string marker_field, label, link_type, markup;
  std::map<std::string, std::string> priorities;  // from the policy's words to the tracker's
  std::string api;                                // jira: "cloud", "data-center"
  std::string proxy, ca_file;
  double timeout_seconds = 30;
  std::string webhook_secret;  // what `webhook-secret-file` or `webhook-secret-env` held

  bool operator==(const TrackerConfig&) const = default;
};

struct RouteConfig {
  std::string products;  // a glob
  std::string tracker;
  std::string project;  // empty: the tracker's own
};

// [log] access: which requests have a line in the log, beside those that are refused for who sends them.
enum class AccessLogging : std::uint8_t { refused, changes, all };

// [log] format: how its lines are written. `automatic`: as text at a terminal, as logfmt elsewhere.
enum class LogFormatting : std::uint8_t { automatic, text, logfmt, json };

// [socket] mode, group; and of a proxy's socket.
struct SocketConfig {
  std::string path;
  unsigned mode = 0660;
  std::optional<std::uint32_t> group;

  bool operator==(const SocketConfig&) const = default;
};

// [[listen]] of kind `tls`.
struct TlsConfig {
  std::string address;
  std::uint16_t port = 0;
  std::string certificate_file, key_file, client_ca_file;
  bool needs_client_certificate = false, only_tls_1_3 = false;

  bool operator==(const TlsConfig&) const = default;
};

// [[listen]] of kind `proxy`.
struct ProxyConfig {
  SocketConfig socket;
  std::uint32_t uid = 0;
  std::string person_header, groups_header;  // in lower case; no groups where empty

  bool operator==(const ProxyConfig&) const = default;
};

// [store]: how long the results of security tests are kept that others have superseded. Without either: for ever.
struct Retention {
  std::optional<double> seconds;       // keep-results: since they arrived
  std::optional<std::size_t> uploads;  // keep-uploads: of each product, the newest
};

struct Config {
  std::string file;
  std::vector<std::string> policy_paths;
  std::string rules_folder;  // [policy] rules; empty: beside the program
  std::string store_path;
  Retention retention;
  std::uint64_t store_mebibytes = 65'536;  // [store] max-mebibytes: of the store's file
  std::string socket_path;
  unsigned socket_mode = 0660;
  std::optional<std::uint32_t> socket_group;
  std::vector<TlsConfig> tls;
  std::vector<ProxyConfig> proxies;
  std::string log_level = "info";  // [log] level
  LogFormatting log_format = LogFormatting::automatic;
  AccessLogging access_logging = AccessLogging::refused;
  std::size_t effects_per_change = 0;  // [limits] effects-per-change; 0: the built-in limit
  std::size_t warm_products = limits::warm_products;  // [limits] warm-products: kept evaluated
  // [limits] of each peer, and of all: see server::ServerOptions
  std::size_t peer_connections = limits::peer_connections;
  std::size_t peer_requests = limits::peer_requests;
  std::size_t peer_mebibytes = limits::peer_bytes >> 20;
  std::size_t peer_facts_per_second = limits::peer_facts_per_second;
  std::size_t body_mebibytes = limits::body_bytes >> 20;
  std::vector<TrackerConfig> trackers;
  std::vector<RouteConfig> routes;
  std::vector<PeerConfig> peers;
};

// Every mistake names `file:line`: an unknown key, a wrong type, a route to no tracker, a kind of
// tracker that this build does not have.
Result<Config> read_config(const std::string& file);

}  // namespace riskd::service
