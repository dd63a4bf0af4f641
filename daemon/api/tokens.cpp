// `tokens`, and `whoami`.
#include <fmt/format.h>

#include <algorithm>

#include "daemon/api/routes.hpp"
#include "daemon/service/tokens.hpp"

namespace riskd::api {
namespace {

using service::Role;
using service::TokenGrant;

json::array roles_json(const std::vector<Role>& roles) {
  json::array names;
  for (const Role role : roles) names.emplace_back(to_string(role));
  return names;
}

json::value moment_json(const std::optional<Instant>& moment) {
  return moment ? json::value(to_string(*moment)) : json::value();
}

void add_grant(const TokenGrant& grant, json::object& answer) {
  answer["name"] = grant.name;
  answer["roles"] = roles_json(grant.roles);
  answer["products"] = to_json(grant.products);
  answer["expires"] = moment_json(grant.expires);
}

json::object token_json(const service::Token& token, Instant now) {
  json::object item;
  add_grant(token.grant, item);
  const bool has_expired = token.grant.expires && *token.grant.expires <= now;
  item["state"] = token.revoked ? "revoked" : has_expired ? "expired" : "live";
  item["given"] = to_string(token.given);
  item["giver"] = token.giver;
  item["used"] = moment_json(token.used);
  item["revoked"] = moment_json(token.revoked);
  item["revoker"] = token.revoker;
  return item;
}

// The texts of a list, or the problem.
Result<std::vector<std::string>, server::Response> texts_in(const json::object& body,
                                                            std::string_view name) {
  std::vector<std::string> texts;
  const json::value* given = body.if_contains(name);
  if (given == nullptr) return texts;
  const auto wrong = [&](std::string pointer) {
    return Unexpected(refusal_at(422, fmt::format("`{}` is a list of texts", name),
                                 std::move(pointer), "wrong-type", {"text"}));
  };
  if (!given->is_array()) return wrong(fmt::format("/{}", name));
  for (const json::value& item : given->get_array()) {
    if (!item.is_string()) return wrong(fmt::format("/{}/{}", name, texts.size()));
    texts.emplace_back(item.get_string());
  }
  return texts;
}

Result<std::vector<Role>, server::Response> roles_in(const json::object& body) {
  const auto names = texts_in(body, "roles");
  if (!names) return Unexpected(server::Response(names.error()));
  std::vector<Role> roles;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const auto role = service::role_named((*names)[i]);
    if (!role) {
      return Unexpected(refusal_at(422, fmt::format("there is no role `{}`", (*names)[i]),
                                   fmt::format("/roles/{}", i), "unknown-role",
                                   service::role_names()));
    }
    if (std::find(roles.begin(), roles.end(), *role) == roles.end()) roles.push_back(*role);
  }
  return roles;
}

// nullopt: never.
Result<std::optional<Instant>, server::Response> expires_in(const json::object& body) {
  const json::value* given = body.if_contains("expires");
  if (given != nullptr && given->is_null()) return std::optional<Instant>();
  const auto moment = given != nullptr && given->is_string()
                          ? parse_instant(std::string_view(given->get_string()))
                          : std::nullopt;
  if (moment) return std::optional(*moment);
  return Unexpected(refusal_at(
      422, "`expires` is the time at which the token ends, or null: it never does", "/expires",
      given == nullptr ? "missing" : "wrong-type", {"2027-01-31T00:00:00Z", "null"}));
}

}  // namespace

// The one answer with a secret. It is not kept under an Idempotency-Key.
void post_token(const CallPtr& call) {
  const auto body = body_object(call->request, {"name", "roles", "products", "expires"});
  if (!body) return call->reply(server::Response(body.error()));
  TokenGrant grant;
  if (const json::value* name = body->if_contains("name"); name != nullptr && name->is_string())
    grant.name = std::string(name->get_string());
  auto roles = roles_in(*body);
  if (!roles) return call->reply(std::move(roles.error()));
  auto products = texts_in(*body, "products");
  if (!products) return call->reply(std::move(products.error()));
  const auto expires = expires_in(*body);
  if (!expires) return call->reply(server::Response(expires.error()));
  grant.roles = std::move(*roles);
  grant.products = std::move(*products);
  grant.expires = *expires;
  const auto secret = call->service.tokens().give(grant, call->caller.name());
  if (!secret) {
    const Error& error = secret.error();
    if (error.code == ErrorCode::invalid)
      return call->reply(refusal_at(422, error.message, error.where, "invalid"));
    if (error.code == ErrorCode::conflict)
      return call->reply(refusal_at(409, error.message, error.where, "conflict"));
    return call->reply(refusal(error, *call->paths));
  }
  json::object answer;
  add_grant(grant, answer);
  answer["token"] = *secret;
  server::Response response = json_answer(std::move(answer), 201);
  response.headers.emplace_back("Cache-Control", "no-store");
  call->reply(std::move(response));
}

void list_tokens(const CallPtr& call) {
  const auto limit = query_limit(*call);
  if (!limit) return call->reply(server::Response(limit.error()));
  std::vector<service::Token> all = call->service.tokens().all();
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.grant.name < b.grant.name; });
  const Instant now = call->service.now();
  const std::string after = call->query("after");
  json::array items;
  json::value next;
  for (const service::Token& token : all) {
    if (token.grant.name <= after && !after.empty()) continue;
    if (items.size() == *limit) {
      next = items.back().at("name");
      break;
    }
    items.push_back(token_json(token, now));
  }
  call->reply(list_answer(std::move(items), std::move(next)));
}

void delete_token(const CallPtr& call) {
  const std::string& name = call->names[0];
  if (const Status revoked = call->service.tokens().revoke(name, call->caller.name()); !revoked)
    return call->reply(refusal(revoked.error(), *call->paths));
  json::object answer;
  answer["name"] = name;
  answer["state"] = "revoked";
  call->reply(json_answer(std::move(answer)));
}

void get_whoami(const CallPtr& call) {
  json::object answer;
  answer["name"] = call->caller.name();
  json::array grants;
  for (const Caller::Grant& grant : call->caller.grants()) {
    json::object item;
    item["roles"] = roles_json(grant.roles);
    item["products"] = to_json(grant.products);
    grants.push_back(std::move(item));
  }
  answer["grants"] = std::move(grants);
  answer["expires"] = moment_json(call->caller.expires());
  call->reply(json_answer(std::move(answer)));
}

}  // namespace riskd::api
