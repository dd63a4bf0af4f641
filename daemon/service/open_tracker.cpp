#include "daemon/service/open_tracker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "connectors/trackers/directory.hpp"
#include "connectors/trackers/web_tracker.hpp"
#include "daemon/service/metered_tracker.hpp"

namespace riskd::service {
namespace {

// Whether tickets of this tracker are known from before.
bool is_in_use(const LiveProducts& live, const std::string& tracker) {
  for (const auto& [id, view] : live.views()) {
    for (const auto& [ticket, facts] : view->live.facts().tickets) {
      for (const auto& seen : facts.seen) {
        if (seen.value.tracker == tracker && seen.value.own) return true;
      }
    }
  }
  return false;
}

connectors::WebTrackerOptions web_options(Shared& shared, const Config& all,
                                          const TrackerConfig& config) {
  connectors::WebTrackerOptions options;
  options.name = config.name;
  options.url = config.url;
  options.user = config.user;
  options.token = config.token;
  options.project = config.project;
  options.projects = projects_of(all, config);
  options.ticket_type = config.ticket_type;
  options.marker_field = config.marker_field;
  options.label = config.label;
  options.link_type = config.link_type;
  options.markup = config.markup;
  options.cloud =
      config.api == "cloud" || (config.api.empty() && config.url.ends_with(".atlassian.net"));
  options.close_path = config.close_path;
  options.reopen_path = config.reopen_path;
  options.proxy = config.proxy;
  options.ca_file = config.ca_file;
  options.timeout =
      std::chrono::milliseconds(static_cast<std::int64_t>(config.timeout_seconds * 1'000));
  options.http = &shared.http;
  options.clock = shared.clock;
  return options;
}

}  // namespace

std::vector<std::string> projects_of(const Config& all, const TrackerConfig& config) {
  std::vector<std::string> projects{config.project};
  for (const RouteConfig& route : all.routes) {
    if (route.tracker != config.name || route.project.empty()) continue;
    if (std::find(projects.begin(), projects.end(), route.project) == projects.end())
      projects.push_back(route.project);
  }
  return projects;
}

Result<std::unique_ptr<connectors::Tracker>> open_tracker(Shared& shared, const Config& all,
                                                          const TrackerConfig& config) {
  auto tracker =
      config.kind == "directory"
          ? connectors::open_directory_tracker(
                {config.name, config.path, is_in_use(shared.live, config.name), config.open_status,
                 config.close_path.back(), config.reopen_path.back(), shared.clock})
          : connectors::open_web_tracker(config.kind, web_options(shared, all, config));
  if (tracker) return metered(std::move(*tracker), *shared.meters);
  return fail(tracker.error().code,
              fmt::format("tracker `{}`: {}", config.name, tracker.error().message),
              fmt::format("{}:{}", all.file, config.line));
}

}  // namespace riskd::service
