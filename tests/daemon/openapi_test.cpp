// The OpenAPI document, held to `routes()` in both directions: each row is an operation with just its queries, names,
// body and role, and each operation is a row. What is sent and answered is held to it in tests/e2e/openapi.
#include "daemon/api/openapi.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <string_view>

#include "daemon/api/routes.hpp"

namespace riskd::api::openapi_test {
namespace {

namespace json = boost::json;
using Words = std::set<std::string>;

constexpr std::array<std::string_view, 5> methods{"get", "put", "patch", "post", "delete"};

const json::object& document() {
  static const json::value parsed = json::parse(openapi_document());
  return parsed.as_object();
}

std::string text_at(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found == nullptr ? std::string() : std::string(found->as_string());
}

// What `value` is, or what it refers to.
const json::object& resolved(const json::value& value) {
  const json::object& object = value.as_object();
  const std::string pointer = text_at(object, "$ref");
  if (pointer.empty()) return object;
  const json::value* at = nullptr;
  std::size_t begin = 2;  // behind "#/"
  for (bool is_first = true; begin != 0; is_first = false) {
    const std::size_t end = pointer.find('/', begin);
    const std::string step = pointer.substr(begin, end - begin);
    at = is_first ? &document().at(step) : &at->at(step);
    begin = end == std::string::npos ? 0 : end + 1;
  }
  return at->as_object();
}

std::string in_lower_case(std::string_view method) {
  std::string lower(method);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  return lower;
}

// The names of parameters that stand there: "path", "query".
void add_parameters(const json::object& holder, std::string_view where, Words& names) {
  const json::value* list = holder.if_contains("parameters");
  if (list == nullptr) return;
  for (const json::value& each : list->as_array()) {
    const json::object& parameter = resolved(each);
    if (text_at(parameter, "in") == where) names.insert(text_at(parameter, "name"));
  }
}

Words names_of_path(std::string_view path) {
  Words names;
  for (std::size_t begin = path.find('{'); begin != std::string_view::npos;
       begin = path.find('{', begin)) {
    const std::size_t end = path.find('}', begin);
    names.emplace(path.substr(begin + 1, end - begin - 1));
    begin = end;
  }
  return names;
}

Words media_types(const json::object& operation) {
  Words types;
  const json::value* request = operation.if_contains("requestBody");
  if (request == nullptr) return types;
  for (const auto& type : request->as_object().at("content").as_object()) types.emplace(type.key());
  return types;
}

Words types_of(BodyKind kind) {
  switch (kind) {
    case BodyKind::none:
      return {};
    case BodyKind::json:
      return {"application/json"};
    case BodyKind::lines:
      return {"application/x-ndjson"};
    case BodyKind::report:
      return {"application/json", "application/octet-stream", "application/x-ndjson",
              "application/xml", "application/zip"};
  }
  return {};
}

std::string_view word_of(Scope scope) {
  switch (scope) {
    case Scope::anybody:
      return "anybody";
    case Scope::known:
      return "known";
    case Scope::any_role:
      return "any-role";
    case Scope::product:
      return "product";
    case Scope::some:
      return "some";
    case Scope::all:
      return "all";
    case Scope::queried_or_some:
      return "queried-or-some";
    case Scope::queried_or_all:
      return "queried-or-all";
  }
  return "";
}

std::string role_of(const Needs& needs) {
  const bool has_none = needs.scope == Scope::anybody || needs.scope == Scope::known ||
                        needs.scope == Scope::any_role;
  return !has_none ? std::string(to_string(needs.role)) : std::string();
}

}  // namespace

TEST_CASE("each route is an operation of the OpenAPI document, with what it takes and needs") {
  const json::object& paths = document().at("paths").as_object();
  for (const Route& route : routes()) {
    INFO(route.method << " " << route.path);
    REQUIRE(paths.contains(route.path));
    const json::object& path = paths.at(route.path).as_object();
    REQUIRE(path.contains(in_lower_case(route.method)));
    const json::object& operation = path.at(in_lower_case(route.method)).as_object();
    Words in_path, in_query, in_header;
    for (const json::object* holder : {&path, &operation}) {
      add_parameters(*holder, "path", in_path);
      add_parameters(*holder, "query", in_query);
      add_parameters(*holder, "header", in_header);
    }
    CHECK(in_path == names_of_path(route.path));
    CHECK(in_query == Words(route.queries.begin(), route.queries.end()));
    const bool takes_key = route.method != "GET" && !route.has_secret;
    CHECK(in_header.contains("Idempotency-Key") == takes_key);
    CHECK(media_types(operation) == types_of(route.body));
    CHECK(text_at(operation, "x-riskd-scope") == word_of(route.needs.scope));
    CHECK(text_at(operation, "x-riskd-role") == role_of(route.needs));
    const auto& to_release = route.needs.to_release;
    CHECK(text_at(operation, "x-riskd-role-to-release") ==
          (to_release ? to_string(*to_release) : ""));
    CHECK(operation.contains("security") == (route.needs.scope == Scope::anybody));
  }
}

TEST_CASE("each operation of the OpenAPI document is a route") {
  std::size_t operations = 0;
  for (const auto& path : document().at("paths").as_object()) {
    for (const auto& member : path.value().as_object()) {
      if (member.key() == "parameters") continue;
      INFO(member.key() << " " << path.key());
      CHECK(std::find(methods.begin(), methods.end(), member.key()) != methods.end());
      CHECK(std::any_of(routes().begin(), routes().end(), [&](const Route& route) {
        return route.path == path.key() && in_lower_case(route.method) == member.key();
      }));
      ++operations;
    }
  }
  CHECK(operations == routes().size());
  CHECK(text_at(document().at("info").as_object(), "version").find('@') == std::string::npos);
}

}  // namespace riskd::api::openapi_test
