#include "daemon/api/routes.hpp"

namespace riskd::api {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = path.find('/');
    parts.push_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return parts;
}

bool fits(std::string_view pattern, const std::vector<std::string>& segments,
          std::vector<std::string>& names) {
  const auto parts = split(pattern);
  if (parts.size() != segments.size()) return false;
  names.clear();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].front() == '{') {
      if (segments[i].empty()) return false;
      names.push_back(segments[i]);
    } else if (parts[i] != segments[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

const std::vector<Route>& routes() {
  using enum BodyKind;
  static const std::vector<Route> table = {
      {"GET", "/v1/products", list_products, {"limit", "after"}},
      {"PUT", "/v1/products/{product}", put_product, {}, json},
      {"GET", "/v1/products/{product}", get_product, {}},
      {"DELETE", "/v1/products/{product}", delete_product, {}},
      {"GET", "/v1/products/{product}/questionnaire", get_questionnaire, {}},
      {"PATCH", "/v1/products/{product}/answers", patch_answers, {}, json},
      {"GET", "/v1/products/{product}/model", get_model, {}},
      {"GET", "/v1/products/{product}/why", get_why, {"element", "at"}, none, true},
      {"GET",
       "/v1/products/{product}/history",
       get_history,
       {"limit", "after", "element"},
       none,
       true},
      {"GET", "/v1/products/{product}/facts", get_facts, {"limit", "after"}, none, true},
      {"PUT", "/v1/products/{product}/components/{component}", put_component, {}, json},
      {"DELETE", "/v1/products/{product}/components/{component}", delete_component, {}},
      {"PATCH",
       "/v1/products/{product}/components/{component}/answers",
       patch_component_answers,
       {},
       json},
      {"PATCH", "/v1/products/{product}/decisions", patch_decisions, {}, json},
      {"GET", "/v1/products/{product}/review", get_review, {}},
      {"POST", "/v1/products/{product}/approve", post_approve, {}, json},
      {"POST",
       "/v1/products/{product}/results",
       post_results,
       {"suite", "format", "run", "at", "component", "complete", "more", "bytes"},
       report,
       true},
      {"GET", "/v1/products/{product}/results", get_results, {"unmatched", "limit", "after"}},
      {"GET", "/v1/products/{product}/suites", list_suites, {}},
      {"GET", "/v1/products/{product}/suites/{suite}", get_suite, {}},
      {"DELETE", "/v1/products/{product}/suites/{suite}", delete_suite, {}},
      {"POST", "/v1/facts", post_facts, {}, lines, true},
      {"GET", "/v1/tickets", list_tickets, {"product", "limit", "after"}, none, true},
      {"POST", "/v1/sync", post_sync, {"product", "release"}, none, true},
      {"POST", "/v1/trackers/{tracker}/webhook", post_webhook, {}, json},
      {"POST", "/v1/trackers/check", check_trackers, {"tracker"}, none, true},
      {"POST", "/v1/policy/check", check_policy, {}, json, true},
      {"POST", "/v1/policy/plan", plan_policy, {}, json, true},
      {"POST", "/v1/policy/reload", reload_policy, {}, json, true},
      {"GET", "/v1/policy", get_policy, {}},
      {"POST", "/v1/clock/repair", repair_clock, {}, none, true},
      {"GET", "/v1/health", get_health, {}},
      {"GET", "/v1/metrics", get_metrics, {}},
  };
  return table;
}

Match find_route(const server::Request& request) {
  Match match;
  std::vector<std::string> names;
  const auto allow = [&](std::string_view method) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += method;
    if (method == "GET") match.allow += ", HEAD";
  };
  for (const Route& route : routes()) {
    if (!fits(route.path, request.segments, names)) continue;
    allow(route.method);
    if (route.method != request.method) continue;
    match.route = &route;
    match.names = names;
  }
  const std::vector<std::string> events = {"v1", "events"};
  if (request.segments == events) allow("GET");
  return match;
}

}  // namespace riskd::api
