#include "daemon/api/then.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "daemon/wire/serialize.hpp"

namespace riskd::api {
namespace {

constexpr std::array<std::string_view, 4> numbers{"rating", "inherent", "current", "projected"};

// As the model's JSON has such a value.
json::value value_json(std::string_view name, const std::string& text) {
  if (text.empty()) return nullptr;
  if (name == "applies") return text == "true";
  if (std::find(numbers.begin(), numbers.end(), name) == numbers.end()) return json::string(text);
  return to_json(std::strtod(text.c_str(), nullptr));
}

json::array differences_json(const std::vector<service::Difference>& differences) {
  json::array list;
  for (const service::Difference& each : differences) {
    json::object item;
    if (!each.element.empty()) item["element"] = each.element;
    item["value"] = each.value;
    item["recorded"] = value_json(each.value, each.recorded);
    item["computed"] = value_json(each.value, each.computed);
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

Result<Instant, server::Response> read_moment(const std::string& name, const std::string& text) {
  if (const auto moment = parse_instant(text)) return *moment;
  return Unexpected(refusal(
      400, fmt::format("`{}` is a time such as 2026-11-23T02:10:00Z, not `{}`", name, text)));
}

Result<service::Then, server::Response> see_then(const Call& call, const service::Moment& moment) {
  if (!call.service.product(call.product())) return Unexpected(unknown_product(call.product()));
  auto then = call.service.then(call.product(), moment);
  if (!then) return Unexpected(refusal(then.error(), *call.paths));
  return std::move(*then);
}

json::object then_json(const service::Then& then) {
  const service::PolicyInForce& policy = then.policy.compiled;
  json::object object;
  object["at"] = to_string(then.at);
  if (then.is_to_come) object["to-come"] = true;
  object["revision"] = policy.revision;
  object["policy"] = then.policy.hash;
  object["since"] = to_string(policy.since);
  object["poster"] = policy.poster;
  object["record"] = nullptr;
  if (!then.recorded) return object;
  json::object record;
  record["seq"] = then.recorded->seq;
  record["at"] = to_string(then.recorded->at);
  record["revision"] = then.recorded->policy;
  object["record"] = std::move(record);
  object["differs"] = differences_json(then.recorded->differences);
  return object;
}

server::Response answer_of(std::string object, const service::Then& then) {
  server::Response response;
  object.pop_back();
  response.body = std::move(object) + ",\"then\":" + wire::serialize(then_json(then)) + "}\n";
  return response;
}

}  // namespace riskd::api
