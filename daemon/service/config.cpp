#include "daemon/service/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "connectors/trackers/web_kinds.hpp"
#include "daemon/service/access_config.hpp"
#include "daemon/service/toml_reader.hpp"
#include "daemon/service/tracker_keys.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::service {
namespace {

using Names = TomlReader::Names;

constexpr std::size_t most_mebibytes = std::size_t{1} << 24;  // 16 TiB
const Names log_levels = {"trace", "debug", "info", "warn", "error", "off"};

class Reader : public TomlReader {
 public:
  explicit Reader(const std::string& file) : TomlReader(file) {}

  Config read(const toml::table& root) {
    config_.file = file();
    known(root, "the configuration",
          {"policy", "store", "socket", "log", "limits", "tracker", "route", "listen", "peer"});
    read_policy(section(root, "policy"));
    read_store(section(root, "store"));
    read_main_socket(*this, section(root, "socket"), config_);
    if (const auto* log = optional_section(root, "log")) read_log(*log);
    if (const auto* limits = optional_section(root, "limits")) read_limits(*limits);
    each(root, "tracker", [this](const toml::table& table) { read_tracker(table); });
    each(root, "route", [this](const toml::table& table) { read_route(table); });
    each(root, "listen",
         [this](const toml::table& table) { read_listener(*this, table, config_); });
    each(root, "peer", [this](const toml::table& table) { read_peer(*this, table, config_); });
    check_access(*this, root, config_);
    return std::move(config_);
  }

 private:
  void read_policy(const toml::table& table) {
    known(table, "[policy]", {"paths", "rules"});
    const toml::node* paths = table.get("paths");
    if (paths == nullptr) refuse(table.source(), "[policy] needs `paths`");
    for (const std::string& path : texts(*paths, "paths")) {
      config_.policy_paths.push_back(resolved(path));
    }
    if (config_.policy_paths.empty()) {
      refuse(paths->source(), "`paths` names no rule file and no folder");
    }
    if (const toml::node* rules = table.get("rules")) {
      config_.rules_folder = resolved(text(*rules, "rules"));
    }
  }

  void read_store(const toml::table& table) {
    known(table, "[store]", {"path", "keep-results", "keep-uploads", "max-mebibytes"});
    config_.store_path = resolved(required_text(table, "path", "[store]"));
    if (const toml::node* time = table.get("keep-results"))
      config_.retention.seconds = duration(*time, "keep-results");
    if (const toml::node* count = table.get("keep-uploads"))
      config_.retention.uploads = whole_number(*count, "keep-uploads");
    if (const toml::node* most = table.get("max-mebibytes")) {
      config_.store_mebibytes = whole_number(*most, "max-mebibytes");
      if (config_.store_mebibytes > most_mebibytes)
        refuse(most->source(), fmt::format("`max-mebibytes` is at most {}", most_mebibytes));
    }
  }

  void read_log(const toml::table& table) {
    known(table, "[log]", {"level", "format", "access"});
    if (const toml::node* level = table.get("level"))
      config_.log_level = one_of(*level, "level", log_levels);
    if (const toml::node* format = table.get("format")) {
      const Names names = {"auto", "text", "logfmt", "json"};
      const auto found = std::find(names.begin(), names.end(), one_of(*format, "format", names));
      config_.log_format = static_cast<LogFormatting>(found - names.begin());
    }
    if (const toml::node* access = table.get("access")) {
      const Names names = {"refused", "changes", "all"};
      const auto found = std::find(names.begin(), names.end(), one_of(*access, "access", names));
      config_.access_logging = static_cast<AccessLogging>(found - names.begin());
    }
  }

  void read_limits(const toml::table& table) {
    const std::vector<std::pair<std::string, std::size_t*>> rows = {
        {"effects-per-change", &config_.effects_per_change},
        {"warm-products", &config_.warm_products},
        {"peer-connections", &config_.peer_connections},
        {"peer-requests", &config_.peer_requests},
        {"peer-mebibytes", &config_.peer_mebibytes},
        {"peer-facts-per-second", &config_.peer_facts_per_second},
        {"body-mebibytes", &config_.body_mebibytes},
    };
    Names names;
    for (const auto& [name, value] : rows) names.push_back(name);
    known(table, "[limits]", names);
    for (const auto& [name, value] : rows) {
      const toml::node* node = table.get(name);
      if (node == nullptr) continue;
      *value = whole_number(*node, name);
      constexpr std::size_t least = limits::json_bytes >> 20;
      if (name.ends_with("-mebibytes") && *value < least) {
        refuse(node->source(),
               fmt::format("`{}` is {} or more: so large may one body be", name, least));
      }
    }
  }

  void read_tracker(const toml::table& table) {
    TrackerConfig tracker;
    tracker.line = static_cast<int>(table.source().begin.line);
    tracker.name = required_text(table, "name", "[[tracker]]");
    for (const TrackerConfig& other : config_.trackers) {
      if (other.name != tracker.name) continue;
      refuse(table.get("name")->source(),
             fmt::format("there is a tracker `{}` already, in line {}", other.name, other.line));
    }
    required_text(table, "kind", "[[tracker]]");
    tracker.kind = one_of(*table.get("kind"), "kind", tracker_kinds());
    if (const toml::node* poll = table.get("poll")) tracker.poll_seconds = duration(*poll, "poll");
    if (tracker.kind == "directory") {
      known(table, "a [[tracker]] of kind `directory`", tracker_keys(tracker.kind));
      tracker.path = resolved(required_text(table, "path", "a tracker of kind `directory`"));
    } else {
      read_web_tracker(table, tracker);
    }
    if (const toml::node* node = table.get("transitions")) read_transitions(*node, tracker);
    if (const toml::node* node = table.get("status-map"))
      tracker.status_map = text(*node, "status-map");
    config_.trackers.push_back(std::move(tracker));
  }

  void read_web_tracker(const toml::table& table, TrackerConfig& tracker) {
    const std::string what = fmt::format("a tracker of kind `{}`", tracker.kind);
    known(table, what, tracker_keys(tracker.kind));
    if (const auto* row = connectors::web_kind(tracker.kind); row != nullptr && row->finds_statuses)
      tracker.close_path = tracker.reopen_path = {};
    tracker.url = required_text(table, "url", what);
    while (tracker.url.ends_with('/')) tracker.url.pop_back();
    if (!tracker.url.starts_with("https://") && !tracker.url.starts_with("http://"))
      refuse(table.get("url")->source(), "`url` begins with https:// or http://");
    if (tracker.url.find_first_of("?#@ ") != std::string::npos)
      refuse(table.get("url")->source(), "`url` is an address without user, query or blanks");
    check_plain_http(table, tracker.url);
    tracker.project = required_text(table, "project", what);
    const auto optional_text = [&](std::string_view key, std::string& value) {
      if (const toml::node* node = table.get(key)) value = text(*node, key);
    };
    optional_text("user", tracker.user);
    optional_text("type", tracker.ticket_type);
    optional_text("marker-field", tracker.marker_field);
    optional_text("label", tracker.label);
    optional_text("link-type", tracker.link_type);
    optional_text("proxy", tracker.proxy);
    if (const toml::node* node = table.get("ca-file"))
      tracker.ca_file = resolved(text(*node, "ca-file"));
    if (const toml::node* node = table.get("markup"))
      tracker.markup = one_of(*node, "markup", {"textile", "markdown"});
    if (const toml::node* node = table.get("api"))
      tracker.api = one_of(*node, "api", {"cloud", "data-center"});
    if (const toml::node* node = table.get("timeout"))
      tracker.timeout_seconds = duration(*node, "timeout");
    if (const toml::node* node = table.get("priorities")) {
      if (!node->is_table())
        refuse(node->source(), "`priorities` is a table: { Highest = \"Immediate\" }");
      for (const auto& [from, to] : *node->as_table())
        tracker.priorities.emplace(from.str(), text(to, from.str()));
    }
    const auto token = secret(table, "token");
    if (!token) refuse(table.source(), fmt::format("{} needs `token-file` or `token-env`", what));
    tracker.token = *token;
    if (const auto found = secret(table, "webhook-secret")) tracker.webhook_secret = *found;
  }

  // A token goes with each request: over plain HTTP to this machine alone, or where somebody has said so.
  void check_plain_http(const toml::table& table, const std::string& url) const {
    const toml::node* allowed = table.get("plain-http");
    if (allowed != nullptr && !allowed->is_boolean())
      refuse(allowed->source(), "`plain-http` is true or false");
    if (!shows_token(url) || (allowed != nullptr && **allowed->as_boolean())) return;
    refuse(table.get("url")->source(),
           "over http:// everybody between riskd and the tracker can read the token: use https://, "
           "or write `plain-http = true`");
  }

  void read_transitions(const toml::node& node, TrackerConfig& tracker) {
    if (!node.is_table()) refuse(node.source(), "`transitions` is a table: { close = \"Done\" }");
    const toml::table& transitions = *node.as_table();
    const bool of_directory = tracker.kind == "directory";
    known(transitions, "`transitions`",
          of_directory ? Names{"open", "close", "reopen"} : Names{"close", "reopen"});
    if (const toml::node* open = transitions.get("open")) tracker.open_status = text(*open, "open");
    const auto path = [&](std::string_view key, std::vector<std::string>& statuses) {
      const toml::node* given = transitions.get(key);
      if (given == nullptr) return;
      if (given->is_array() && !of_directory) {
        statuses = texts(*given, key);
        if (statuses.empty()) refuse(given->source(), fmt::format("`{}` names no status", key));
      } else {
        statuses = {text(*given, key)};
      }
    };
    path("close", tracker.close_path);
    path("reopen", tracker.reopen_path);
  }

  void read_route(const toml::table& table) {
    known(table, "[[route]]", {"products", "tracker", "project"});
    RouteConfig route;
    route.products = required_text(table, "products", "[[route]]");
    route.tracker = required_text(table, "tracker", "[[route]]");
    Names names;
    for (const TrackerConfig& tracker : config_.trackers) names.push_back(tracker.name);
    if (std::find(names.begin(), names.end(), route.tracker) == names.end()) {
      refuse(table.get("tracker")->source(),
             names.empty() ? fmt::format("there is no tracker `{}`: no [[tracker]] is configured",
                                         route.tracker)
                           : fmt::format("there is no tracker `{}`{}", route.tracker,
                                         did_you_mean(route.tracker, names)));
    }
    if (const toml::node* project = table.get("project")) {
      const auto tracker =
          std::find_if(config_.trackers.begin(), config_.trackers.end(),
                       [&](const TrackerConfig& each) { return each.name == route.tracker; });
      if (tracker->kind == "directory") {
        refuse(project->source(),
               "a tracker of kind `directory` has no projects; leave out `project`");
      }
      route.project = text(*project, "project");
    }
    config_.routes.push_back(std::move(route));
  }

  Config config_;
};

}  // namespace

bool shows_token(std::string_view url) {
  constexpr std::string_view plain = "http://";
  if (!url.starts_with(plain)) return false;
  std::string_view host = url.substr(plain.size(), url.find('/', plain.size()) - plain.size());
  if (!host.ends_with(']')) host = host.substr(0, host.rfind(':'));
  const bool is_loopback =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host != "localhost" && host != "[::1]" && !is_loopback;
}

const std::vector<std::string>& tracker_kinds() {
  static const std::vector<std::string> kinds = [] {
    const std::vector<std::string_view> names = engine::tracker_names();
    std::vector<std::string> sorted(names.begin(), names.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }();
  return kinds;
}

Result<Config> read_config(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) return fail(ErrorCode::not_found, "the configuration cannot be read", file);
  Reader reader(file);
  try {
    return reader.read(toml::parse(content.view()));
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid, std::string(error.description()), reader.place(error.source()));
  } catch (Mistake& mistake) {
    return Unexpected<Error>(std::move(mistake.error));
  }
}

}  // namespace riskd::service
