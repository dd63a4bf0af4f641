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

// The parts of each route's path, in the order of `routes()`.
const std::vector<std::vector<std::string_view>>& route_parts() {
  static const auto all = [] {
    std::vector<std::vector<std::string_view>> parts;
    for (const Route& route : routes()) parts.push_back(split(route.path));
    return parts;
  }();
  return all;
}

bool fits(const std::vector<std::string_view>& parts, const std::vector<std::string>& segments,
          std::vector<std::string>& names) {
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
  using enum Scope;
  using enum Work;
  using service::Role;
  // clang-format off
  static const std::vector<Route> table = {
      {"GET",    "/v1/products",                                          {some, Role::read},                           list_products,           none,   quick, {"limit", "after"}},
      {"PUT",    "/v1/products/{product}",                                {product, Role::admin},                       put_product,             json,   quick, {}},
      {"GET",    "/v1/products/{product}",                                {product, Role::read},                        get_product,             none,   quick, {}},
      {"DELETE", "/v1/products/{product}",                                {product, Role::retire},                       delete_product,          none,   quick, {}},
      {"GET",    "/v1/products/{product}/questionnaire",                  {product, Role::read},                        get_questionnaire,       none,   quick, {}},
      {"PATCH",  "/v1/products/{product}/answers",                        {product, Role::answer},                      patch_answers,           json,   quick, {}},
      {"GET",    "/v1/products/{product}/model",                          {product, Role::read},                        get_model,               none,   quick, {"at"}},
      {"GET",    "/v1/products/{product}/why",                            {product, Role::read},                        get_why,                 none,   asks,  {"element", "at"}},
      {"GET",    "/v1/products/{product}/compare",                        {product, Role::read},                        get_compare,             none,   asks,  {"a", "b", "at"}},
      {"GET",    "/v1/products/{product}/history",                        {product, Role::read},                        get_history,             none,   asks,  {"limit", "after", "element"}},
      {"GET",    "/v1/products/{product}/days",                           {product, Role::read},                        get_days,                none,   asks,  {"from", "to", "limit", "after"}},
      {"GET",    "/v1/products/{product}/facts",                          {product, Role::read},                        get_facts,               none,   asks,  {"limit", "after"}},
      {"PUT",    "/v1/products/{product}/components/{component}",         {product, Role::answer},                      put_component,           json,   quick, {}},
      {"DELETE", "/v1/products/{product}/components/{component}",         {product, Role::answer},                      delete_component,        none,   quick, {}},
      {"PATCH",  "/v1/products/{product}/components/{component}/answers", {product, Role::answer},                      patch_component_answers, json,   quick, {}},
      {"PATCH",  "/v1/products/{product}/decisions",                      {product, Role::review},                      patch_decisions,         json,   quick, {}},
      {"GET",    "/v1/products/{product}/review",                         {product, Role::read},                        get_review,              none,   quick, {}},
      {"POST",   "/v1/products/{product}/approve",                        {product, Role::review},                      post_approve,            json,   quick, {}},
      {"POST",   "/v1/products/{product}/results",                        {product, Role::report},                      post_results,            report, posts, {"suite", "format", "run", "at", "component", "complete", "more", "bytes"}},
      {"GET",    "/v1/products/{product}/results",                        {product, Role::read},                        get_results,             none,   quick, {"unmatched", "limit", "after"}},
      {"GET",    "/v1/products/{product}/suites",                         {product, Role::read},                        list_suites,             none,   quick, {}},
      {"GET",    "/v1/products/{product}/suites/{suite}",                 {product, Role::read},                        get_suite,               none,   quick, {}},
      {"DELETE", "/v1/products/{product}/suites/{suite}",                 {product, Role::retire},                      delete_suite,            none,   quick, {}},
      {"POST",   "/v1/facts",                                             {any_role},                                   post_facts,              lines,  posts, {}},
      {"GET",    "/v1/tickets",                                           {queried_or_some, Role::read},                list_tickets,            none,   asks, {"product", "limit", "after"}},
      {"POST",   "/v1/sync",                                              {queried_or_all, Role::tracker, Role::admin}, post_sync,               none,   quick, {"product", "release", "wait"}},
      {"POST",   "/v1/trackers/{tracker}/webhook",                        {anybody},                                    post_webhook,            json,   quick, {}},
      {"POST",   "/v1/trackers/check",                                    {all, Role::admin},                           check_trackers,          none,   waits, {"tracker"}},
      {"POST",   "/v1/policy/check",                                      {all, Role::read},                            check_policy,            json,   plans, {}},
      {"POST",   "/v1/policy/plan",                                       {all, Role::admin},                           plan_policy,             json,   plans, {}},
      {"POST",   "/v1/policy/reload",                                     {all, Role::admin},                           reload_policy,           json,   plans, {}},
      {"POST",   "/v1/policy/rollback",                                   {all, Role::admin},                           rollback_policy,         json,   plans, {}},
      {"GET",    "/v1/policy",                                            {some, Role::read},                           get_policy,              none,   quick, {}},
      {"POST",   "/v1/clock/repair",                                      {all, Role::admin},                           repair_clock,            none,   plans, {}},
      {"GET",    "/v1/store",                                             {all, Role::admin},                           get_store,               none,   quick, {}},
      {"POST",   "/v1/tokens",                                            {all, Role::admin},                           post_token,              json,   plans, {}, true},
      {"GET",    "/v1/tokens",                                            {all, Role::admin},                           list_tokens,             none,   quick, {"limit", "after"}},
      {"DELETE", "/v1/tokens/{token}",                                    {all, Role::admin},                           delete_token,            none,   plans, {}},
      {"GET",    "/v1/whoami",                                            {known},                                      get_whoami,              none,   quick, {}},
      {"GET",    "/v1/events",                                            {some, Role::read},                           nullptr,                 none,   quick, {"after", "follow"}},
      {"GET",    "/v1/health",                                            {known},                                      get_health,              none,   quick, {}},
      {"GET",    "/v1/health/live",                                       {anybody},                                    get_live,                none,   quick, {}},
      {"GET",    "/v1/health/ready",                                      {anybody},                                    get_ready,               none,   waits, {}},
      {"GET",    "/v1/metrics",                                           {some, Role::read},                           get_metrics,             none,   quick, {}},
      {"GET",    "/v1/openapi.json",                                      {known},                                      get_openapi,             none,   quick, {}},
  };
  // clang-format on
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
  const std::vector<Route>& all = routes();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Route& route = all[i];
    if (!fits(route_parts()[i], request.segments, names)) continue;
    allow(route.method);
    if (route.method != request.method) continue;
    match.route = &route;
    match.names = names;
  }
  return match;
}

}  // namespace riskd::api
