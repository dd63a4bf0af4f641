// Suites: listed, shown, retired.
#include <fmt/core.h>

#include <map>

#include "daemon/api/routes.hpp"

namespace riskd::api {
namespace {

// Whether the suite is there; otherwise the 404.
std::optional<server::Response> unknown_suite(const Call& call) {
  const auto view = call.service.product(call.product());
  if (!view) return unknown_product(call.product());
  if (view->live.facts().suites.count(call.names[1]) != 0) return std::nullopt;
  return refusal(404,
                 fmt::format("the product `{}` has no suite `{}`", call.product(), call.names[1]));
}

}  // namespace

void list_suites(const CallPtr& call) {
  const auto view = call->service.product(call->product());
  if (!view) return call->reply(unknown_product(call->product()));
  std::map<std::string, std::size_t> tests;
  view->each_test({}, [&](const engine::TestRow& row) { ++tests[row.suite]; });
  json::array items;
  for (const auto& [name, facts] : view->live.facts().suites) {
    json::object item;
    item["suite"] = name;
    item["source"] = facts.source;
    item["tests"] = tests[name];
    const engine::Runs runs = engine::runs_of(facts);
    item["runs"] = runs.newest_first.size();
    if (!runs.newest_first.empty()) {
      item["run"] = runs.newest_first.front().id;
      item["at"] = to_string(runs.newest_first.front().at);
    }
    if (facts.retired) item["retired"] = to_string(facts.retired->at);
    items.push_back(std::move(item));
  }
  call->reply(list_answer(std::move(items), {}));
}

void get_suite(const CallPtr& call) {
  if (auto unknown = unknown_suite(*call)) return call->reply(std::move(*unknown));
  const auto view = call->service.product(call->product());
  const engine::SuiteFacts& facts = view->live.facts().suites.at(call->names[1]);
  json::object suite;
  suite["suite"] = call->names[1];
  suite["source"] = facts.source;
  if (facts.retired) suite["retired"] = to_string(facts.retired->at);
  json::array runs;
  for (const auto& [upload, posted] : facts.runs) {
    json::object run;
    run["run"] = posted.run.run;
    run["at"] = to_string(posted.from.at);
    run["poster"] = posted.from.poster;
    run["component"] = posted.run.component;
    run["url"] = posted.run.url;
    run["failed"] = posted.run.failed;
    if (posted.run.complete) run["complete"] = *posted.run.complete;
    run["results"] = posted.results;
    runs.push_back(std::move(run));
  }
  suite["runs"] = std::move(runs);
  suite["single-results"] = facts.singles;
  call->reply(json_answer(std::move(suite)));
}

void delete_suite(const CallPtr& call) {
  if (auto unknown = unknown_suite(*call)) return call->reply(std::move(*unknown));
  Post post;
  post.facts.push_back({engine::SuiteFact{call->names[1]}, std::nullopt});
  api::post(call, std::move(post));
}

}  // namespace riskd::api
